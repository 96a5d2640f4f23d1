// sql/sql_error.h
//
// What a SQL client is told when a statement fails: PostgreSQL's fields, because programs and people decide by them.
//
//     return sql_error("42P01", "relation \"{}\" does not exist", name).at(position);
//     return sql_error("23505", "duplicate key value violates unique constraint \"{}\"", index)
//         .detail("Key ({})=({}) already exists.", column, value);
//
// Notices and warnings are the same thing with another severity. Codes and texts are PostgreSQL 15's wherever the same
// thing went wrong there; what Wallaby does not do is 0A000 and names the feature.
//
// A value of one pointer, so that SqlResult<T> stays small on the paths where nothing fails.
#pragma once

#include <expected>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/error.h"

namespace wallaby::sql {

struct ErrorFields {
  std::string severity = "ERROR";  ///< ERROR, FATAL, WARNING, NOTICE
  std::string code;                ///< SQLSTATE
  std::string message;
  std::string detail, hint;
  std::string where;  ///< context: "COPY t, line 1: ..."
  int position = 0;   ///< 1-based, in characters of the query string; 0: none
  std::string schema, table, column, constraint;
  bool operator==(const ErrorFields&) const = default;
};

class SqlError {
 public:
  explicit SqlError(ErrorFields fields) : fields_(std::make_shared<ErrorFields>(std::move(fields))) {}

  const ErrorFields& fields() const { return *fields_; }
  const std::string& code() const { return fields_->code; }
  const std::string& message() const { return fields_->message; }
  /// Of an error that nobody else holds yet.
  ErrorFields& change() { return *fields_; }

  /// 1-based characters; 0 leaves it without.
  SqlError at(int position) && {
    fields_->position = position;
    return std::move(*this);
  }
  template <typename... Args>
  SqlError detail(fmt::format_string<Args...> text, Args&&... args) && {
    fields_->detail = fmt::format(text, std::forward<Args>(args)...);
    return std::move(*this);
  }
  template <typename... Args>
  SqlError hint(fmt::format_string<Args...> text, Args&&... args) && {
    fields_->hint = fmt::format(text, std::forward<Args>(args)...);
    return std::move(*this);
  }
  SqlError severity(std::string_view severity) && {
    fields_->severity = severity;
    return std::move(*this);
  }
  /// So that `return sql_error(...).at(p);` works in a function that returns SqlResult.
  template <typename T>
  operator std::expected<T, SqlError>() && {
    return std::unexpected(std::move(*this));
  }

  bool operator==(const SqlError& other) const { return *fields_ == *other.fields_; }

 private:
  std::shared_ptr<ErrorFields> fields_;  ///< never null
};
/// "ERROR 42P01: relation "x" does not exist"
std::ostream& operator<<(std::ostream& out, const SqlError& error);

template <typename T>
using SqlResult = std::expected<T, SqlError>;

template <typename... Args>
SqlError sql_error(std::string_view code, fmt::format_string<Args...> text, Args&&... args) {
  ErrorFields fields;
  fields.code = code;
  fields.message = fmt::format(text, std::forward<Args>(args)...);
  return SqlError(std::move(fields));
}
/// 0A000: "{feature} is not supported" with what to do instead, if anything.
SqlError not_supported(std::string_view feature, std::string_view hint = {});
/// A node's refusal in SQL's words: code by ErrorCode (base/error.h), the same sentence.
SqlError from_node(const Error& error);

/// The 1-based number of the character at byte `offset` of `text` (UTF-8), as clients count positions; 0 for offset < 0.
int position_of(std::string_view text, int offset);

}  // namespace wallaby::sql
