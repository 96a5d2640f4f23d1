#include "base/error.h"

#include <ostream>

#include "base/check.h"

namespace wallaby {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid_argument";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kTooLarge: return "too_large";
    case ErrorCode::kReadOnly: return "read_only";
    case ErrorCode::kNotServing: return "not_serving";
    case ErrorCode::kRefused: return "refused";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kUnknownOutcome: return "unknown_outcome";
    case ErrorCode::kUnreachable: return "unreachable";
    case ErrorCode::kProtocol: return "protocol";
    case ErrorCode::kCorrupt: return "corrupt";
    case ErrorCode::kIo: return "io";
    case ErrorCode::kDiskFull: return "disk_full";
    case ErrorCode::kExists: return "exists";
  }
  WALLABY_CHECK(false, "error code {}", static_cast<int>(code));
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
  return out << to_string(error.code) << ": " << error.message;
}

}  // namespace wallaby
