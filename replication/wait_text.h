// replication/wait_text.h
//
// The sentences for a client that waits, for status and for the log: who has to move, how far they are, what would release it.
//
//     sync: waiting for r2 to apply 0/1A8 (not connected); `wallaby ack async` or `wallaby drop-replica r2` would release it
//     semi-sync: waiting for 1 of r1, r2 to receive 0/1A8 (r1 is at 0/58, r2 is not connected); `wallaby ack async` would release it
//     sync: waiting for r1 to apply 0/1A8 (at 0/58, `applied` is held there); `wallaby ack async` or lifting that hold would release it
//     semi-sync: no replica has joined yet; start one, or `wallaby ack async`
//     async: waiting at `acknowledged`, which is held here at 0/58; `wallaby release acknowledged` would release it
//
// It never offers what would not help: dropping replicas and lifting their holds are offered when the promise would then be
// met by those who are left; throwing the switch does not help a session that asked for its rung itself.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/identity.h"
#include "base/lsn.h"
#include "replication/ack_mode.h"

namespace wallaby::replication {

struct WaitSituation {
  Rung rung = Rung::kAsync;
  bool own_rung = false;  ///< the session asked for it; it is not the switch's
  Lsn lsn;                ///< waited for
  Lsn flushed;            ///< the primary's own
  const SyncReplicas& replicas;
  const std::map<NodeName, std::optional<Lsn>>& members;  ///< at the rung's stage
  const std::map<NodeName, std::string>& remarks;         ///< what some of them do on purpose
  bool flush_held = false;                                ///< `flushed` is held on the primary
  std::optional<Lsn>
      held_at;  ///< `acknowledged` is held on the primary at this position, and that keeps `lsn` back
};

/// "sync: waiting for ...; ... would release it"
std::string wait_text(const WaitSituation& situation);
/// "r1", "r1 and r2", "r1, r2 and r3"
std::string listed(const std::vector<std::string>& names, std::string_view word = "and");
/// "waiting for ..." alone.
std::string wait_cause(const WaitSituation& situation);
/// Why a write at this rung is not taken under on-missing reject; too few stream (SyncReplicas::possible is false).
/// `lsn`, `flushed` and what follows `members` are not looked at.
std::string refusal_text(const WaitSituation& situation);

}  // namespace wallaby::replication
