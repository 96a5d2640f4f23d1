// Arrays: how long, what is in them, made longer, to and from text.
#include <algorithm>
#include <memory>
#include <optional>

#include "sql/types/compare.h"
#include "sql/types/function_tables.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

Value array_value(std::vector<Value> values) {
  return Value(std::make_shared<const std::vector<Value>>(std::move(values)));
}
/// NULL counts as the empty array where arrays are joined.
std::vector<Value> elements_of(const Value& value) {
  return value.is_null() ? std::vector<Value>() : *value.array();
}

SqlResult<Value> cardinality(Arguments a, EvalContext&) {
  return int_value(static_cast<int64_t>(a[0].array()->size()));
}
/// Also array_upper: arrays begin at 1. An empty array has no dimension.
SqlResult<Value> length(Arguments a, EvalContext&) {
  if (a[1].integer() != 1 || a[0].array()->empty()) return Value();
  return int_value(static_cast<int64_t>(a[0].array()->size()));
}
SqlResult<Value> lower_bound(Arguments a, EvalContext&) {
  return a[1].integer() != 1 || a[0].array()->empty() ? Value() : int_value(1);
}
SqlResult<Value> append(Arguments a, EvalContext&) {
  std::vector<Value> values = elements_of(a[0]);
  values.push_back(a[1]);
  return array_value(std::move(values));
}
SqlResult<Value> prepend(Arguments a, EvalContext&) {
  std::vector<Value> values{a[0]};
  for (Value& value : elements_of(a[1])) values.push_back(std::move(value));
  return array_value(std::move(values));
}
SqlResult<Value> join(Arguments a, EvalContext&) {
  if (a[0].is_null()) return a[1];
  if (a[1].is_null()) return a[0];
  std::vector<Value> values = elements_of(a[0]);
  for (Value& value : elements_of(a[1])) values.push_back(std::move(value));
  return array_value(std::move(values));
}
template <TypeId Element>
SqlResult<Value> position(Arguments a, EvalContext&) {
  if (a[0].is_null()) return Value();
  int64_t place = 0;
  for (const Value& value : *a[0].array()) {
    ++place;
    bool both_null = value.is_null() && a[1].is_null();
    if (both_null || (!value.is_null() && !a[1].is_null() && compare(Element, value, a[1]) == 0))
      return int_value(place);
  }
  return Value();
}
/// array_to_string(array, separator [, what to print for NULL])
template <TypeId Element>
SqlResult<Value> to_text(Arguments a, EvalContext&) {
  if (a[0].is_null() || a[1].is_null()) return Value();
  std::string out;
  bool first = true;
  for (const Value& value : *a[0].array()) {
    if (value.is_null() && (a.size() < 3 || a[2].is_null())) continue;
    if (!first) out += a[1].text();
    first = false;
    out += value.is_null() ? a[2].text() : print_value(Element, value);
  }
  return Value(std::move(out));
}

SqlResult<Value> from_text(Arguments a, EvalContext&) {
  if (a[0].is_null()) return Value();
  const std::string& text = a[0].text();
  std::vector<Value> values;
  auto add = [&](std::string_view part) {
    bool is_null = a.size() > 2 && !a[2].is_null() && part == a[2].text();
    values.push_back(is_null ? Value() : text_value(part));
  };
  if (text.empty()) return array_value({});
  if (a[1].is_null()) {  // into single characters
    for (size_t at = 0; at < text.size();) {
      size_t end = at + 1;
      while (end < text.size() && (text[end] & '\xC0') == '\x80') ++end;
      add(std::string_view(text).substr(at, end - at));
      at = end;
    }
    return array_value(std::move(values));
  }
  const std::string& separator = a[1].text();
  size_t at = 0;
  if (!separator.empty()) {
    for (size_t found = 0; (found = text.find(separator, at)) != std::string::npos;
         at = found + separator.size()) {
      add(std::string_view(text).substr(at, found - at));
    }
  }
  add(std::string_view(text).substr(at));
  return array_value(std::move(values));
}

template <TypeId Array, TypeId Element>
void add(Functions& functions) {
  functions.push_back({"cardinality", {Array}, kInt4, cardinality});
  functions.push_back({"array_length", {Array, kInt4}, kInt4, length});
  functions.push_back({"array_upper", {Array, kInt4}, kInt4, length});
  functions.push_back({"array_lower", {Array, kInt4}, kInt4, lower_bound});
  functions.push_back({"array_append", {Array, Element}, Array, append, false});
  functions.push_back({"array_prepend", {Element, Array}, Array, prepend, false});
  functions.push_back({"array_cat", {Array, Array}, Array, join, false});
  functions.push_back({"||", {Array, Array}, Array, join, false});
  functions.push_back({"||", {Array, Element}, Array, append, false});
  functions.push_back({"||", {Element, Array}, Array, prepend, false});
  functions.push_back({"array_position", {Array, Element}, kInt4, position<Element>, false});
  functions.push_back({"array_to_string", {Array, kText}, kText, to_text<Element>, false});
  functions.push_back({"array_to_string", {Array, kText, kText}, kText, to_text<Element>, false});
}

}  // namespace

Functions array_functions() {
  Functions functions{
      {"string_to_array", {kText, kText}, kTextArray, from_text, false},
      {"string_to_array", {kText, kText, kText}, kTextArray, from_text, false},
  };
  add<kInt2Array, kInt2>(functions);
  add<kInt4Array, kInt4>(functions);
  add<kInt8Array, kInt8>(functions);
  add<kTextArray, kText>(functions);
  return functions;
}

}  // namespace wallaby::sql
