// replication/log_events.h
//
// Records in the log that are not changes to tables: they tell the cluster's own story, so every node knows it
// and a promoted one goes on with it. Also the numbers of all record kinds.
//
//     kind               payload (proto/cluster.proto)     takes effect on the primary
//     1 timeline start   Timeline                          when written (first record of the timeline)
//     2 changes          engine/changes.h                  by acknowledgement
//     3 policy           Policy                            when flushed
//     4 member joined    Member                            when flushed
//     5 member dropped   Member                            when flushed
//     6 degraded         Degraded                          when flushed
//     7 re-armed         (empty)                           when flushed
//
// `ClusterState` is what these events add up to at one position; checkpoints carry it.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/identity.h"
#include "base/lsn.h"
#include "base/time.h"
#include "replication/ack_mode.h"

namespace wallaby::replication {

enum class RecordKind : uint16_t {
  kTimeline = 1,
  kChanges = 2,
  kPolicy = 3,
  kMemberJoined = 4,
  kMemberDropped = 5,
  kDegraded = 6,
  kRearmed = 7
};
inline constexpr uint16_t kRecordFormat = 1;

/// "timeline", "changes", "policy", "member", "drop-member", "degraded", "re-armed"
std::string_view to_string(RecordKind kind);
std::ostream& operator<<(std::ostream& out, RecordKind kind);

/// One branch of the log.
struct Timeline {
  TimelineId number;
  uint64_t random_id = 0;  ///< two nodes may both start "timeline 2"; this tells them apart
  DirectoryId writer;
  TimelineId parent;  ///< 0: none
  Lsn start;          ///< the fork position; 0/0 for the first
  std::string reason;
  WallTime started;
  bool operator==(const Timeline&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Timeline& timeline);

struct PolicyChanged {
  Policy policy;
  bool operator==(const PolicyChanged&) const = default;
};
struct MemberJoined {
  NodeName name;
  DirectoryId directory;
  bool operator==(const MemberJoined&) const = default;
};
struct MemberDropped {
  NodeName name;
  DirectoryId directory;
  bool operator==(const MemberDropped&) const = default;
};
/// The switch fell back to async, because its promise could not be kept in time (on-missing degrade).
struct Degraded {
  std::string reason;
  bool operator==(const Degraded&) const = default;
};
/// Enough members keep up again: the switch's promise governs as before.
struct Rearmed {
  bool operator==(const Rearmed&) const = default;
};
using LogEvent = std::variant<Timeline, PolicyChanged, MemberJoined, MemberDropped, Degraded, Rearmed>;
std::ostream& operator<<(std::ostream& out, const LogEvent& event);

RecordKind kind_of(const LogEvent& event);
std::string encode_log_event(const LogEvent& event);
/// kCorrupt when the payload is not one, or the kind is none of these.
Result<LogEvent> decode_log_event(uint16_t kind, uint16_t format, std::string_view payload);

/// The sum of all log events up to a position.
struct ClusterState {
  std::vector<Timeline> history;  ///< oldest first
  Policy policy;
  std::map<NodeName, DirectoryId> members;
  std::optional<std::string> degraded;  ///< why, while the switch is degraded

  /// A policy ends a degrade. A degrade record that a policy has overtaken, so that nothing is left to degrade, says nothing.
  void apply(const LogEvent& event);
  bool is_member(const NodeName& name, DirectoryId directory) const;
  bool operator==(const ClusterState&) const = default;
};
std::ostream& operator<<(std::ostream& out, const ClusterState& state);

/// For a checkpoint's `extra`.
std::string encode_cluster_state(const ClusterState& state);
Result<ClusterState> decode_cluster_state(std::string_view bytes);

}  // namespace wallaby::replication
