// node/cluster_log.h
//
// The cluster's own story as this node's log tells it: policy, members, timelines, and since which position.
//
// Log events (replication/log_events.h) are noted when their record is appended, but they count at different
// moments: policy and members once the record is flushed on the primary (applied on a replica), and for a
// checkpoint as of the checkpoint's position. So this keeps the state at one settled position and the events after it.
//
// Invariants: events are in log order, all after `settled`.
#pragma once

#include <deque>
#include <utility>

#include "base/lsn.h"
#include "replication/log_events.h"

namespace wallaby::node {

class ClusterLog {
 public:
  ClusterLog() = default;
  ClusterLog(Lsn settled, replication::ClusterState state)
      : settled_(settled), state_(std::move(state)), newest_(state_) {}

  /// The event's record ends at `lsn`, after all noted before.
  void note(Lsn lsn, const replication::LogEvent& event);
  /// The state at a position at or after the settled one.
  replication::ClusterState at(Lsn lsn) const;
  /// With everything noted.
  const replication::ClusterState& newest() const { return newest_; }
  /// Nobody will ask for a position before `lsn` any more.
  void settle(Lsn lsn);

 private:
  Lsn settled_;
  replication::ClusterState state_, newest_;
  std::deque<std::pair<Lsn, replication::LogEvent>> events_;
};

}  // namespace wallaby::node
