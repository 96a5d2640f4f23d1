// The functions of text: lengths, parts, padding, joining. Positions and lengths count characters. Upper and lower case are those of
// ASCII, as in PostgreSQL's locale "C".
#include <algorithm>
#include <cstdlib>

#include "sql/types/function_tables.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

/// A result may not be larger than this, so that no statement takes all memory: repeat('x', 1000000000).
constexpr int64_t kMaxResultSize = 64 << 20;
SqlError too_large() {
  return sql_error("54000", "requested length too large");
}

SqlResult<Value> length(Arguments a, EvalContext&) {
  return int_value(text_length(a[0].text()));
}
SqlResult<Value> byte_length(Arguments a, EvalContext&) {
  return int_value(static_cast<int64_t>(a[0].text().size()));
}
SqlResult<Value> bit_length(Arguments a, EvalContext&) {
  return int_value(static_cast<int64_t>(a[0].text().size()) * 8);
}

SqlResult<Value> lower(Arguments a, EvalContext&) {
  return Value(to_lower(a[0].text()));
}
SqlResult<Value> upper(Arguments a, EvalContext&) {
  std::string out = a[0].text();
  for (char& c : out) c = to_upper(c);
  return Value(std::move(out));
}
SqlResult<Value> initcap(Arguments a, EvalContext&) {
  std::string out = a[0].text();
  bool in_word = false;
  for (char& c : out) {
    c = in_word ? to_lower(c) : to_upper(c);
    in_word = is_letter(c) || is_digit(c);
  }
  return Value(std::move(out));
}

/// The part that begins at place `start` (1 is the first) and goes on to the end, or for `count`: places before the first count too.
struct Span {
  int64_t from = 0, count = 0;  ///< from 0
};
SqlResult<Span> span_of(int64_t start, const int64_t* count) {
  int64_t end = INT64_MAX;
  if (count != nullptr) {
    if (*count < 0) return sql_error("22011", "negative substring length not allowed");
    end = start + *count;  // both are int4
  }
  int64_t from = std::max<int64_t>(start, 1);
  return Span{from - 1, std::max<int64_t>(end - from, 0)};
}
SqlResult<Span> span_of(Arguments a) {
  int64_t count = a.size() > 2 ? a[2].integer() : 0;
  return span_of(a[1].integer(), a.size() > 2 ? &count : nullptr);
}
SqlResult<Value> substring(Arguments a, EvalContext&) {
  auto span = span_of(a);
  if (!span) return std::unexpected(span.error());
  return text_value(characters(a[0].text(), span->from, span->count));
}
SqlResult<Value> substring_bytes(Arguments a, EvalContext&) {
  auto span = span_of(a);
  if (!span) return std::unexpected(span.error());
  std::string_view bytes = a[0].text();
  auto from = std::min(static_cast<size_t>(span->from), bytes.size());
  return text_value(bytes.substr(from, static_cast<size_t>(span->count)));
}
SqlResult<Value> left(Arguments a, EvalContext&) {
  const std::string& text = a[0].text();
  int64_t count = a[1].integer();
  if (count < 0) count = std::max<int64_t>(text_length(text) + count, 0);
  return text_value(characters(text, 0, count));
}
SqlResult<Value> right(Arguments a, EvalContext&) {
  const std::string& text = a[0].text();
  int64_t count = a[1].integer(), total = text_length(text);
  int64_t skip = count < 0 ? -count : std::max<int64_t>(total - count, 0);
  return text_value(characters(text, skip, total));
}
SqlResult<Value> overlay(Arguments a, EvalContext&) {
  const std::string &text = a[0].text(), &with = a[1].text();
  int64_t start = a[2].integer();
  int64_t count = a.size() > 3 ? a[3].integer() : text_length(with);
  if (start <= 0) return sql_error("22011", "negative substring length not allowed");
  int64_t after = start - 1 + count, total = text_length(text);
  return Value(std::string(characters(text, 0, start - 1)) + with +
               std::string(characters(text, std::max<int64_t>(after, 0), total)));
}

