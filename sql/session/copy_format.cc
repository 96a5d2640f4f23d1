#include "sql/session/copy_format.h"

#include <cstring>

#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

const char* find(const char* from, const char* to, char wanted) {
  return from == to ? nullptr
                    : static_cast<const char*>(std::memchr(from, wanted, static_cast<size_t>(to - from)));
}

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}
int hex_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// What stands behind a backslash, at `at`, which moves past it.
char unescape(std::string_view raw, size_t& at) {
  char c = raw[at++];
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    case 'x': {
      int value = 0, digits = 0;
      for (; digits < 2 && at < raw.size() && hex_of(raw[at]) >= 0; ++digits)
        value = value * 16 + hex_of(raw[at++]);
      return digits > 0 ? static_cast<char>(value) : c;
    }
    default: break;
  }
  if (!is_octal(c)) return c;
  int value = c - '0';
  for (int digits = 1; digits < 3 && at < raw.size() && is_octal(raw[at]); ++digits)
    value = value * 8 + (raw[at++] - '0');
  return static_cast<char>(value);
}

/// Fields of one CSV line that may be quoted: more than a table has columns.
constexpr size_t kMaxCsvFields = 1700;

}  // namespace

std::string& CopyReader::scratch() {
  if (scratch_used_ == scratch_.size()) scratch_.emplace_back();
  std::string& place = scratch_[scratch_used_++];
  place.clear();
  return place;
}

SqlResult<CopyReader::Found> CopyReader::next(std::string_view bytes, size_t& at, bool last) {
  if (ended_) return Found::kEnd;
  fields_.clear();
  // Room for all fields first: a view into a string must not move with it.
  scratch_used_ = 0;
  if (scratch_.empty()) scratch_.resize(64);
  if (at >= bytes.size()) return Found::kMore;
  auto found = options_.csv ? next_csv(bytes, at, last) : next_text(bytes, at, last);
  if (found && *found == Found::kEnd) ended_ = true;
  return found;
}

// --- text ---

void CopyReader::add_text_field(std::string_view raw) {
  if (raw == options_.null) return fields_.push_back({{}, true});
  if (!find(raw.data(), raw.data() + raw.size(), '\\')) return fields_.push_back({raw, false});
  std::string& text = scratch();
  for (size_t at = 0; at < raw.size();) {
    char c = raw[at++];
    text += c == '\\' && at < raw.size() ? unescape(raw, at) : c;
  }
  fields_.push_back({text, false});
}

SqlResult<CopyReader::Found> CopyReader::next_text(std::string_view bytes, size_t& at, bool last) {
  const char* begin = bytes.data() + at;
  const char* limit = bytes.data() + bytes.size();
  const char* end = begin;
  for (;;) {
    end = find(end, limit, '\n');
    if (!end) break;
    // A newline behind an odd number of backslashes is data.
    size_t slashes = 0;
    while (end - slashes > begin && end[-1 - static_cast<ptrdiff_t>(slashes)] == '\\') ++slashes;
    if (slashes % 2 == 0) break;
    ++end;
  }
  if (!end && !last) return Found::kMore;
  const char* line_end = end ? end : limit;
  at = static_cast<size_t>((end ? end + 1 : limit) - bytes.data());
  if (line_end > begin && line_end[-1] == '\r') --line_end;
  line_text_ = {begin, static_cast<size_t>(line_end - begin)};
  ++line_;
  if (line_text_ == "\\.") return Found::kEnd;
  size_t most = 1;
  for (const char* field = begin; (field = find(field, line_end, options_.delimiter)); ++field) ++most;
  if (scratch_.size() < most) scratch_.resize(most);
  const char* field = begin;
  const char* search = begin;
  for (;;) {
    const char* stop = find(search, line_end, options_.delimiter);
    if (stop) {
      size_t slashes = 0;
      while (stop - slashes > field && stop[-1 - static_cast<ptrdiff_t>(slashes)] == '\\') ++slashes;
      if (slashes % 2 == 1) {
        search = stop + 1;
        continue;
      }
    }
    const char* field_end = stop ? stop : line_end;
    add_text_field({field, static_cast<size_t>(field_end - field)});
    if (!stop) return Found::kRow;
    field = search = stop + 1;
  }
}

// --- csv ---

