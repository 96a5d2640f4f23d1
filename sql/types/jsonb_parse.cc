// JSON, in: a recursive descent with PostgreSQL's error texts, which name the token that does not fit.
#include <algorithm>
#include <numeric>
#include <optional>

#include "sql/types/jsonb.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

constexpr int kMaxDepth = 1000;
constexpr int64_t kMaxNumberSize = 20'000;

/// A number's digits as numeric prints them: 1e3 is 1000, -0 is 0, 2.50 stays. nullopt: longer than anything sensible.
std::optional<std::string> normalised_number(std::string_view token) {
  bool negative = token.starts_with('-');
  if (negative) token.remove_prefix(1);
  size_t e = token.find_first_of("eE");
  int64_t exponent = 0;
  if (e != std::string_view::npos) {
    bool minus = token[e + 1] == '-';
    for (char c : token.substr(e + 1)) {
      if (is_digit(c)) exponent = std::min<int64_t>(exponent * 10 + (c - '0'), kMaxNumberSize + 1);
    }
    if (minus) exponent = -exponent;
    token = token.substr(0, e);
  }
  size_t point = token.find('.');
  std::string digits(token.substr(0, point));
  int64_t places = 0;
  if (point != std::string_view::npos) {
    digits += token.substr(point + 1);
    places = static_cast<int64_t>(token.size() - point - 1);
  }
  int64_t scale = places - exponent;
  if (scale > kMaxNumberSize || scale < -kMaxNumberSize) return std::nullopt;
  if (scale < 0) {
    digits.append(static_cast<size_t>(-scale), '0');
    scale = 0;
  }
  bool zero = digits.find_first_not_of('0') == std::string::npos;
  auto after = static_cast<size_t>(scale);
  if (digits.size() <= after) digits.insert(0, after + 1 - digits.size(), '0');
  size_t leading = std::min(digits.find_first_not_of('0'), digits.size() - after - 1);
  digits.erase(0, leading);
  if (after > 0) digits.insert(digits.size() - after, 1, '.');
  return negative && !zero ? "-" + digits : digits;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  SqlResult<Json> parse() {
    auto json = value(0);
    if (!json) return json;
    skip_spaces();
    if (at_ < text_.size()) return unexpected("end of input");
    return json;
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r'))) {
      if (text_[at_] == '\v' || text_[at_] == '\f') return;
      ++at_;
    }
  }
  bool starts(char c) const { return at_ < text_.size() && text_[at_] == c; }

  /// `end`: where the token that was looked at ends.
  SqlError error(std::string detail, size_t end, std::string_view code = "22P02") const {
    size_t line =
        1 + static_cast<size_t>(std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(end), '\n'));
    size_t start = end == 0 ? std::string_view::npos : text_.rfind('\n', end - 1);
    start = start == std::string_view::npos ? 0 : start + 1;
    std::string_view prefix;
    if (end - start >= 50) {  // only the last part of a long line
      prefix = "...";
      start = end - 50 + 1;
      while (start < end && (text_[start] & '\xC0') == '\x80') ++start;
    }
    bool more = end < text_.size() && text_[end] != '\n' && text_[end] != '\r';
    SqlError error = sql_error(
        code, "{}",
        code == "22P02" ? "invalid input syntax for type json" : "unsupported Unicode escape sequence");
    error.change().detail = std::move(detail);
    error.change().where = fmt::format("JSON data, line {}: {}{}{}", line, prefix,
                                       text_.substr(start, end - start), more ? "..." : "");
    return error;
  }

  /// The token at at_: a word or number as a whole, one sign, a string.
  size_t token_end() const {
    size_t end = at_;
    auto in_word = [&](char c) { return is_letter(c) || is_digit(c) || c == '_' || (c & '\x80') != 0; };
    char first = text_[at_];
    if (first == '"') {
      for (++end; end < text_.size() && text_[end] != '"'; ++end) {
        if (text_[end] == '\\') ++end;
      }
      return std::min(end + 1, text_.size());
    }
    if (first == '-' || is_digit(first)) {
      for (++end; end < text_.size() &&
                  (in_word(text_[end]) || text_[end] == '.' || text_[end] == '+' || text_[end] == '-');) {
        ++end;
      }
      return end;
    }
    if (!in_word(first)) return end + 1;
    while (end < text_.size() && in_word(text_[end])) ++end;
    return end;
  }
  static bool is_punctuation(char c) { return std::string_view("{}[],:").find(c) != std::string_view::npos; }

  /// What is here is not what grammar wants; or is no token at all, which PostgreSQL says first.
  SqlError unexpected(std::string_view wanted) {
    if (at_ >= text_.size()) return error("The input string ended unexpectedly.", text_.size());
    size_t start = at_;
    if (text_[at_] == '"') {
      if (auto string = quoted(); !string) return string.error();
    } else if (text_[at_] == '-' || is_digit(text_[at_])) {
      if (auto parsed = number(); !parsed) return parsed.error();
    } else if (!is_punctuation(text_[at_])) {
      std::string_view word = text_.substr(at_, token_end() - at_);
      if (word != "true" && word != "false" && word != "null") return invalid_token();
      at_ += word.size();
    } else {
      ++at_;
    }
    return error(fmt::format("Expected {}, but found \"{}\".", wanted, text_.substr(start, at_ - start)),
                 at_);
  }
  SqlError invalid_token() const {
    size_t end = token_end();
    return error(fmt::format("Token \"{}\" is invalid.", text_.substr(at_, end - at_)), end);
  }

  SqlResult<Json> value(int depth) {
    if (depth > kMaxDepth) return sql_error("54001", "stack depth limit exceeded");
    skip_spaces();
    if (at_ >= text_.size()) return unexpected("");
    char c = text_[at_];
    if (c == '{') return object(depth);
    if (c == '[') return array(depth);
    if (c == '"') {
      auto string = quoted();
      if (!string) return std::unexpected(string.error());
      return Json{.kind = Json::Kind::kString, .text = *std::move(string)};
    }
    if (c == '-' || is_digit(c)) return number();
    if (is_punctuation(c)) return unexpected("JSON value");
    std::string_view word = text_.substr(at_, token_end() - at_);
    Json json;
    if (word == "true" || word == "false") {
      json.kind = Json::Kind::kBool;
      json.boolean = word == "true";
    } else if (word != "null") {
      return invalid_token();
    }
    at_ += word.size();
    return json;
  }

  SqlResult<Json> number() {
    size_t end = at_ + (starts('-') ? 1 : 0);
    auto digits = [&] {
      size_t from = end;
      while (end < text_.size() && is_digit(text_[end])) ++end;
      return end > from;
    };
    bool ok = true;
    if (end < text_.size() && text_[end] == '0') {
      ++end;
    } else {
      ok = digits();
    }
    if (ok && end < text_.size() && text_[end] == '.') {
      ++end;
      ok = digits();
    }
    if (ok && end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      ++end;
      if (end < text_.size() && (text_[end] == '+' || text_[end] == '-')) ++end;
      ok = digits();
    }
    if (!ok || end < token_end()) return invalid_token();
    std::optional<std::string> normal = normalised_number(text_.substr(at_, end - at_));
    if (!normal) return not_supported("a jsonb number of so many digits");
    at_ = end;
    return Json{.kind = Json::Kind::kNumber, .text = *std::move(normal)};
  }

  SqlResult<std::string> quoted() {
    size_t start = at_;
    std::string out;
    for (size_t i = at_ + 1; i < text_.size();) {
      char c = text_[i];
      if (c == '"') {
        at_ = i + 1;
        return out;
      }
      if (static_cast<uint8_t>(c) < 32) {
        return error(fmt::format("Character with value 0x{:02x} must be escaped.", c), i);
      }
      if (c != '\\') {
        out += c;
        ++i;
        continue;
      }
      if (i + 1 >= text_.size()) break;
      char escape = text_[i + 1];
      if (escape == 'u') {
        auto next = unicode(i, out);
        if (!next) return std::unexpected(next.error());
        i = *next;
        continue;
      }
      constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeaning = "\"\\/\b\f\n\r\t";
      size_t which = kEscapes.find(escape);
      if (which == std::string_view::npos) {
        size_t end = std::min(text_.size(), i + 1 + character_size(escape));
        return error(fmt::format("Escape sequence \"\\{}\" is invalid.", text_.substr(i + 1, end - i - 1)),
                     end);
      }
      out += kMeaning[which];
      i += 2;
    }
    return error(fmt::format("Token \"{}\" is invalid.", text_.substr(start)), text_.size());
  }

  std::optional<char32_t> four_digits(size_t from) const {
    if (from + 4 > text_.size()) return std::nullopt;
    char32_t code = 0;
    for (char c : text_.substr(from, 4)) {
      char lower = to_lower(c);
      if (!is_digit(c) && (lower < 'a' || lower > 'f')) return std::nullopt;
      code = code * 16 + static_cast<char32_t>(is_digit(c) ? c - '0' : lower - 'a' + 10);
    }
    return code;
  }

  /// The \uXXXX at `i`, or a pair of them; where to go on.
  SqlResult<size_t> unicode(size_t i, std::string& out) {
    std::optional<char32_t> code = four_digits(i + 2);
    if (!code) {
      size_t end = i + 2;
      while (end < text_.size() && end < i + 6 &&
             (is_digit(text_[end]) || (to_lower(text_[end]) >= 'a' && to_lower(text_[end]) <= 'f')))
        ++end;
      end = std::min(end + (end < text_.size() ? 1 : 0), text_.size());
      return error("\"\\u\" must be followed by four hexadecimal digits.", end);
    }
    if (*code == 0) return error("\\u0000 cannot be converted to text.", i + 6, "22P05");
    size_t next = i + 6;
    if (*code >= 0xDC00 && *code <= 0xDFFF) {
      return error("Unicode low surrogate must follow a high surrogate.", next);
    }
    if (*code >= 0xD800 && *code <= 0xDBFF) {
      std::optional<char32_t> low;
      if (text_.substr(next, 2) == "\\u") low = four_digits(next + 2);
      if (!low || *low < 0xDC00 || *low > 0xDFFF) {
        return error("Unicode low surrogate must follow a high surrogate.",
                     std::min(next + (low ? 6 : 1), text_.size()));
      }
      *code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
      next += 6;
    }
    append_code_point(out, *code);
    return next;
  }

  SqlResult<Json> array(int depth) {
    Json json{.kind = Json::Kind::kArray};
    ++at_;
    skip_spaces();
    if (starts(']')) {
      ++at_;
      return json;
    }
    while (true) {
      auto item = value(depth + 1);
      if (!item) return item;
      json.items.push_back(*std::move(item));
      skip_spaces();
      if (starts(']')) break;
      if (!starts(',')) return unexpected("\",\" or \"]\"");
      ++at_;
    }
    ++at_;
    return json;
  }

  SqlResult<Json> object(int depth) {
    Json json{.kind = Json::Kind::kObject};
    ++at_;
    skip_spaces();
    if (starts('}')) {
      ++at_;
      return json;
    }
    for (bool first = true;; first = false) {
      skip_spaces();
      if (!starts('"')) return unexpected(first ? "string or \"}\"" : "string");
      auto key = quoted();
      if (!key) return std::unexpected(key.error());
      skip_spaces();
      if (!starts(':')) return unexpected("\":\"");
      ++at_;
      auto item = value(depth + 1);
      if (!item) return item;
      json.keys.push_back(*std::move(key));
      json.items.push_back(*std::move(item));
      skip_spaces();
      if (starts('}')) break;
      if (!starts(',')) return unexpected("\",\" or \"}\"");
      ++at_;
    }
    ++at_;
    return sorted(std::move(json));
  }

  /// By length, then bytes; of equal keys the last.
  static Json sorted(Json object) {
    std::vector<size_t> order(object.keys.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, [&](size_t a, size_t b) {
      const std::string &left = object.keys[a], &right = object.keys[b];
      return left.size() != right.size() ? left.size() < right.size() : left < right;
    });
    Json out{.kind = Json::Kind::kObject};
    for (size_t i = 0; i < order.size(); ++i) {
      if (i + 1 < order.size() && object.keys[order[i]] == object.keys[order[i + 1]]) continue;
      out.keys.push_back(std::move(object.keys[order[i]]));
      out.items.push_back(std::move(object.items[order[i]]));
    }
    return out;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

SqlResult<Json> parse_json(std::string_view text) {
  if (auto ok = check_text(text); !ok) return std::unexpected(ok.error());
  return Parser(text).parse();
}

}  // namespace wallaby::sql
