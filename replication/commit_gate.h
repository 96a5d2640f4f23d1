// replication/commit_gate.h
//
// Decides when a client may be told that its commit is safe.
//
// A commit reaches the gate already appended to our log. What remains is a promise, and a promise is a stage
// that the record must have reached and the replicas where it must have reached it:
//
//     async       flushed   on the primary
//     semi-sync   received  by k replicas          (and flushed on the primary)
//     durable     flushed   by k replicas          (and flushed on the primary)
//     sync        applied   by every sync replica  (and flushed on the primary)
//
// The newest policy governs all that is not yet acknowledged. Visibility follows it alone; a session that asked for
// another rung only gets its own reply earlier or later. Replicas only report how far they are; they never learn who was waiting.
//
// Example: semi-sync, waiters at 48 and 96. `local(appended 96, flushed 96)` releases nobody. r1 reports
// received=48: VisibleTo 48, and the first is released. r1 leaves: the second goes on waiting; 1 s later a
// Notice says that r1 is missing.
//
// Invariants (check_invariants() asserts them; the simulator calls it after every event):
//   1. The visible position never moves backwards; no reply at the switch's rung or a stronger one precedes it.
//   2. Each release met its rung when it happened; the visible position is at most the primary's flushed position.
//   3. Each waiter is released exactly once; one member is never counted twice.
//   4. A connected replica's positions never move backwards, and received >= flushed >= applied.
//
// Owns positions and ids only; sessions and sockets belong to the driver, which finds them by TxnId.
// Threads: none. Time: passed in. The sets of replicas: sync_replicas.h.
#pragma once

#include <cstdint>
#include <deque>
#include <iosfwd>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/identity.h"
#include "base/lsn.h"
#include "base/time.h"
#include "replication/ack_mode.h"
#include "replication/stage.h"

namespace wallaby::replication {

/// Names one waiting commit; given by the node, never reused.
using TxnId = uint64_t;

/// Everything up to here has met the switch's promise.
struct VisibleTo {
  Lsn lsn;
  bool operator==(const VisibleTo&) const = default;
};
/// The client may be told. `by`: the replicas that made it true, sorted (empty for async).
struct Release {
  TxnId txn = 0;
  Lsn lsn;
  Rung rung = Rung::kAsync;
  std::vector<NodeName> by;
  bool operator==(const Release&) const = default;
};
/// This commit has waited for a second (then every 10 s): who is missing, and what would release it.
struct Notice {
  TxnId txn = 0;
  Lsn lsn;
  Duration waited{};
  std::vector<NodeName> missing;
  std::string text;  ///< a sentence for the client
  bool operator==(const Notice&) const = default;
};
using GateOutput = std::variant<VisibleTo, Release, Notice>;
std::ostream& operator<<(std::ostream& out, const GateOutput& output);

/// What status shows of one rung.
struct RungCounters {
  uint64_t acknowledged = 0, waiting = 0, abandoned = 0;
  Duration longest_wait{};
  bool operator==(const RungCounters&) const = default;
};

class CommitGate {
 public:
  /// `visible`: acknowledged before (from the mark). The log goes on from `flushed`.
  CommitGate(Policy policy, Lsn visible, Lsn flushed);

  // --- events ----------------------------------------------------------------------------------------------------
  /// The policy record is flushed.
  void set_policy(TimePoint now, const Policy& policy);
  /// The members according to the log; positions of members that stream are kept.
  void set_members(TimePoint now, const std::set<NodeName>& members);
  /// The primary's own positions.
  void local(TimePoint now, Lsn appended, Lsn flushed);
  /// A commit waits from now on. LSNs come in rising order. `rung`: the session's own; nullopt: the switch's.
  void enqueue(TimePoint now, TxnId txn, Lsn lsn, std::optional<Rung> rung);
  /// A member's link streams; its positions so far.
  void joined(TimePoint now, const NodeName& name, const Positions& positions);
  void reported(TimePoint now, const NodeName& name, const Positions& positions);
  void left(TimePoint now, const NodeName& name);
  /// The client's wait ended early (timeout, cancel, disconnect, shutdown). Its commit stays in the log and is
  /// acknowledged like any other; only nobody waits for it.
  void abandon(TxnId txn);
  /// Nothing is acknowledged while a reason stands (a member holds more than we do). nullopt lifts it.
  void set_stopped(TimePoint now, std::optional<std::string> reason);
  /// Notices that are due.
  void tick(TimePoint now);

  std::vector<GateOutput> take_outputs();
  TimePoint next_deadline() const;

  // --- state -------------------------------------------------------------------------------------------------------
  Lsn visible() const { return visible_; }
  const Policy& policy() const { return policy_; }
  const std::optional<std::string>& stopped() const { return stopped_; }
  size_t waiting() const;
  /// Who would have to move for everything flushed so far to become visible, and a sentence that says so; empty when nothing is missing.
  std::vector<NodeName> missing() const;
  std::string missing_text() const;
  const std::map<Rung, RungCounters>& counters() const { return counters_; }

  void check_invariants() const;

 private:
  // ... the implementation's
  struct Waiter {
    TxnId txn = 0;
    Lsn lsn;
    TimePoint since;
    TimePoint next_notice;
  };
  Policy policy_;
  Lsn visible_, appended_, flushed_;
  std::optional<std::string> stopped_;
  std::map<NodeName, std::optional<Positions>> members_;
  std::map<Rung, std::deque<Waiter>> own_rung_;  ///< sessions with a rung of their own
  std::deque<Waiter> waiters_;                   ///< at the switch's rung, by LSN
  std::map<Rung, RungCounters> counters_;
  std::vector<GateOutput> outputs_;
};

}  // namespace wallaby::replication
