#include "sql/sql_error.h"

#include <algorithm>
#include <ostream>

namespace wallaby::sql {

std::ostream& operator<<(std::ostream& out, const SqlError& error) {
  const ErrorFields& fields = error.fields();
  out << fields.severity << ' ' << fields.code << ": " << fields.message;
  if (!fields.detail.empty()) out << " DETAIL: " << fields.detail;
  if (!fields.hint.empty()) out << " HINT: " << fields.hint;
  if (fields.position > 0) out << " (at " << fields.position << ')';
  return out;
}

SqlError not_supported(std::string_view feature, std::string_view hint) {
  SqlError error = sql_error("0A000", "{} is not supported", feature);
  error.change().hint = hint;
  return error;
}

SqlError from_node(const Error& error) {
  auto code = [&] {
    switch (error.code) {
      case ErrorCode::kInvalidArgument: return "22023";
      case ErrorCode::kNotFound: return "42704";
      case ErrorCode::kTooLarge: return "54000";
      case ErrorCode::kReadOnly: return "25006";
      case ErrorCode::kNotServing: return "57P03";
      case ErrorCode::kRefused: return "55000";
      case ErrorCode::kConflict: return "40001";
      case ErrorCode::kUnknownOutcome: return "40003";
      case ErrorCode::kUnreachable: return "08006";
      case ErrorCode::kProtocol: return "08P01";
      case ErrorCode::kCorrupt: return "XX001";
      case ErrorCode::kIo: return "58030";
      case ErrorCode::kDiskFull: return "53100";
      case ErrorCode::kExists: return "42710";
    }
    return "XX000";
  };
  return sql_error(code(), "{}", error.message);
}

int position_of(std::string_view text, int offset) {
  if (offset < 0) return 0;
  std::string_view before = text.substr(0, static_cast<size_t>(offset));
  return 1 + static_cast<int>(std::count_if(before.begin(), before.end(),
                                            [](char byte) { return (byte & '\xC0') != '\x80'; }));
}

}  // namespace wallaby::sql
