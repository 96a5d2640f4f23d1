// || of text with anything, LIKE, regular expressions.
#include "sql/types/function_tables.h"
#include "sql/types/pattern.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

SqlResult<Value> join(Arguments a, EvalContext&) {
  return Value(a[0].text() + a[1].text());
}

/// The text of a value as a cast to text gives it.
template <TypeId T>
std::string text_of(const Value& value) {
  if constexpr (T == kBool) return value.boolean() ? "true" : "false";
  return print_value(T, value);
}
template <TypeId T>
SqlResult<Value> join_left(Arguments a, EvalContext&) {
  return Value(text_of<T>(a[0]) + a[1].text());
}
template <TypeId T>
SqlResult<Value> join_right(Arguments a, EvalContext&) {
  return Value(a[0].text() + text_of<T>(a[1]));
}
template <TypeId T>
void add_joins(Functions& functions) {
  functions.push_back({"||", {T, kText}, kText, join_left<T>});
  functions.push_back({"||", {kText, T}, kText, join_right<T>});
}
SqlResult<Value> join_jsonb(Arguments, EvalContext&) {
  return not_supported("the operator jsonb || jsonb");
}

SqlResult<Value> boolean(SqlResult<bool> result, bool wanted) {
  if (!result) return std::unexpected(result.error());
  return Value(*result == wanted);
}
std::string lower_copy(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

template <bool Wanted>
SqlResult<Value> like(Arguments a, EvalContext&) {
  return boolean(matches_like(a[0].text(), a[1].text()), Wanted);
}
template <bool Wanted>
SqlResult<Value> ilike(Arguments a, EvalContext&) {
  return boolean(matches_like(lower_copy(a[0].text()), lower_copy(a[1].text())), Wanted);
}
template <bool IgnoreCase, bool Wanted>
SqlResult<Value> regex(Arguments a, EvalContext&) {
  auto compiled = compile_regex(a[1].text(), IgnoreCase);
  if (!compiled) return std::unexpected(compiled.error());
  return Value((*compiled)->matches(a[0].text()) == Wanted);
}
SqlResult<Value> escaped(Arguments a, EvalContext&) {
  return wrap(like_escape(a[0].text(), a[1].text()));
}

}  // namespace

Functions text_operators() {
  Functions functions{
      {"||", {kText, kText}, kText, join},          {"||", {kBytea, kBytea}, kBytea, join},
      {"||", {kJsonb, kJsonb}, kJsonb, join_jsonb}, {"like_escape", {kText, kText}, kText, escaped},
      {"like", {kText, kText}, kBool, like<true>},  {"notlike", {kText, kText}, kBool, like<false>},
  };
  [&]<TypeId... T>() {
    (add_joins<T>(functions), ...);
  }.operator()<kBool, kInt8, kInt2, kInt4, kRegclass, kOid, kFloat8, kDate, kTimestamp, kTimestamptz,
               kInterval, kNumeric, kPgLsn, kJsonb, kBytea>();
  // name and char(n) have their own in PostgreSQL; through text they say the same.
  functions.push_back({"~~", {kText, kText}, kBool, like<true>});
  functions.push_back({"!~~", {kText, kText}, kBool, like<false>});
  functions.push_back({"~~*", {kText, kText}, kBool, ilike<true>});
  functions.push_back({"!~~*", {kText, kText}, kBool, ilike<false>});
  functions.push_back({"~", {kText, kText}, kBool, regex<false, true>});
  functions.push_back({"!~", {kText, kText}, kBool, regex<false, false>});
  functions.push_back({"~*", {kText, kText}, kBool, regex<true, true>});
  functions.push_back({"!~*", {kText, kText}, kBool, regex<true, false>});
  return functions;
}

}  // namespace wallaby::sql
