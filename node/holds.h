// node/holds.h
//
// Stops and single steps: a hold is a ceiling on one stage's position at this node, set where the stage stands now; a
// step lets so many more records pass, also such that are yet to come, and tells of each when it has passed.
//
//     hold flushed             flushed |====A====|                       ceiling at A's end
//     put B, put C             appended|====A====|==B==|=C=|             both wait before the ceiling
//     step 1                   flushed |====A====|==B==|                 the ceiling moved to B's end; "0/130@1 put t b = 2"
//     release                  flushed |====A====|==B==|=C=|
//
// One mechanism for all stages: whoever moves a stage obeys its ceiling (node/ceilings.h) and knows nothing of steps. A step
// reads the log behind the ceiling, record by record, and moves the ceiling. (On `appended` there is nothing to read yet:
// the log counts the records that it lets pass.)
//
//     primary   appended  flushed  sent [to one replica]  acknowledged
//     replica   received  flushed  applied  sent (to replicas that it feeds)
//
// What was under way when the hold came passes still: a flush that runs, a write that was given out.
// Reports and keepalives go on, so nobody takes a held node for dead. Shutdown lifts all holds, and so does a base copy.
//
// Invariants: a ceiling is a record's end at or past its stage's position; a ceiling never moves back while it stands.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/shared_bytes.h"
#include "base/time.h"
#include "node/backend.h"
#include "node/feeder.h"
#include "node/local.h"
#include "node/node_status.h"

namespace wallaby::node {

class Holds {
 public:
  Holds(Local& local, const Feeder& feeder) : local_(local), feeder_(feeder) {}

  void hold(Session& session, RequestId request, const replication::StageName& name);
  void release(Session& session, RequestId request, const std::optional<replication::StageName>& name);
  void step(Session& session, RequestId request, const Step& step);
  /// Nobody listens to its steps any more; they go on.
  void close(Session& session);
  /// Lifts all; those who wait for a step hear `why`.
  void lift_all(const std::string& why);

  /// Gives the log its ceilings. At the beginning of a turn.
  void apply();
  /// Tells of records that have passed, and moves the ceilings of steps. True: a ceiling moved, so stages may move, too.
  bool advance();

  void fill(NodeStatus& status) const;
  void check_invariants() const;

 private:
  struct Allowed {
    Lsn end;
    SteppedRecord record;
  };
  static constexpr uint64_t kFirstLook = 64 << 10;
  /// What a ceiling's steps are about.
  struct Steps {
    uint64_t left = 0;            ///< records that the ceiling may still move over
    std::deque<Allowed> allowed;  ///< below the ceiling, and not passed yet
    uint64_t untold = 0;          ///< records that the asker still waits for
    Session* session = nullptr;
    RequestId request = 0;
    // Reading the log at the ceiling:
    uint64_t want = kFirstLook;  ///< bytes that a record is looked for in
    bool reading = false;        ///< a read from disk is out
    uint64_t number = 0;         ///< tells a late read of an earlier hold
    Lsn bytes_at;
    SharedBytes bytes;  ///< what it brought
  };
  enum class Found : uint8_t { kRecord, kLater, kBroken };

  Result<void> allowed_here(const replication::StageName& name) const;
  Result<replication::StageName> chosen(const std::optional<replication::StageName>& name) const;
  Lsn lowest(const replication::StageName& name) const;
  Lsn position(const replication::StageName& name) const;
  bool move_over_records(const replication::StageName& name, Steps& steps);
  Found find_record(const replication::StageName& name, Lsn at, Steps& steps);
  Found take_record(const replication::StageName& name, Lsn at, std::string_view bytes, Steps& steps);
  void tell_passed(const replication::StageName& name, Steps& steps);
  void lift(const replication::StageName& name, const std::string& why);
  void fail_step(Steps& steps, ErrorCode code, const std::string& why);
  std::string standing() const;

  Local& local_;
  const Feeder& feeder_;
  std::map<replication::StageName, Steps> steps_;  ///< of each ceiling that stands
  uint64_t next_number_ = 1;
};

}  // namespace wallaby::node
