#include "cli/exit_status.h"

#include "base/check.h"

namespace wallaby::cli {

ExitStatus exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
    case ErrorCode::kCorrupt:
    case ErrorCode::kIo: return ExitStatus::kNotFound;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kTooLarge: return ExitStatus::kUsage;
    case ErrorCode::kReadOnly:
    case ErrorCode::kNotServing:
    case ErrorCode::kRefused:
    case ErrorCode::kConflict:
    case ErrorCode::kDiskFull:
    case ErrorCode::kExists: return ExitStatus::kRefused;
    case ErrorCode::kUnreachable: return ExitStatus::kUnreachable;
    // What answered may be a node that did the work and then broke its word: nobody can tell.
    case ErrorCode::kProtocol:
    case ErrorCode::kUnknownOutcome: return ExitStatus::kUnknown;
  }
  WALLABY_CHECK(false, "error code {}", static_cast<int>(code));
}

}  // namespace wallaby::cli
