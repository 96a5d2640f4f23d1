#include "sql/types/array_text.h"

#include <memory>

#include "sql/types/type_io.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

bool needs_quotes(std::string_view text) {
  if (text.empty() || to_lower(text) == "null") return true;
  for (char c : text) {
    if (is_space(c) || c == '"' || c == '\\' || c == '{' || c == '}' || c == ',') return true;
  }
  return false;
}

struct Element {
  std::string text;
  bool quoted = false;
};

class Reader {
 public:
  Reader(TypeId array, std::string_view text, std::optional<int64_t> now)
      : element_(element_of(array)), whole_(text), rest_(text), now_(now) {}

  SqlResult<Value> read() {
    skip_spaces();
    if (rest_.starts_with('[')) return not_supported("an array literal with bounds");
    if (!take('{')) return malformed("Array value must start with \"{{\" or dimension information.");
    std::vector<Value> values;
    skip_spaces();
    if (!take('}')) {
      while (true) {
        auto value = read_element();
        if (!value) return std::unexpected(value.error());
        values.push_back(*std::move(value));
        skip_spaces();
        if (take('}')) break;
        if (rest_.empty()) return malformed("Unexpected end of input.");
        if (!take(',')) return malformed("Unexpected array element.");
      }
    }
    skip_spaces();
    if (!rest_.empty()) return malformed("Junk after closing right brace.");
    return Value(std::make_shared<const std::vector<Value>>(std::move(values)));
  }

 private:
  template <typename... Args>
  SqlError malformed(fmt::format_string<Args...> why, Args&&... args) const {
    return sql_error("22P02", "malformed array literal: \"{}\"", whole_)
        .detail(why, std::forward<Args>(args)...);
  }
  void skip_spaces() {
    while (!rest_.empty() && is_space(rest_[0])) rest_.remove_prefix(1);
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  SqlResult<Value> read_element() {
    skip_spaces();
    if (rest_.empty()) return malformed("Unexpected end of input.");
    if (rest_[0] == '{') return not_supported("an array of more than one dimension");
    if (rest_[0] == ',' || rest_[0] == '}') return malformed("Unexpected \"{}\" character.", rest_[0]);
    auto element = rest_[0] == '"' ? read_quoted() : read_bare();
    if (!element) return std::unexpected(element.error());
    if (!element->quoted && to_lower(element->text) == "null") return Value();
    return parse_value({element_}, element->text, now_);
  }

  SqlResult<Element> read_quoted() {
    Element element{.text = {}, .quoted = true};
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] == '\\') rest_.remove_prefix(1);
      if (rest_.empty()) break;
      element.text += rest_[0];
      rest_.remove_prefix(1);
    }
    if (!take('"')) return malformed("Unexpected end of input.");
    return element;
  }

  SqlResult<Element> read_bare() {
    Element element;
    size_t keep = 0;  // blanks behind an element are not its own, unless they are escaped
    while (!rest_.empty() && rest_[0] != ',' && rest_[0] != '}') {
      if (rest_[0] == '"') return malformed("Incorrectly quoted array element.");
      if (rest_[0] == '{') return malformed("Unexpected \"{{\" character.");
      bool escaped = rest_[0] == '\\';
      if (escaped) {
        element.quoted = true;
        rest_.remove_prefix(1);
        if (rest_.empty()) break;
      }
      element.text += rest_[0];
      if (escaped || !is_space(rest_[0])) keep = element.text.size();
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) return malformed("Unexpected end of input.");
    element.text.resize(keep);
    return element;
  }

  TypeId element_;
  std::string_view whole_, rest_;
  std::optional<int64_t> now_;
};

}  // namespace

SqlResult<Value> parse_array(TypeId array, std::string_view text, std::optional<int64_t> now) {
  return Reader(array, text, now).read();
}

void print_array(TypeId array, const Array& elements, std::string& out) {
  TypeId element = element_of(array);
  out += '{';
  bool first = true;
  for (const Value& value : *elements) {
    if (!first) out += ',';
    first = false;
    if (value.is_null()) {
      out += "NULL";
      continue;
    }
    std::string text = print_value(element, value);
    if (!needs_quotes(text)) {
      out += text;
      continue;
    }
    out += '"';
    for (char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  out += '}';
}

}  // namespace wallaby::sql
