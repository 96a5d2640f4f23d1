#include "node/cluster_log.h"

#include "base/check.h"

namespace wallaby::node {

void ClusterLog::note(Lsn lsn, const replication::LogEvent& event) {
  WALLABY_CHECK(lsn > settled_ && (events_.empty() || lsn > events_.back().first),
                "log event at {} out of order", to_string(lsn));
  events_.emplace_back(lsn, event);
  newest_.apply(event);
}

replication::ClusterState ClusterLog::at(Lsn lsn) const {
  WALLABY_CHECK(lsn >= settled_, "asked for {}, settled at {}", to_string(lsn), to_string(settled_));
  replication::ClusterState state = state_;
  for (const auto& [end, event] : events_)
    if (end <= lsn) state.apply(event);
  return state;
}

void ClusterLog::settle(Lsn lsn) {
  while (!events_.empty() && events_.front().first <= lsn) {
    state_.apply(events_.front().second);
    events_.pop_front();
  }
  if (lsn > settled_) settled_ = lsn;
}

}  // namespace wallaby::node
