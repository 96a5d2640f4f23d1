// replication/ack_mode.h
//
// The ack switch: what must have happened to a commit before its client may be told that it is safe.
//
//     rung        promise                                   PostgreSQL's synchronous_commit
//     off         appended on the primary (in memory only)  off
//     async       flushed on the primary                    local
//     semi-sync   and received by one replica               remote_write
//     durable     and flushed  by one replica               on
//     sync        and applied  by every member              remote_apply
//
// The switch is one logged policy record: the rung, which replicas count (sync_replicas.h) and what happens when they are missing.
// The numbers are the file format's; never reuse one.
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "replication/stage.h"
#include "replication/sync_replicas.h"

namespace wallaby::replication {

enum class Rung : uint8_t { kOff = 1, kAsync = 2, kSemiSync = 3, kDurable = 4, kSync = 5 };
/// From the weakest to the strongest.
inline constexpr std::array kRungs{Rung::kOff, Rung::kAsync, Rung::kSemiSync, Rung::kDurable, Rung::kSync};

/// "off", "async", "semi-sync", "durable", "sync"
std::string_view to_string(Rung rung);
/// Accepts what to_string prints, in either case.
Result<Rung> parse_rung(std::string_view text);
std::ostream& operator<<(std::ostream& out, Rung rung);

/// The stage that the promise names: of replicas for the rungs that wait for any, else of the primary.
Stage promised_stage(Rung rung);
/// The same, when it is replicas that must have reached it; nullopt for off and async, which wait for none.
std::optional<Stage> replica_stage(Rung rung);

/// What happens when the replicas that the switch's promise needs are missing or too slow.
struct OnMissing {
  enum class Rule : uint8_t {
    kBlock = 1,  ///< commits wait, however long
    kReject,     ///< new writes fail at once while too few members stream; nothing of them is logged
    kDegrade,  ///< when the oldest wait exceeds `after`: fall back to async, until enough members keep up again
  };
  Rule rule = Rule::kBlock;
  Duration after{};  ///< of kDegrade; whole microseconds
  bool operator==(const OnMissing&) const = default;
};
/// "block", "reject", "degrade=10s"
std::string to_string(const OnMissing& on_missing);
/// Accepts what to_string prints, and "degrade" for degrade=10s. Zero is refused.
Result<OnMissing> parse_on_missing(std::string_view text);

struct Policy {
  Rung rung = Rung::kAsync;
  std::optional<SyncReplicas>
      sync_replicas;  ///< not given: ANY 1 (*) for semi-sync and durable, ALL for sync
  OnMissing on_missing;

  /// The set that counts for `rung` under this policy.
  SyncReplicas replicas_for(Rung rung) const;
  /// Its promise waits for replicas, and it falls back to async when that takes too long.
  bool may_degrade() const { return replica_stage(rung) && on_missing.rule == OnMissing::Rule::kDegrade; }
  bool operator==(const Policy&) const = default;
};
/// For people: "async", "sync", "durable, sync-replicas ANY 2 (r1, r2), on-missing degrade=10s".
std::string to_string(const Policy& policy);
std::ostream& operator<<(std::ostream& out, const Policy& policy);

}  // namespace wallaby::replication
