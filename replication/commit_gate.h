// replication/commit_gate.h
//
// Decides when a client may be told that its commit is safe.
//
// A commit reaches the gate already appended to our log. What remains is a promise, and a promise is a stage
// that the record must have reached and the replicas where it must have reached it:
//
//     off         appended  on the primary
//     async       flushed   on the primary
//     semi-sync   received  by k replicas          (and flushed on the primary)
//     durable     flushed   by k replicas          (and flushed on the primary)
//     sync        applied   by every sync replica  (and flushed on the primary)
//
// The newest policy governs all that is not yet acknowledged. Visibility follows it alone; a session that asked for
// another rung only gets its own reply earlier or later. Replicas only report how far they are; they never learn who was waiting,
// only whether their flush is wanted now.
//
// On-missing degrade: when replicas alone have kept a record back for the rule's time, counted from the flush that brought
// it to our disk (our own slow disk is not theirs to make up for), the gate asks for a degrade record (Degrade). Once that is
// flushed (set_degraded), async governs; a reply then says async, for that is what was met. A session that named its rung
// itself goes on waiting for it. The gate asks for re-arming (Rearm) when the policy's own promise has been met, within that
// time and a second at most, for what was flushed: a replica that stays far behind does not re-arm it. Until the record
// of either is flushed nothing changes; each is asked for once.
// A hold on `acknowledged` is a ceiling on the visible position.
//
// Example: semi-sync, waiters at 48 and 96. `local(appended 96, flushed 96)` releases nobody. r1 reports
// received=48: VisibleTo 48, and the first is released. r1 leaves: the second goes on waiting; 1 s later a
// Notice says that r1 is missing.
//
// Invariants (check_invariants() asserts them; the simulator calls it after every event):
//   1. The visible position never moves backwards; no reply at the switch's rung or a stronger one precedes it.
//   2. Each release met its rung when it happened; only while `off` governs does the visible position move past the
//      primary's own flushed position. It never moves past the ceiling.
//   3. Each waiter is released exactly once; one member is never counted twice.
//   4. A connected replica's positions never move backwards, and received >= flushed >= applied.
//
// Cost: a commit and a report are O(1) for few members; positions are kept in the shape that SyncReplicas asks for.
// A notice's scan over all waiters runs only when one is due. An abandoned waiter stays in its queue, marked. How long
// replicas keep something back is known by flush, not by commit, and for so many flushes only.
//
// Owns positions and ids only; sessions and sockets belong to the driver, which finds them by TxnId.
// Threads: none. Time: passed in. The sets of replicas: sync_replicas.h. The words of notices: wait_text.h.
// commit_gate.cc judges the promises; commit_gate_missing.cc is what happens when they are not kept: notices, the on-missing
// rules, who is missing; commit_gate_checks.cc asserts and prints.
#pragma once

#include <array>
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

struct WaitSituation;

/// Names one waiting commit; given by the node, rising from one enqueue to the next, never reused.
using TxnId = uint64_t;

/// Everything up to here has met the switch's promise.
struct VisibleTo {
  Lsn lsn;
  bool operator==(const VisibleTo&) const = default;
};
/// The client may be told that `rung` is met. `by`: the replicas that made it true, sorted (empty for off and async).
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
/// The promise is not kept in time: log it, and call set_degraded once that is flushed. `reason`: who is missing, since when.
struct Degrade {
  std::string reason;
  bool operator==(const Degrade&) const = default;
};
/// The promise is kept again: log it.
struct Rearm {
  bool operator==(const Rearm&) const = default;
};
using GateOutput = std::variant<VisibleTo, Release, Notice, Degrade, Rearm>;
std::ostream& operator<<(std::ostream& out, const GateOutput& output);

