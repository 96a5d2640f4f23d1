// replication/ack_mode.h
//
// The ack switch: what must have happened to a commit before its client may be told that it is safe.
//
//     rung        promise                                   PostgreSQL's synchronous_commit
//     async       flushed on the primary                    local
//     semi-sync   and received by one replica               remote_write
//     durable     and flushed  by one replica               on
//     sync        and applied  by every member              remote_apply
//
// The switch is one logged policy record: the rung, which replicas count (sync_replicas.h) and what happens when they are missing.
// The numbers are the file format's; never reuse one.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "replication/stage.h"
#include "replication/sync_replicas.h"

namespace wallaby::replication {

enum class Rung : uint8_t { kAsync = 2, kSemiSync = 3, kDurable = 4, kSync = 5 };

/// "async", "semi-sync", "durable", "sync"
std::string_view to_string(Rung rung);
/// Accepts what to_string prints, in either case.
Result<Rung> parse_rung(std::string_view text);
std::ostream& operator<<(std::ostream& out, Rung rung);

/// The stage that replicas must have reached; nullopt for async, which waits for none.
std::optional<Stage> replica_stage(Rung rung);

struct Policy {
  Rung rung = Rung::kAsync;
  std::optional<SyncReplicas>
      sync_replicas;  ///< not given: ANY 1 (*) for semi-sync and durable, ALL for sync

  /// The set that counts for `rung` under this policy.
  SyncReplicas replicas_for(Rung rung) const;
  bool operator==(const Policy&) const = default;
};
/// For people: "async", "sync", "durable, sync-replicas ANY 2 (r1, r2)".
std::string to_string(const Policy& policy);
std::ostream& operator<<(std::ostream& out, const Policy& policy);

}  // namespace wallaby::replication
