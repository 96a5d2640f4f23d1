// replication/commit_status.h
//
// What became of a commit, asked by its token: the answer for whoever was left with an unknown outcome.
//
//     visible     it met the switch's promise here (on a replica: it is applied); readers see it
//     pending     it is in this node's log and not visible; it will be, or a failover discards it
//     discarded   its timeline was left behind before it: it is in nobody's history any more
//     unknown     this node cannot tell: its log does not reach so far, no record ends there, or it does not know the timeline
//
//     timeline 1  ----0/1A8----0/200----0/300          0/200@1: visible;  0/300@1: discarded by timeline 2
//     timeline 2                  \----0/258----
//
// The judgement needs positions and the timeline history alone. That a record ends at the token's position, whoever asks
// must have looked up (`border`); in log that is no longer kept everything is visible, and nobody can look.
//
// Left out: a commit acknowledged under `off` and lost in a crash. Its position is given again to another record, and a token
// cannot tell the two apart.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/lsn.h"
#include "replication/log_events.h"

namespace wallaby::replication {

enum class CommitState : uint8_t { kVisible = 1, kPending, kDiscarded, kUnknown };
/// "visible", "pending", "discarded", "unknown"
std::string_view to_string(CommitState state);
std::ostream& operator<<(std::ostream& out, CommitState state);

struct CommitStatus {
  CommitState state = CommitState::kUnknown;
  std::string text;  ///< a sentence for people
  bool operator==(const CommitStatus&) const = default;
};

/// Where the asked node stands.
struct LogView {
  TimelineId timeline;  ///< its current one
  Lsn visible, appended;
  const std::vector<Timeline>& history;  ///< oldest first
};

/// `border`: a record ends at token.lsn in this node's log, or that log is no longer kept.
CommitStatus judge_commit(Token token, const LogView& log, bool border);

}  // namespace wallaby::replication