/// As many characters as are missing, taken from `fill` again and again.
SqlResult<std::string> padding(const std::string& text, int64_t wanted, std::string_view fill) {
  int64_t missing = wanted - text_length(text);
  if (missing <= 0 || fill.empty()) return std::string();
  if (wanted > kMaxResultSize / 4) return too_large();
  std::string out;
  int64_t fill_length = text_length(fill);
  for (; missing >= fill_length; missing -= fill_length) out += fill;
  return out += characters(fill, 0, missing);
}
std::string_view fill_of(Arguments a) {
  return a.size() > 2 ? std::string_view(a[2].text()) : " ";
}
SqlResult<Value> lpad(Arguments a, EvalContext&) {
  auto pad = padding(a[0].text(), a[1].integer(), fill_of(a));
  if (!pad) return std::unexpected(pad.error());
  std::string_view kept = characters(a[0].text(), 0, std::max<int64_t>(a[1].integer(), 0));
  return Value(*pad + std::string(kept));
}
SqlResult<Value> rpad(Arguments a, EvalContext&) {
  auto pad = padding(a[0].text(), a[1].integer(), fill_of(a));
  if (!pad) return std::unexpected(pad.error());
  std::string_view kept = characters(a[0].text(), 0, std::max<int64_t>(a[1].integer(), 0));
  return Value(std::string(kept) + *pad);
}
SqlResult<Value> repeat(Arguments a, EvalContext&) {
  int64_t count = std::max<int64_t>(a[1].integer(), 0);
  const std::string& text = a[0].text();
  if (static_cast<int64_t>(text.size()) * count > kMaxResultSize) return too_large();
  std::string out;
  out.reserve(text.size() * static_cast<size_t>(count));
  for (int64_t i = 0; i < count && !text.empty(); ++i) out += text;
  return Value(std::move(out));
}

/// Takes characters of the set `what` off the ends.
std::string_view trim(std::string_view text, std::string_view what, bool left, bool right) {
  auto in_set = [&](std::string_view c) {
    for (size_t at = 0; at < what.size(); at += character_size(what[at])) {
      if (what.substr(at, character_size(what[at])) == c) return true;
    }
    return false;
  };
  while (left && !text.empty() && in_set(text.substr(0, character_size(text[0])))) {
    text.remove_prefix(character_size(text[0]));
  }
  while (right && !text.empty()) {
    size_t last = text.size() - 1;
    while (last > 0 && (text[last] & '\xC0') == '\x80') --last;
    if (!in_set(text.substr(last))) break;
    text.remove_suffix(text.size() - last);
  }
  return text;
}
template <bool Left, bool Right>
SqlResult<Value> trimmed(Arguments a, EvalContext&) {
  return text_value(trim(a[0].text(), a.size() > 1 ? std::string_view(a[1].text()) : " ", Left, Right));
}

SqlResult<Value> replace(Arguments a, EvalContext&) {
  const std::string &text = a[0].text(), &from = a[1].text(), &to = a[2].text();
  if (from.empty()) return a[0];
  std::string out;
  size_t at = 0;
  for (size_t found = 0; (found = text.find(from, at)) != std::string::npos; at = found + from.size()) {
    out.append(text, at, found - at).append(to);
    if (static_cast<int64_t>(out.size()) > kMaxResultSize) return too_large();
  }
  return Value(out.append(text, at));
}
SqlResult<Value> translate(Arguments a, EvalContext&) {
  std::string_view text = a[0].text(), from = a[1].text(), to = a[2].text();
  std::string out;
  for (size_t at = 0; at < text.size();) {
    std::string_view c = text.substr(at, character_size(text[at]));
    at += c.size();
    int64_t place = 0;
    size_t in = 0;
    while (in < from.size() && from.substr(in, character_size(from[in])) != c) {
      in += character_size(from[in]);
      ++place;
    }
    out += in < from.size() ? characters(to, place, 1) : c;
  }
  return Value(std::move(out));
}
SqlResult<Value> position(Arguments a, EvalContext&) {
  size_t found = a[0].text().find(a[1].text());
  if (found == std::string::npos) return int_value(0);
  return int_value(text_length(std::string_view(a[0].text()).substr(0, found)) + 1);
}
SqlResult<Value> starts_with(Arguments a, EvalContext&) {
  return Value(a[0].text().starts_with(a[1].text()));
}
SqlResult<Value> reverse(Arguments a, EvalContext&) {
  std::string_view text = a[0].text();
  std::string out;
  while (!text.empty()) {
    size_t last = text.size() - 1;
    while (last > 0 && (text[last] & '\xC0') == '\x80') --last;
    out += text.substr(last);
    text.remove_suffix(text.size() - last);
  }
  return Value(std::move(out));
}
SqlResult<Value> split_part(Arguments a, EvalContext&) {
  std::string_view text = a[0].text(), separator = a[1].text();
  int64_t wanted = a[2].integer();
  if (wanted == 0) return sql_error("22023", "field position must not be zero");
  if (separator.empty()) return text_value(wanted == 1 || wanted == -1 ? text : "");
  std::vector<std::string_view> parts;
  for (size_t at = 0;;) {
    size_t found = text.find(separator, at);
    parts.push_back(text.substr(at, found == std::string_view::npos ? found : found - at));
    if (found == std::string_view::npos) break;
    at = found + separator.size();
  }
  auto count = static_cast<int64_t>(parts.size());
  int64_t index = wanted > 0 ? wanted - 1 : count + wanted;
  return text_value(index >= 0 && index < count ? parts[static_cast<size_t>(index)] : "");
}
SqlResult<Value> ascii(Arguments a, EvalContext&) {
  return int_value(a[0].text().empty() ? 0 : static_cast<int64_t>(first_code_point(a[0].text())));
}
SqlResult<Value> chr(Arguments a, EvalContext&) {
  int64_t code = a[0].integer();
  if (code < 0) return sql_error("54000", "character number must be positive");
  if (code == 0) return sql_error("54000", "null character not permitted");
  if (code > 0x10FFFF) return sql_error("54000", "requested character too large for encoding: {}", code);
  if (code >= 0xD800 && code <= 0xDFFF)
    return sql_error("54000", "requested character not valid for encoding: {}", code);
  std::string out;
  append_code_point(out, static_cast<char32_t>(code));
  return Value(std::move(out));
}

