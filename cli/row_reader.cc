#include "cli/row_reader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/escape.h"

namespace wallaby::cli {
namespace {

/// More than the largest key and value take with every byte escaped.
constexpr size_t kMaxRow = 80 << 20;

std::unexpected<Error> bad(std::string_view what) {
  return error(ErrorCode::kInvalidArgument, "{}", what);
}

/// The fields of one whole CSV row, without its newline.
Result<std::vector<std::string>> split_csv(std::string_view row) {
  std::vector<std::string> fields;
  while (true) {
    std::string field;
    if (row.starts_with('"')) {
      row.remove_prefix(1);
      while (true) {
        size_t quote = row.find('"');
        if (quote == std::string_view::npos) return bad("a quote is not closed");
        field += row.substr(0, quote);
        row.remove_prefix(quote + 1);
        if (!row.starts_with('"')) break;
        field += '"';
        row.remove_prefix(1);
      }
      if (!row.empty() && row[0] != ',')
        return bad("a closing quote must be followed by a comma or the line's end");
    } else {
      size_t end = std::min(row.find(','), row.size());
      field = row.substr(0, end);
      if (field.find('"') != std::string::npos)
        return bad("a quote inside a field: put the whole field in quotes, and double those inside");
      row.remove_prefix(end);
    }
    fields.push_back(std::move(field));
    if (row.empty()) return fields;
    row.remove_prefix(1);
  }
}

}  // namespace

void RowReader::feed(std::string_view bytes) {
  taken_ += at_;
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_ += bytes;
}

Result<bool> RowReader::next_line(std::string_view& line) {
  std::string_view rest = std::string_view(buffer_).substr(at_);
  size_t end = rest.size();
  // A newline inside of CSV quotes ends no row. A doubled quote closes and opens again: the same for this purpose.
  for (; searched_ < rest.size(); ++searched_) {
    char c = rest[searched_];
    if (c == '"' && format_ == RowFormat::kCsv) in_quotes_ = !in_quotes_;
    if (c == '\n' && !in_quotes_) break;
  }
  if (searched_ > kMaxRow) {
    line_ = lines_ + 1;
    return error(ErrorCode::kInvalidArgument,
                 "a row of more than {} MiB; is there a quote that is not closed?", kMaxRow >> 20);
  }
  bool whole = searched_ < rest.size();
  if (whole) end = searched_;
  if (!whole && (!finished_ || rest.empty())) return false;
  line = rest.substr(0, end);
  line_ = lines_ + 1;
  lines_ += 1 + static_cast<uint64_t>(std::count(line.begin(), line.end(), '\n'));
  at_ += end + (whole ? 1 : 0);
  searched_ = 0;
  in_quotes_ = false;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

Result<bool> RowReader::next(FileRow& row) {
  std::string_view line;
  while (true) {
    auto more = next_line(line);
    if (!more || !*more) return more;
    if (line.empty()) continue;
    if (std::exchange(skip_, false)) continue;
    auto fields = format_ == RowFormat::kCsv ? split_csv(line) : split_fields(line);
    if (!fields) return std::unexpected(fields.error());
    if (fields->size() != 2) {
      return error(ErrorCode::kInvalidArgument, "{} column{} instead of two (key and value)", fields->size(),
                   fields->size() == 1 ? "" : "s");
    }
    row = FileRow{std::move((*fields)[0]), std::move((*fields)[1])};
    return true;
  }
}

}  // namespace wallaby::cli
