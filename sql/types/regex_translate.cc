// PostgreSQL's regular expressions, read character by character and written for RE2.
#include <algorithm>
#include <array>

#include "sql/types/pattern.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

constexpr int64_t kMaxRepeat = 255;
constexpr std::array<std::string_view, 14> kClasses{"alnum", "alpha", "ascii",  "blank", "cntrl",
                                                    "digit", "graph", "lower",  "print", "punct",
                                                    "space", "upper", "xdigit", "word"};

SqlError invalid(std::string_view why) {
  return sql_error("2201B", "invalid regular expression: {}", why);
}
SqlError unsupported(std::string_view what) {
  return not_supported(fmt::format("{} in a regular expression", what));
}

class Translator {
 public:
  explicit Translator(std::string_view pattern) : rest_(pattern) {}

  SqlResult<TranslatedRegex> translate() {
    if (rest_.starts_with("***")) return unsupported("the prefix ***");
    if (auto ok = options(); !ok) return std::unexpected(ok.error());
    while (!rest_.empty()) {
      if (auto ok = step(); !ok) return std::unexpected(ok.error());
    }
    if (depth_ > 0) return invalid("parentheses () not balanced");
    return TranslatedRegex{std::move(out_), has_lazy_};
  }

 private:
  /// (?i) and its like, which PostgreSQL has at the beginning alone.
  SqlResult<void> options() {
    if (!rest_.starts_with("(?") || rest_.size() < 3 || !is_letter(rest_[2])) return {};
    size_t end = rest_.find(')');
    if (end == std::string_view::npos) return invalid("invalid embedded option");
    for (char option : rest_.substr(2, end - 2)) {
      if (option == 'i') {
        out_ = "(?i)";
      } else if (option == 'c') {
        out_.clear();
      } else if (option != 's' && option != 't') {  // these two are the default
        return unsupported(fmt::format("the option {}", option));
      }
    }
    rest_.remove_prefix(end + 1);
    return {};
  }

  SqlResult<void> step() {
    char c = rest_[0];
    switch (c) {
      case '(': return open();
      case ')':
        if (depth_ == 0) return invalid("parentheses () not balanced");
        --depth_;
        return emit(1, true);
      case '|': return emit(1, false);
      case '^':
      case '$': return emit(1, false);
      case '[': return bracket();
      case '\\': return escape();
      case '*':
      case '+':
      case '?': return quantifier(1);
      case '{': return braces();
      default: break;
    }
    return emit(character_size(c), true);
  }

  /// Passes `size` bytes on as they are. `atom`: a quantifier may follow.
  SqlResult<void> emit(size_t size, bool atom) {
    out_ += rest_.substr(0, size);
    rest_.remove_prefix(std::min(size, rest_.size()));
    can_repeat_ = atom;
    return {};
  }

  SqlResult<void> open() {
    std::string_view start = rest_.substr(0, 3);
    if (start.starts_with("(?") && start != "(?:") {
      if (start == "(?=" || start == "(?!" || rest_.starts_with("(?<=") || rest_.starts_with("(?<!")) {
        return unsupported("looking ahead or behind");
      }
      return invalid("quantifier operand invalid");
    }
    ++depth_;
    return emit(start == "(?:" ? 3 : 1, false);
  }

  SqlResult<void> quantifier(size_t size) {
    if (!can_repeat_) return invalid("quantifier operand invalid");
    out_ += rest_.substr(0, size);
    rest_.remove_prefix(size);
    if (rest_.starts_with('?')) {  // as few as possible: does not change whether there is a match
      has_lazy_ = true;
      out_ += '?';
      rest_.remove_prefix(1);
    }
    can_repeat_ = false;
    return {};
  }

  SqlResult<void> braces() {
    if (rest_.size() < 2 || !is_digit(rest_[1])) {  // then it is an ordinary character
      out_ += "\\{";
      rest_.remove_prefix(1);
      can_repeat_ = true;
      return {};
    }
    size_t at = 1;
    auto number = [&] {
      int64_t value = 0;
      while (at < rest_.size() && is_digit(rest_[at]))
        value = std::min<int64_t>(value * 10 + (rest_[at++] - '0'), 10000);
      return value;
    };
    int64_t low = number(), high = low;
    if (at < rest_.size() && rest_[at] == ',') {
      ++at;
      if (at < rest_.size() && is_digit(rest_[at]))
        high = std::max<int64_t>(number(), -1);
      else
        high = kMaxRepeat;
    }
    if (at >= rest_.size()) return invalid("braces {} not balanced");
    if (rest_[at] != '}') return invalid("invalid repetition count(s)");
    if (low > kMaxRepeat || high > kMaxRepeat || high < low) return invalid("invalid repetition count(s)");
    return quantifier(at + 1);
  }

