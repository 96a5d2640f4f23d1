// tests/replication/gate.h
//
// A commit gate with a clock of its own and short words for what happens to it, so that its tests read as dialogues.
#pragma once

#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "replication/commit_gate.h"
#include "tests/replication/dialogue.h"

namespace wallaby::replication {

inline Positions positions(uint64_t received, uint64_t flushed, uint64_t applied) {
  return {Lsn{received}, Lsn{flushed}, Lsn{applied}};
}
inline Positions all_at(uint64_t lsn) {
  return positions(lsn, lsn, lsn);
}

/// A gate at its log's beginning, and the test's clock.
struct Gate {
  explicit Gate(Policy policy, std::set<NodeName> members = {})
      : gate({}, std::move(policy), false, Lsn{}, Lsn{}) {
    gate.set_members(now, members);
    for (const NodeName& name : members) gate.joined(now, name, {});
  }

  void commit(TxnId txn, uint64_t lsn, std::optional<Rung> rung = {}) {
    gate.enqueue(now, txn, Lsn{lsn}, rung);
  }
  void append(uint64_t lsn) { gate.local(now, Lsn{lsn}, flushed); }
  void flush(uint64_t lsn) {
    flushed = Lsn{lsn};
    gate.local(now, flushed, flushed);
  }
  void report(const NodeName& name, const Positions& at) { gate.reported(now, name, at); }
  void join(const NodeName& name, const Positions& at) { gate.joined(now, name, at); }
  void leave(const NodeName& name) { gate.left(now, name); }
  void hold(uint64_t lsn) { gate.set_ceiling(now, Lsn{lsn}); }
  void lift() { gate.set_ceiling(now, kMaxLsn); }
  RungCounters counters(Rung rung) const { return gate.counters().at(rung); }
  Lines said() {
    gate.check_invariants();
    return lines(gate.take_outputs());
  }
  Lines tick(int64_t milliseconds) {
    now = at_ms(milliseconds);
    gate.tick(now);
    return said();
  }

  TimePoint now;
  Lsn flushed;
  CommitGate gate;
};

inline Policy policy(Rung rung, std::string_view set = "", std::string_view on_missing = "block") {
  Policy made{.rung = rung, .on_missing = *parse_on_missing(on_missing)};
  if (!set.empty()) made.sync_replicas = *SyncReplicas::parse(set);
  return made;
}

inline Policy degrading(Rung rung, std::string_view set = "") {
  return policy(rung, set, "degrade=2s");
}

/// sync, r2 is away, and commit 1 has waited since 0 s.
struct Waiting : Gate {
  explicit Waiting(Policy policy = degrading(Rung::kSync)) : Gate(std::move(policy), {"r1", "r2"}) {
    leave("r2");
    commit(1, 0x1A8);
    flush(0x1A8);
    report("r1", all_at(0x1A8));
  }
};
/// And degraded since 2 s; commit 1 is released.
struct Fallen : Waiting {
  explicit Fallen(Policy policy = degrading(Rung::kSync)) : Waiting(std::move(policy)) {
    tick(2000);
    gate.set_degraded(now, true);
    said();
  }
  void at(int64_t milliseconds) { now = at_ms(milliseconds); }
};

}  // namespace wallaby::replication
