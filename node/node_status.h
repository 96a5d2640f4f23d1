// node/node_status.h
//
// Everything that a node tells about itself, in one struct. `wallaby status`, its --json and --watch, and the
// views, metrics and pages to come render it; none of them looks anywhere else. Plain values, taken at one moment.
// On the wire it travels inside a StatusReply (node/client_messages.h).
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/identity.h"
#include "base/lsn.h"
#include "base/time.h"
#include "replication/lag.h"
#include "replication/log_events.h"
#include "replication/stage.h"

namespace wallaby::node {

/// A ceiling on one of this node's stages (node/holds.h).
struct HoldStatus {
  replication::StageName name;
  Lsn ceiling;         ///< nothing beyond passes
  uint64_t steps = 0;  ///< records that a step still lets through
  uint64_t bytes = 0;  ///< that stand before it now
  bool operator==(const HoldStatus&) const = default;
};

/// What would be lost if the primary died now: acknowledged (readers or a client were told), and on no replica.
struct LossStatus {
  uint64_t commits = 0, bytes = 0;
  bool exact = true;  ///< false: `commits` is only near the truth (replication/loss_meter.h)
  bool operator==(const LossStatus&) const = default;
};

/// How far a replica's stages are behind its feeder's flushed log; times by the clock of the node that tells.
struct LagStatus {
  uint64_t received_bytes = 0, flushed_bytes = 0, applied_bytes = 0;
  Duration received{}, flushed{}, applied{};
  bool operator==(const LagStatus&) const = default;
};

/// `end`: the feeder's flushed log. A tracker that was told nothing knows of no time.
LagStatus lag_status(TimePoint now, const replication::LagTracker& tracker, const replication::Positions& at,
                     Lsn end);

/// A replica as its feeder sees it.
struct ReplicaStatus {
  NodeName name;
  std::string address;
  std::string state;  ///< "streaming", "catching up", "copying", "away"
  std::string way;    ///< how it joined: "continue", or "snapshot: REASON"
  bool member = false;
  replication::ReplicaHolds holds;  ///< what it holds back on purpose
  Lsn sent;
  replication::Positions positions;
  uint64_t sent_lag_bytes = 0;
  LagStatus lag;
  Duration last_report{};  ///< how long ago
  bool slot_lost = false;
  uint64_t copied_bytes = 0, copy_size = 0;  ///< while copying
  bool operator==(const ReplicaStatus&) const = default;
};

/// A replica's link to its feeder.
struct UpstreamStatus {
  std::string address;       ///< that it connects to
  std::string state;         ///< "streaming", "copying", "connecting", "offline", "dropped", "refused"
  std::string last_failure;  ///< empty when there was none
  std::string primary;       ///< where writes go
  Lsn feeder_flushed;
  uint64_t copied_bytes = 0, copy_size = 0;
  std::string way;  ///< "continue", or "snapshot: REASON"
  LagStatus lag;    ///< times since this node heard of what it has not reached
  bool operator==(const UpstreamStatus&) const = default;
};

struct RungStatus {
  std::string rung;
  uint64_t acknowledged = 0, waiting = 0, abandoned = 0;
  uint64_t degraded = 0;  ///< how often the switch at this rung fell back to async
  Duration longest_wait{};
  bool operator==(const RungStatus&) const = default;
};

struct NodeStatus {
  std::string version;
  std::string role;  ///< "primary", "replica"
  NodeName name;
  std::string address;
  std::string sql_address;  ///< of its PostgreSQL door; "" when it is shut
  ClusterId cluster;
  DirectoryId directory;
  TimelineId timeline;
  Duration uptime{};

  Lsn appended, flushed;       ///< of the own log; on a replica `appended` is what it has received
  uint64_t flushes = 0;        ///< of the log since the start: commits / flushes shows group commit at work
  Lsn visible;                 ///< readers see everything up to here: acknowledged, or on a replica applied
  std::string reads_refused;   ///< why reads are refused; empty when they are served
  std::string writes_refused;  ///< why writes are refused now (not for being a replica)

  std::string rung;
  std::string sync_replicas;  ///< the set that counts for the rung; "" when it waits for none
  std::string on_missing;     ///< "block", "reject", "degrade=10s"
  std::string degraded;       ///< why the switch has fallen back to async; empty when it has not
  std::vector<NodeName> members;
  uint64_t waiting = 0;           ///< commits that wait for their acknowledgement
  uint64_t queued = 0;            ///< writing statements that wait for room in the log
  std::vector<NodeName> missing;  ///< who keeps them waiting
  std::string waiting_for;        ///< the same as a sentence
  std::vector<RungStatus> rungs;
  std::optional<LossStatus> loss;  ///< on a primary

  std::vector<ReplicaStatus> replicas;     ///< that this node feeds, and members that are away
  std::optional<UpstreamStatus> upstream;  ///< on a replica
  std::vector<HoldStatus> holds;           ///< ceilings on this node's stages
  Duration apply_delay{};                  ///< --apply-delay; zero: none

  Lsn log_oldest;
  uint64_t log_bytes = 0, log_segments = 0;
  Lsn checkpoint_newest, checkpoint_oldest;  ///< 0/0: none
  bool checkpoint_running = false;
  uint64_t tables = 0, rows = 0, memory = 0, memory_limit = 0;
  Lsn digest_position;
  uint64_t digest = 0;
  uint64_t sessions = 0;
  bool operator==(const NodeStatus&) const = default;
};
std::ostream& operator<<(std::ostream& out, const NodeStatus& status);

/// Protobuf (proto/status.proto).
std::string encode_status(const NodeStatus& status);
/// kProtocol: not one.
Result<NodeStatus> decode_status(std::string_view bytes);

}  // namespace wallaby::node
