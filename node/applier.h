// node/applier.h
//
// A replica's replay: reads the own log behind what is applied, and applies whole records to the tables, in log order,
// only what is flushed here.
//
//     flushed  ...............|
//     applied  .......|--->           at most up to the ceiling
//
// `pause` is a ceiling at what is applied now; `resume` lifts it. `step N` lets N more records through, later
// ones included. Bounded work a turn; more() says that there is more to do at once.
//
// Invariants: applied <= flushed; applied is always a record's end; a record is applied whole or not at all; nothing
// beyond the ceiling is applied, except records that a step let through, which move it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/lsn.h"
#include "base/time.h"
#include "node/client_messages.h"
#include "node/local.h"
#include "wal/frame.h"

namespace wallaby::node {

/// One frame's payload as people read it: "put greetings hello = world".
std::string summarize(uint16_t kind, uint16_t format, std::string_view payload);

/// Applies one valid frame to tables and cluster log. kCorrupt: the payload is not what its kind says.
Result<void> apply_frame(const wal::Frame& frame, engine::Store& store, ClusterLog& cluster);

class Applier {
 public:
  explicit Applier(Local& local) : local_(local) {}

  /// Applies what may be applied now, a bounded piece of it. An error is a broken log: the node must stop.
  Result<void> run(TimePoint now);
  /// There is more that could be applied at once.
  bool more() const;
  /// Starts over behind a base copy (the store was replaced).
  void restart();

  Lsn applied() const { return local_.store->applied(); }
  const std::optional<Lsn>& ceiling() const { return ceiling_; }
  /// A ceiling stands before the next record.
  bool held() const { return ceiling_ && steps_ == 0; }
  void pause() { ceiling_ = applied(); }
  void resume();
  /// Lets `records` more through; `passed` hears of each, and `last` with the last one.
  using Passed = std::function<void(const SteppedRecord& record, bool last)>;
  void step(uint64_t records, Passed passed);
  /// Nobody listens to steps any more.
  void forget_listener() { passed_ = {}; }

 private:
  Result<void> take(std::string_view bytes);
  Result<bool> apply_next(std::string_view bytes, size_t& used);

  Local& local_;
  std::optional<Lsn> ceiling_;
  uint64_t steps_ = 0;
  Passed passed_;
  std::string carry_;     ///< the beginning of a frame whose end was not read yet; starts at applied()
  bool reading_ = false;  ///< a read from disk is out
  uint64_t epoch_ = 0;    ///< grows with restart(): late reads of the old log are dropped
  std::optional<Error> failed_;
};

}  // namespace wallaby::node