SqlResult<Value> concat(Arguments a, EvalContext&) {
  std::string out;
  for (const Value& value : a) {
    if (!value.is_null()) out += value.text();
  }
  return Value(std::move(out));
}
SqlResult<Value> concat_ws(Arguments a, EvalContext&) {
  if (a[0].is_null()) return Value();
  std::string out;
  bool first = true;
  for (const Value& value : a.subspan(1)) {
    if (value.is_null()) continue;
    if (!first) out += a[0].text();
    out += value.text();
    first = false;
  }
  return Value(std::move(out));
}

}  // namespace

Functions string_functions() {
  Functions functions{
      {"length", {kText}, kInt4, length},
      {"length",
       {kBpchar},
       kInt4,
       [](Arguments a, EvalContext&) -> SqlResult<Value> {
         return int_value(text_length(trim(a[0].text(), " ", false, true)));
       }},
      {"length", {kBytea}, kInt4, byte_length},
      {"char_length", {kText}, kInt4, length},
      {"character_length", {kText}, kInt4, length},
      {"octet_length", {kText}, kInt4, byte_length},
      {"octet_length", {kBytea}, kInt4, byte_length},
      {"bit_length", {kText}, kInt4, bit_length},
      {"bit_length", {kBytea}, kInt4, bit_length},
      {"lower", {kText}, kText, lower},
      {"upper", {kText}, kText, upper},
      {"initcap", {kText}, kText, initcap},
      {"left", {kText, kInt4}, kText, left},
      {"right", {kText, kInt4}, kText, right},
      {"overlay", {kText, kText, kInt4}, kText, overlay},
      {"overlay", {kText, kText, kInt4, kInt4}, kText, overlay},
      {"lpad", {kText, kInt4}, kText, lpad},
      {"lpad", {kText, kInt4, kText}, kText, lpad},
      {"rpad", {kText, kInt4}, kText, rpad},
      {"rpad", {kText, kInt4, kText}, kText, rpad},
      {"repeat", {kText, kInt4}, kText, repeat},
      {"btrim", {kText}, kText, trimmed<true, true>},
      {"btrim", {kText, kText}, kText, trimmed<true, true>},
      {"ltrim", {kText}, kText, trimmed<true, false>},
      {"ltrim", {kText, kText}, kText, trimmed<true, false>},
      {"rtrim", {kText}, kText, trimmed<false, true>},
      {"rtrim", {kText, kText}, kText, trimmed<false, true>},
      {"replace", {kText, kText, kText}, kText, replace},
      {"translate", {kText, kText, kText}, kText, translate},
      {"position", {kText, kText}, kInt4, position},
      {"position",
       {kBytea, kBytea},
       kInt4,
       [](Arguments a, EvalContext&) -> SqlResult<Value> {
         size_t found = a[0].text().find(a[1].text());
         return int_value(found == std::string::npos ? 0 : static_cast<int64_t>(found) + 1);
       }},
      {"strpos", {kText, kText}, kInt4, position},
      {"starts_with", {kText, kText}, kBool, starts_with},
      {"^@", {kText, kText}, kBool, starts_with},
      {"reverse", {kText}, kText, reverse},
      {"split_part", {kText, kText, kInt4}, kText, split_part},
      {"ascii", {kText}, kInt4, ascii},
      {"chr", {kInt4}, kText, chr},
      {"concat", {kUnknown}, kText, concat, false, true, Volatility::kStable},
      {"concat_ws", {kText, kUnknown}, kText, concat_ws, false, true, Volatility::kStable},
  };
  for (std::string_view name : {"substring", "substr"}) {
    functions.push_back({name, {kText, kInt4}, kText, substring});
    functions.push_back({name, {kText, kInt4, kInt4}, kText, substring});
    functions.push_back({name, {kBytea, kInt4}, kBytea, substring_bytes});
    functions.push_back({name, {kBytea, kInt4, kInt4}, kBytea, substring_bytes});
  }
  return functions;
}

}  // namespace wallaby::sql