  SqlResult<void> escape() {
    if (rest_.size() < 2) return invalid("invalid escape \\ sequence");
    char c = rest_[1];
    if (c == 's' || c == 'S') {  // RE2's own \s leaves out the vertical tab
      out_ += c == 's' ? "[[:space:]]" : "[^[:space:]]";
      rest_.remove_prefix(2);
      can_repeat_ = true;
      return {};
    }
    constexpr std::string_view kSame = "dDwWafnrtvA";
    if (kSame.find(c) != std::string_view::npos) return emit(2, c != 'A');
    if (c == 'Z') {
      out_ += "\\z";
      rest_.remove_prefix(2);
      can_repeat_ = false;
      return {};
    }
    if (is_digit(c) && c != '0') return unsupported("a back reference");
    if (c == 'm' || c == 'M' || c == 'y' || c == 'Y') return unsupported("a word border");
    if (is_digit(c) || c == 'x' || c == 'u' || c == 'U' || c == 'b' || c == 'B' || c == 'c' || c == 'e') {
      return c == 'x' && rest_.size() < 3 ? SqlResult<void>(invalid("invalid escape \\ sequence"))
                                          : SqlResult<void>(unsupported(fmt::format("the escape \\{}", c)));
    }
    if (is_letter(c)) return invalid("invalid escape \\ sequence");
    return emit(1 + character_size(c), true);
  }

  /// [abc], [^a-z], [[:alpha:]_]
  SqlResult<void> bracket() {
    std::string set = "[";
    size_t at = 1;
    if (rest_.substr(at).starts_with('^')) {
      set += '^';
      ++at;
    }
    char32_t previous = 0;
    bool first = true, range = false;
    for (;; first = false) {
      if (at >= rest_.size()) return invalid("brackets [] not balanced");
      std::string_view here = rest_.substr(at);
      if (here[0] == ']' && !first) break;
      if (here.starts_with("[:")) {
        size_t end = here.find(":]");
        std::string_view name = end == std::string_view::npos ? std::string_view() : here.substr(2, end - 2);
        if (end == std::string_view::npos) return invalid("brackets [] not balanced");
        if (std::ranges::find(kClasses, name) == kClasses.end()) return invalid("invalid character class");
        set += here.substr(0, end + 2);
        at += end + 2;
        continue;
      }
      if (here.starts_with("[=") || here.starts_with("[.")) return unsupported("a collating element");
      if (here[0] == '\\') {
        if (here.size() < 2) return invalid("invalid escape \\ sequence");
        constexpr std::string_view kSame = "dwafnrtv";
        if (here[1] == 's') {
          set += "[:space:]";
          at += 2;
          continue;
        }
        if (kSame.find(here[1]) == std::string_view::npos && (is_letter(here[1]) || is_digit(here[1]))) {
          return unsupported(fmt::format("the escape \\{} in brackets", here[1]));
        }
        set += here.substr(0, 1 + character_size(here[1]));
        at += 1 + character_size(here[1]);
        continue;
      }
      // A "-" between two characters makes a range; first or last it is itself.
      if (here[0] == '-' && !first && !range && here.size() > 1 && here[1] != ']') {
        set += '-';
        ++at;
        range = true;
        continue;
      }
      char32_t code = first_code_point(here);
      if (range && code < previous) return invalid("invalid character range");
      range = false;
      previous = code;
      size_t size = character_size(here[0]);
      if (here[0] == '[' || here[0] == '-' || here[0] == ']' || here[0] == '^') set += '\\';
      set += here.substr(0, size);
      at += size;
    }
    out_ += set + ']';
    rest_.remove_prefix(at + 1);
    can_repeat_ = true;
    return {};
  }

  std::string_view rest_;
  std::string out_;
  int depth_ = 0;
  bool can_repeat_ = false, has_lazy_ = false;
};

}  // namespace

SqlResult<TranslatedRegex> translate_regex(std::string_view pattern) {
  return Translator(pattern).translate();
}

}  // namespace wallaby::sql