/// What status shows of one rung. `longest_wait`: of those acknowledged or told that they still wait.
struct RungCounters {
  uint64_t acknowledged = 0, waiting = 0, abandoned = 0;
  uint64_t degraded = 0;  ///< how often the switch at this rung fell back to async
  Duration longest_wait{};
  bool operator==(const RungCounters&) const = default;
};

class CommitGate {
 public:
  /// `visible`: acknowledged before (from the mark). The log goes on from `flushed`. What lies between is
  /// acknowledged again, at once under off and async, later when replicas must confirm it. `degraded`: says the log.
  CommitGate(TimePoint now, Policy policy, bool degraded, Lsn visible, Lsn flushed);

  // --- events ----------------------------------------------------------------------------------------------------
  /// The policy record is flushed. It ends a degrade.
  void set_policy(TimePoint now, const Policy& policy);
  /// The degrade record (or the re-arm record) is flushed. Ignored when it comes behind a policy that made it pointless.
  void set_degraded(TimePoint now, bool degraded);
  /// The members according to the log; positions of members that stream are kept.
  void set_members(TimePoint now, const std::set<NodeName>& members);
  /// The primary's own positions.
  void local(TimePoint now, Lsn appended, Lsn flushed);
  /// A commit waits from now on. LSNs come in rising order. `rung`: the session's own; nullopt: the switch's.
  void enqueue(TimePoint now, TxnId txn, Lsn lsn, std::optional<Rung> rung);
  /// A link streams; its positions so far. It counts while its name is a member's, be that from now on or later.
  void joined(TimePoint now, const NodeName& name, const Positions& positions);
  /// Ignored for a name that has not joined.
  void reported(TimePoint now, const NodeName& name, const Positions& positions);
  void left(TimePoint now, const NodeName& name);
  /// The client's wait ended early (timeout, cancel, disconnect, shutdown). Its commit stays in the log and is
  /// acknowledged like any other; only nobody waits for it. Unknown ids are ignored.
  void abandon(TxnId txn);
  /// Nothing is acknowledged while a reason stands (a member holds more than we do). nullopt lifts it.
  void set_stopped(TimePoint now, std::optional<std::string> reason);
  /// A hold on `acknowledged`: nothing beyond becomes visible. kMaxLsn lifts it.
  void set_ceiling(TimePoint now, Lsn ceiling);
  /// For sentences: a hold on this node's own `flushed` stands.
  void set_flush_held(bool held) { flush_held_ = held; }
  /// For sentences: what a member does on purpose, as "`applied` is held there"; empty: nothing.
  void set_remark(const NodeName& name, std::string remark);
  /// Notices that are due, and a degrade.
  void tick(TimePoint now);

  std::vector<GateOutput> take_outputs();
  TimePoint next_deadline() const;

  // --- state -------------------------------------------------------------------------------------------------------
  Lsn visible() const { return visible_; }
  const Policy& policy() const { return policy_; }
  bool degraded() const { return degraded_; }
  /// What governs visibility now: the policy's rung, or async while degraded.
  Rung governing() const;
  const std::optional<std::string>& stopped() const { return stopped_; }
  /// Under on-missing reject: why a write at this rung (nullopt: the switch's) must not be taken now, because too few
  /// members stream for the promises it would wait for. nullopt: take it.
  std::optional<std::string> refusal(std::optional<Rung> rung) const;
  size_t waiting() const;
  /// The strongest that a promise needs of replicas, of those that stand or are waited for; nullopt: nothing.
  std::optional<Stage> awaited_of_replicas() const;
  /// Who would have to move for everything flushed so far to become visible, and a sentence that says so. When nothing is
  /// missing for that, the sentence tells of the oldest session that waits for a rung of its own; else it is empty.
  std::vector<NodeName> missing() const;
  std::string missing_text() const;
  const std::map<Rung, RungCounters>& counters() const { return counters_; }

  void check_invariants() const;

