// sim/sql_wire.h
//
// PostgreSQL's protocol, version 3, from the client's side: what it sends as bytes, and a server's bytes as answers.
//
//     frontend::query("SELECT 1")        'Q' 00 00 00 0d "SELECT 1\0"
//     reader.feed(bytes)                 one SqlAnswer for each ReadyForQuery: rows, tags, the error, the commit's token
//
// The first answer of a connection is that to its startup packet.
//
// The reader is strict about what PostgreSQL's manual promises of the order of messages: one answer to a statement, nothing after its
// error but ReadyForQuery, rows as wide as announced. Errors: BrokenPromise. Threads: none. Left out: COPY TO, binary values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/lsn.h"

namespace wallaby::sim {

/// As text; nullopt: NULL.
using SqlRow = std::vector<std::optional<std::string>>;

struct SqlFailure {
  std::string severity, code, message, hint;
  /// The server ends the session with it.
  bool fatal() const { return severity == "FATAL"; }
  /// The commit that it names: of 40003.
  std::optional<Token> token() const;
};

/// What a server said until it was ready for more.
struct SqlAnswer {
  std::vector<SqlRow> rows;       ///< of all statements
  std::vector<std::string> tags;  ///< of those that ended well
  std::optional<SqlFailure> failed;
  std::optional<Token> commit;  ///< report_commit_lsn
  uint64_t notices = 0;
  char status = 'I';  ///< of the transaction: I, T, E
};

/// Names the session that a CancelRequest means.
struct SqlKey {
  int32_t pid = 0;
  uint32_t key = 0;
};

class SqlAnswerReader {
 public:
  /// The answers that are complete now.
  std::vector<SqlAnswer> feed(std::string_view bytes);
  const std::optional<SqlKey>& key() const { return key_; }
  /// True once, when the server waits for the lines of a COPY.
  bool take_copy_wanted() { return std::exchange(copy_wanted_, false); }

 private:
  void take(char type, std::string_view body);

  std::string buffer_;
  SqlAnswer answer_;
  std::optional<SqlKey> key_;
  std::optional<size_t> columns_;  ///< of the rows that are coming
  bool copy_wanted_ = false;
};

namespace frontend {

using Parameters = std::vector<std::pair<std::string, std::string>>;

std::string startup(const Parameters& parameters);
std::string cancel_request(const SqlKey& key);
std::string query(std::string_view text);
std::string parse(std::string_view name, std::string_view text);
/// Of the unnamed portal; values and results as text.
std::string bind(std::string_view statement, const std::vector<std::string>& values);
std::string close_statement(std::string_view name);
/// Of the unnamed portal.
std::string describe();
std::string execute();
std::string sync();
std::string copy_data(std::string_view bytes);
std::string copy_done();
std::string copy_fail();

}  // namespace frontend

}  // namespace wallaby::sim
