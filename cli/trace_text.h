// cli/trace_text.h
//
// Draws a commit's way through the stages of all nodes.
//
//     0/1A8@1  committed, semi-sync: received by r1
//       p1  appended      0.00 ms |
//       p1  flushed       0.42 ms |###############
//       p1  sent to r1    0.42 ms |               #
//       r1  received      0.61 ms |               #######
//       p1  acknowledged  0.66 ms |                      ##
//       r1  flushed       1.05 ms |                      #################
//       r1  applied       1.09 ms |                                       #
//
// One row a point, in the order of time. A bar begins where the stage that had to come before was reached and ends at the
// row's own time, so its length is what this step took; every row that was reached has a mark at least. The longest
// way fills kTraceWidth columns. What is not reached, as far as the primary knows, comes last with a dash.
#pragma once

#include <cstddef>
#include <string>

#include "replication/trace.h"

namespace wallaby::cli {

inline constexpr size_t kTraceWidth = 40;

/// Several lines, each with its newline.
std::string trace_text(const replication::CommitTrace& trace);
/// One line, without its newline.
std::string trace_json(const replication::CommitTrace& trace);

}  // namespace wallaby::cli