 private:
  struct Waiter {
    TxnId txn = 0;
    Lsn lsn;
    TimePoint since;
    TimePoint next_notice;
    bool abandoned = false;
  };
  /// By LSN, and so by TxnId and by `since` too.
  using Queue = std::deque<Waiter>;
  /// Every member's position at one stage; nullopt: it does not stream.
  using Standing = std::map<NodeName, std::optional<Lsn>>;
  struct RungState {
    Rung rung = Rung::kOff;
    SyncReplicas replicas;
    Lsn met;    ///< up to here the rung's promise holds now
    Queue own;  ///< sessions that asked for this rung themselves
  };
  /// At `at`, our disk had all up to `lsn`.
  struct Flush {
    Lsn lsn;
    TimePoint at;
  };

  RungState& state_of(Rung rung) { return rungs_[static_cast<size_t>(rung) - 1]; }
  const RungState& state_of(Rung rung) const { return rungs_[static_cast<size_t>(rung) - 1]; }
  const Standing& standing_for(Rung rung) const;
  void set_standing(const NodeName& name, const std::optional<Positions>& positions);
  Queue::iterator find(Queue& queue, TxnId txn);
  /// Who waits is counted where it asked to wait: at its own rung, or at the policy's, degraded or not.
  RungCounters& counters_at(Rung rung, bool own) { return counters_[own ? rung : policy_.rung]; }
  /// Up to where waiters of this queue may be released now.
  Lsn limit(const Queue& queue, Rung rung) const;
  /// Judges every rung anew; settle() does what follows from it.
  void evaluate(TimePoint now);
  void settle(TimePoint now);
  void release(TimePoint now);
  void notify(TimePoint now, Waiter& waiter, Rung rung, bool own, std::string text);
  std::string text_for(Rung rung, bool own, Lsn lsn) const;
  WaitSituation situation(Rung rung, bool own, Lsn lsn) const;
  /// When replicas alone will have kept something back for the rule's time; kNever when that is not the question.
  TimePoint degrade_due() const;
  void ask_degrade();
  void judge_rearm(TimePoint now);
  /// Calls f(queue, the rung that it waits for, whether its sessions asked for that rung themselves).
  template <typename Self, typename F>
  static void for_each_queue(Self& self, F&& f) {
    f(self.waiters_, self.governing(), false);
    for (auto& state : self.rungs_) f(state.own, state.rung, true);
  }

  static constexpr Duration kFirstNotice = std::chrono::seconds(1);
  static constexpr Duration kNoticeInterval = std::chrono::seconds(10);
  static constexpr size_t kMaxFlushes = 4096;
  static constexpr Duration kLongestCatchUp = std::chrono::seconds(1);  ///< that still counts as keeping up

  Policy policy_;
  bool degraded_ = false;
  Lsn visible_, appended_, flushed_;
  Lsn seen_under_off_;  ///< made visible while `off` governed, perhaps before it was flushed
  Lsn ceiling_ = kMaxLsn;
  bool flush_held_ = false;
  std::optional<std::string> stopped_;
  std::map<NodeName, Positions> streams_;  ///< links that stream, members or not yet
  std::map<NodeName, std::string> remarks_;
  std::array<Standing, 3> standing_;  ///< members at received, flushed, applied
  std::array<RungState, kRungs.size()> rungs_;
  Queue waiters_;  ///< at the switch's rung
  TxnId last_txn_ = 0;
  Lsn last_lsn_;
  TimePoint next_notice_ = kNever;  ///< no notice is due before
  std::deque<Flush> flushes_;       ///< those that are not visible to their end
  bool asked_ = false;              ///< for a degrade record or a re-arm record, whichever could come next
  /// While degraded: when the promise is met so far in time, re-arm. nullopt: so far as is flushed next.
  std::optional<Flush> target_;
  bool on_trust_ = false;  ///< the last re-arm was, and the promise was not met since
  std::map<Rung, RungCounters> counters_;
  std::vector<GateOutput> outputs_;
};

}  // namespace wallaby::replication