SqlResult<CopyReader::Found> CopyReader::next_csv(std::string_view bytes, size_t& at, bool last) {
  const char quote = options_.quote, escape = options_.escape, delimiter = options_.delimiter;
  size_t begin = at, i = at, lines = 1;
  if (scratch_.size() < kMaxCsvFields) scratch_.resize(kMaxCsvFields);
  for (bool line_done = false; !line_done;) {
    size_t field_begin = i;
    bool quoted = false, inside = false, plain = true;
    std::string* text = nullptr;
    size_t run = i;  // the part that is not copied to `text` yet
    auto copy_run = [&](size_t to) {
      if (!text) {
        if (scratch_used_ == scratch_.size()) return false;
        text = &scratch();
      }
      text->append(bytes.substr(run, to - run));
      return true;
    };
    for (;; ++i) {
      if (i == bytes.size()) {
        if (!last) {
          fields_.clear();
          return Found::kMore;
        }
        if (inside) {
          line_ += lines;
          line_text_ = bytes.substr(begin);
          return sql_error("22P04", "unterminated CSV quoted field");
        }
        line_done = true;
        break;
      }
      char c = bytes[i];
      if (inside) {
        if (c == '\n') ++lines;
        bool escapes =
            c == escape && i + 1 < bytes.size() && (bytes[i + 1] == quote || bytes[i + 1] == escape);
        if (escapes) {
          if (!copy_run(i)) return sql_error("54011", "too many quoted fields in a line of CSV");
          text->push_back(bytes[++i]);
          run = i + 1;
        } else if (c == escape && c == quote && i + 1 == bytes.size() && !last) {
          fields_.clear();
          return Found::kMore;  // the next byte decides what this quote means
        } else if (c == quote) {
          if (!copy_run(i)) return sql_error("54011", "too many quoted fields in a line of CSV");
          run = i + 1;
          inside = false;
        }
        continue;
      }
      if (c == quote) {
        if (i != run || text) {
          if (!copy_run(i)) return sql_error("54011", "too many quoted fields in a line of CSV");
        }
        run = i + 1;
        quoted = inside = true;
        plain = false;
        continue;
      }
      if (c == delimiter) break;
      if (c == '\n') {
        line_done = true;
        break;
      }
    }
    size_t field_end = i;
    if (line_done && field_end > field_begin && field_end > run && bytes[field_end - 1] == '\r') --field_end;
    if (plain) {
      std::string_view raw = bytes.substr(field_begin, field_end - field_begin);
      fields_.push_back({raw, raw == options_.null && !quoted});
    } else {
      if (!copy_run(field_end)) return sql_error("54011", "too many quoted fields in a line of CSV");
      fields_.push_back({*text, false});
    }
    if (line_done) line_text_ = bytes.substr(begin, field_end - begin);
    if (i < bytes.size()) ++i;
  }
  at = i;
  line_ += lines;
  if (fields_.size() == 1 && line_text_ == "\\.") return Found::kEnd;
  return Found::kRow;
}

// --- out ---

void CopyWriter::field(std::string_view text, bool only, std::string& out) const {
  if (options_.csv) {
    // A value that reads like NULL, or like the end of the data, is quoted too.
    bool quote = text == options_.null || (only && text == "\\.") ||
                 text.find_first_of(std::string{options_.delimiter, options_.quote, '\n', '\r'}) != text.npos;
    if (!quote) {
      out += text;
      return;
    }
    out += options_.quote;
    for (char c : text) {
      if (c == options_.quote || c == options_.escape) out += options_.escape;
      out += c;
    }
    out += options_.quote;
    return;
  }
  for (char c : text) {
    switch (c) {
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\v': out += "\\v"; break;
      case '\\': out += "\\\\"; break;
      default:
        if (c == options_.delimiter) out += '\\';
        out += c;
    }
  }
}

void CopyWriter::header(const std::vector<ResultColumn>& columns, std::string& out) const {
  if (options_.header == CopyOptions::Header::kNone) return;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += options_.delimiter;
    field(columns[i].name, columns.size() == 1, out);
  }
  out += '\n';
}

void CopyWriter::row(const std::vector<ResultColumn>& columns, std::span<const Value> values,
                     std::string& out) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += options_.delimiter;
    if (values[i].is_null()) {
      out += options_.null;
      continue;
    }
    printed_.clear();
    print_value(columns[i].type.id, values[i], printed_);
    field(printed_, values.size() == 1, out);
  }
  out += '\n';
}

}  // namespace wallaby::sql
