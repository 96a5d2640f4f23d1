// base/error.h
//
// What a caller can act on when something did not work: a code for the program, and a sentence for the
// person: what happened, to what, what to do. Our own broken promises are not errors (base/check.h).
//
//     Result<Lsn> end = log.append(...);
//     if (!end) return std::unexpected(end.error());
//
// The codes are few on purpose. Each maps to one exit status of the programs (cli) and to one SQLSTATE
// of the PostgreSQL front door; the sentence carries the rest.
#pragma once

#include <cstdint>
#include <expected>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace wallaby {

enum class ErrorCode : uint8_t {
  kInvalidArgument = 1,  ///< the request itself is wrong: usage, grammar, unknown name
  kNotFound,             ///< table, key, position or file does not exist
  kTooLarge,             ///< over a limit of design: key, value, record
  kReadOnly,             ///< a write sent to a replica (25006)
  kNotServing,           ///< cannot answer reads or writes yet, or not any more (57P03)
  kRefused,              ///< refused by a rule: members, names, policy, disk or memory full
  kConflict,             ///< a transaction lost against a newer version of what it wrote (40001)
  kUnknownOutcome,       ///< the wait for an acknowledgement ended early; the commit is logged (40003)
  kUnreachable,          ///< the node could not be reached; nothing was sent
  kProtocol,             ///< the peer broke the protocol
  kCorrupt,              ///< bytes that must be there are damaged or gone
  kIo,                   ///< the operating system failed a file or socket call
  kDiskFull,             ///< no space left
  kExists,               ///< already there, or in use by another process
};

/// The code's name as it appears in --json and in golden files: "read_only".
std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kIo;
  std::string message;
  bool operator==(const Error&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Error& error);

template <typename T>
using Result = std::expected<T, Error>;

/// return error(ErrorCode::kNotFound, "table '{}' does not exist", name);
template <typename... Args>
std::unexpected<Error> error(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return std::unexpected(Error{code, fmt::format(text, std::forward<Args>(args)...)});
}

}  // namespace wallaby
