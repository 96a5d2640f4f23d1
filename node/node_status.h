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
#include "replication/log_events.h"
#include "replication/stage.h"

namespace wallaby::node {

/// A replica as its feeder sees it.
struct ReplicaStatus {
  NodeName name;
  std::string address;
  std::string state;  ///< "streaming", "catching up", "copying", "away"
  std::string way;    ///< how it joined: "continue", or "snapshot: REASON"
  bool member = false;
  bool held = false;  ///< a ceiling stands before its next apply
  Lsn sent;
  replication::Positions positions;
  uint64_t received_lag_bytes = 0, flushed_lag_bytes = 0, applied_lag_bytes = 0;
  Duration received_lag{}, flushed_lag{}, applied_lag{};
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
  bool operator==(const UpstreamStatus&) const = default;
};

struct RungStatus {
  std::string rung;
  uint64_t acknowledged = 0, waiting = 0, abandoned = 0;
  Duration longest_wait{};
  bool operator==(const RungStatus&) const = default;
};

struct NodeStatus {
  std::string version;
  std::string role;  ///< "primary", "replica"
  NodeName name;
  std::string address;
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
  std::vector<NodeName> members;
  uint64_t waiting = 0;           ///< commits that wait for their acknowledgement
  uint64_t queued = 0;            ///< writing statements that wait for room in the log
  std::vector<NodeName> missing;  ///< who keeps them waiting
  std::string waiting_for;        ///< the same as a sentence
  std::vector<RungStatus> rungs;

  std::vector<ReplicaStatus> replicas;     ///< that this node feeds, and members that are away
  std::optional<UpstreamStatus> upstream;  ///< on a replica
  std::optional<Lsn> apply_ceiling;        ///< a pause: nothing beyond is applied

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
