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
  explicit Gate(Policy policy, std::set<NodeName> members = {}) : gate(std::move(policy), Lsn{}, Lsn{}) {
    gate.set_members(now, members);
    for (const NodeName& name : members) gate.joined(now, name, {});
  }

  void commit(TxnId txn, uint64_t lsn, std::optional<Rung> rung = {}) {
    gate.enqueue(now, txn, Lsn{lsn}, rung);
  }
  void flush(uint64_t lsn) { gate.local(now, Lsn{lsn}, Lsn{lsn}); }
  void report(const NodeName& name, const Positions& at) { gate.reported(now, name, at); }
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
  CommitGate gate;
};

inline Policy policy(Rung rung, std::string_view set = "") {
  Policy made{.rung = rung};
  if (!set.empty()) made.sync_replicas = *SyncReplicas::parse(set);
  return made;
}

}  // namespace wallaby::replication
