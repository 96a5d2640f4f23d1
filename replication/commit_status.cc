#include "replication/commit_status.h"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

namespace wallaby::replication {

std::string_view to_string(CommitState state) {
  switch (state) {
    case CommitState::kVisible: return "visible";
    case CommitState::kPending: return "pending";
    case CommitState::kDiscarded: return "discarded";
    case CommitState::kUnknown: return "unknown";
  }
  return "no state";
}

std::ostream& operator<<(std::ostream& out, CommitState state) {
  return out << to_string(state);
}

CommitStatus judge_commit(Token token, const LogView& log, bool border) {
  using enum CommitState;
  TimelineId timeline = token.timeline == TimelineId{} ? log.timeline : token.timeline;
  std::string lsn = to_string(token.lsn);
  auto known = std::ranges::find(log.history, timeline, &Timeline::number);
  if (known == log.history.end())
    return {kUnknown, fmt::format("timeline {} is not known here; this node is on timeline {}",
                                  timeline.value, log.timeline.value)};
  // The history is one branch from the root to here: the timeline's successor left it at a position.
  if (auto successor = std::next(known); successor != log.history.end() && token.lsn > successor->start)
    return {kDiscarded, fmt::format("timeline {} went on from {} without it", successor->number.value,
                                    to_string(successor->start))};
  if (token.lsn > log.appended)
    return {kUnknown, fmt::format("the log here ends at {}, before it", to_string(log.appended))};
  if (!border) return {kUnknown, fmt::format("no record ends at {}; was the token typed right?", lsn)};
  if (token.lsn > log.visible)
    return {kPending, fmt::format("it is in the log here, and readers do not see it yet; they see up to {}",
                                  to_string(log.visible))};
  return {kVisible, "readers here see it"};
}

}  // namespace wallaby::replication
