// sql/session/copy_format.h
//
// COPY's two languages for rows: PostgreSQL's text format and CSV.
//
//     text      1<TAB>Al\tice<TAB>\N          a backslash takes the meaning out of (or into) the character behind it; \N is NULL
//     csv       1,"Al, ""ice""",              quotes do; an empty field without quotes is NULL
//
// Reading goes in place: a line's fields are views into the input, copied only where something was escaped. A reader may be
// copied to come back to where it was.
//
// Left out: the binary format, encodings other than UTF8, FORCE_QUOTE and its like (0A000).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/parser/ast.h"
#include "sql/plan/plan.h"
#include "sql/sql_error.h"

namespace wallaby::sql {

struct CopyOptions {
  enum class Header : uint8_t { kNone, kSkip, kMatch };
  bool csv = false;
  char delimiter = '\t', quote = '"', escape = '"';
  std::string null = "\\N";
  Header header = Header::kNone;
};
/// `from`: of COPY FROM. `text`: the query string, for positions.
SqlResult<CopyOptions> copy_options(const ast::Copy& copy, std::string_view text);

class CopyReader {
 public:
  struct Field {
    std::string_view text;
    bool null = false;
  };
  enum class Found : uint8_t { kRow, kMore, kEnd };

  explicit CopyReader(CopyOptions options) : options_(std::move(options)) {
    header_ahead_ = options_.header != CopyOptions::Header::kNone;
  }

  /// The next line of `bytes`, from `at` on, which moves past it. kMore: no whole line is left (with `last`: there is none at all).
  /// kEnd: the line that says so (`\.`); what follows is ignored.
  /// The fields last until the next call, and no longer than `bytes`.
  SqlResult<Found> next(std::string_view bytes, size_t& at, bool last);
  const std::vector<Field>& fields() const { return fields_; }
  /// Lines seen so far, the newest's number.
  uint64_t line() const { return line_; }
  std::string_view line_text() const { return line_text_; }
  /// True while the line that comes next is the header; the one who reads compares it when it must match.
  bool header_ahead() const { return header_ahead_; }
  void header_done() { header_ahead_ = false; }
  const CopyOptions& options() const { return options_; }

 private:
  SqlResult<Found> next_text(std::string_view bytes, size_t& at, bool last);
  SqlResult<Found> next_csv(std::string_view bytes, size_t& at, bool last);
  void add_text_field(std::string_view raw);
  /// A place for a field that cannot be a view into the input.
  std::string& scratch();

  CopyOptions options_;
  std::vector<Field> fields_;
  std::vector<std::string> scratch_;
  size_t scratch_used_ = 0;
  std::string_view line_text_;
  uint64_t line_ = 0;
  bool header_ahead_ = false, ended_ = false;
};

/// One line with its newline, as COPY TO sends it.
class CopyWriter {
 public:
  explicit CopyWriter(CopyOptions options) : options_(std::move(options)) {}
  void header(const std::vector<ResultColumn>& columns, std::string& out) const;
  void row(const std::vector<ResultColumn>& columns, std::span<const Value> values, std::string& out);

 private:
  void field(std::string_view text, bool only, std::string& out) const;
  CopyOptions options_;
  std::string printed_;
};

}  // namespace wallaby::sql
