// cli/exit_status.h
//
// What a script learns from `wallaby` without reading a word. The one place where an error becomes a number.
//
//     0  done
//     1  not found, or a check failed
//     2  usage: the command itself is wrong
//     3  refused: read-only, no quorum, not serving yet, in use, disk full
//     4  the node could not be reached: nothing was sent
//     5  outcome unknown: it was sent, and no final answer came
#pragma once

#include "base/error.h"

namespace wallaby::cli {

enum class ExitStatus { kDone = 0, kNotFound = 1, kUsage = 2, kRefused = 3, kUnreachable = 4, kUnknown = 5 };

ExitStatus exit_status(ErrorCode code);

}  // namespace wallaby::cli
