// replication/wait_text.h
//
// The sentence for a client that waits, and for status: who has to move, how far they are, what would release it.
//
//     sync: waiting for r2 to apply 0/1A8 (not connected); `wallaby ack async` or `wallaby drop-replica r2` would release it
//     semi-sync: waiting for 1 of r1, r2 to receive 0/1A8 (r1 is at 0/58, r2 is not connected); `wallaby ack async` would release it
//     semi-sync: no replica has joined yet; start one, or `wallaby ack async`
//
// It never offers what would not help: dropping a replica helps under ALL only, and only while another member stays;
// throwing the switch does not help a session that asked for its rung itself.
#pragma once

#include <map>
#include <optional>
#include <string>

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
};

std::string wait_text(const WaitSituation& situation);

}  // namespace wallaby::replication
