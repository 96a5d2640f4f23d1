// sql/pgwire/messages.h
//
// What a PostgreSQL client may say, protocol 3, as plain values. PostgreSQL's manual, chapter 55.7, lists the bytes.
//
//     'P' 00 00 00 1f "s1\0" "SELECT $1\0" 00 01 00 00 00 17    ->  Parse{"s1", "SELECT $1", {kInt4}}
//
// A driver that reads one row by its key sends five of them in one segment, and waits for the answer to the last:
//
//     Parse  Bind  Describe  Execute  Sync
//
// Ownership: texts and bytes are views into the decoder's buffer, good until it is called again.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sql/types/type.h"

namespace wallaby::sql::pgwire {

// --- before there is a session: packets without a type byte ---

struct SslRequest {
  bool operator==(const SslRequest&) const = default;
};
/// Encryption by Kerberos.
struct GssEncRequest {
  bool operator==(const GssEncRequest&) const = default;
};
/// Comes on a connection of its own.
struct CancelRequest {
  int32_t pid = 0;
  uint32_t key = 0;
  bool operator==(const CancelRequest&) const = default;
};
struct Startup {
  uint16_t major = 3, minor = 0;
  std::vector<std::pair<std::string_view, std::string_view>> parameters;
  bool operator==(const Startup&) const = default;
};

// --- logging in ---

/// 'p': a step of SASL (or, elsewhere, a password). What it holds depends on where the login stands.
struct PasswordMessage {
  std::string_view body;
  bool operator==(const PasswordMessage&) const = default;
};

// --- the simple protocol ---

struct Query {
  std::string_view text;
  bool operator==(const Query&) const = default;
};

// --- the extended protocol ---

struct Parse {
  std::string_view statement, text;
  std::vector<TypeId> types;  ///< of its first parameters; 0: not told
  bool operator==(const Parse&) const = default;
};
struct Bind {
  std::string_view portal, statement;
  std::string_view
      values;  ///< and formats; what they have to be only the statement tells: parameters.h reads them
  bool operator==(const Bind&) const = default;
};
/// What Describe and Close name.
enum class Target : char { kStatement = 'S', kPortal = 'P' };
struct Describe {
  Target target = Target::kStatement;
  std::string_view name;
  bool operator==(const Describe&) const = default;
};
struct Execute {
  std::string_view portal;
  int32_t max_rows = 0;  ///< 0 or less: all
  bool operator==(const Execute&) const = default;
};
struct Close {
  Target target = Target::kStatement;
  std::string_view name;
  bool operator==(const Close&) const = default;
};
struct Flush {
  bool operator==(const Flush&) const = default;
};
struct Sync {
  bool operator==(const Sync&) const = default;
};

// --- COPY FROM STDIN ---

struct CopyData {
  std::string_view bytes;
  bool operator==(const CopyData&) const = default;
};
struct CopyDone {
  bool operator==(const CopyDone&) const = default;
};
struct CopyFail {
  std::string_view reason;
  bool operator==(const CopyFail&) const = default;
};

// --- others ---

/// A whole message whose fields do not fit into it. The next one can still be found, so the client is told and goes on.
struct Malformed {
  char type = 0;
  std::string_view fault;
  bool operator==(const Malformed&) const = default;
};
/// An old way to call functions by number; known so that it can be refused.
struct FunctionCall {
  bool operator==(const FunctionCall&) const = default;
};
struct Terminate {
  bool operator==(const Terminate&) const = default;
};

using FrontendMessage = std::variant<SslRequest, GssEncRequest, CancelRequest, Startup, PasswordMessage,
                                     Query, Parse, Bind, Describe, Execute, Close, Flush, Sync, CopyData,
                                     CopyDone, CopyFail, FunctionCall, Terminate, Malformed>;
/// "Bind{portal \"\", statement \"s1\", 14 bytes}": for tests and traces.
std::ostream& operator<<(std::ostream& out, const FrontendMessage& message);

}  // namespace wallaby::sql::pgwire
