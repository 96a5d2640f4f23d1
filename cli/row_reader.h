// cli/row_reader.h
//
// Rows out of a TSV or CSV file, for `wallaby load`: the first column is the key, the second the value.
//
//     TSV   key<TAB>value, one row a line, escaped as `scan` prints them (cli/escape.h); CR before the newline is dropped
//     CSV   RFC 4180: key,value; "quoted" where a field holds a comma, a newline or a quote (doubled: "")
//
// Incremental: fed whatever was read from the file, it hands out whole rows, and where the input was cut makes no
// difference. An empty line is skipped.
//
//     RowReader reader(RowFormat::kCsv);
//     reader.feed("k,\"a\nb\"\nk2"); reader.next(row) -> true: k, a\nb;  reader.next(row) -> false
//     reader.finish();                reader.next(row) -> an error: line 3 has one column
//
// Errors: kInvalidArgument, without the place; line() says where the row that was handed out, or is wrong, began.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace wallaby::cli {

enum class RowFormat : uint8_t { kTsv, kCsv };

struct FileRow {
  std::string key, value;
  bool operator==(const FileRow&) const = default;
};

class RowReader {
 public:
  /// `header`: the first row holds the columns' names and is skipped.
  explicit RowReader(RowFormat format, bool header = false) : format_(format), skip_(header) {}

  void feed(std::string_view bytes);
  /// No more bytes will come: a last line without a newline counts.
  void finish() { finished_ = true; }
  /// The next row; false when more bytes are needed, or at the end.
  Result<bool> next(FileRow& row);
  /// Where that row began, from 1.
  uint64_t line() const { return line_; }
  /// Of the input, all rows that were handed out.
  uint64_t consumed() const { return taken_ + at_; }

 private:
  /// Cuts the next line, or CSV row of several lines, out of buffer_; false when it is not whole yet.
  Result<bool> next_line(std::string_view& line);

  RowFormat format_;
  bool skip_;
  bool finished_ = false;
  std::string buffer_;
  size_t at_ = 0;           ///< of buffer_: where the next row begins
  size_t searched_ = 0;     ///< behind at_: no row ends before it
  uint64_t taken_ = 0;      ///< bytes that left buffer_
  uint64_t line_ = 0;       ///< where the newest row began
  uint64_t lines_ = 0;      ///< that ended before at_
  bool in_quotes_ = false;  ///< at at_ + searched_, while a CSV row is not whole
};

}  // namespace wallaby::cli
