// Functions of numeric and of whole numbers.
#include <numeric>

#include "sql/types/function_tables.h"
#include "sql/types/numeric_power.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

SqlResult<Value> rounded(Arguments a, EvalContext&) {
  int64_t scale = a.size() > 1 ? a[1].integer() : 0;
  return wrap(round_to(a[0].numeric(), static_cast<int32_t>(scale)));
}
SqlResult<Value> truncated(Arguments a, EvalContext&) {
  int64_t scale = a.size() > 1 ? a[1].integer() : 0;
  return wrap(truncate_to(a[0].numeric(), static_cast<int32_t>(scale)));
}
/// Up or down to a whole number.
SqlResult<Value> whole(const Numeric& value, int direction) {
  auto cut = truncate_to(value, 0);
  if (!cut || value.is_nan || compare(*cut, value) == 0) return wrap(std::move(cut));
  bool beyond = direction > 0 ? value.digits > 0 : value.digits < 0;
  return beyond ? wrap(add(*cut, numeric_from(int64_t{direction}))) : wrap(std::move(cut));
}
SqlResult<Value> ceiling(Arguments a, EvalContext&) {
  return whole(a[0].numeric(), 1);
}
SqlResult<Value> floor(Arguments a, EvalContext&) {
  return whole(a[0].numeric(), -1);
}
SqlResult<Value> sign(Arguments a, EvalContext&) {
  const Numeric& value = a[0].numeric();
  if (value.is_nan) return a[0];
  return Value(numeric_from(int64_t{value.digits > 0} - int64_t{value.digits < 0}));
}
/// The whole part of the quotient.
SqlResult<Value> quotient(Arguments a, EvalContext&) {
  if (a[0].numeric().is_nan || a[1].numeric().is_nan) return Value(Numeric{.is_nan = true});
  auto rest = modulo(a[0].numeric(), a[1].numeric());
  if (!rest) return std::unexpected(rest.error());
  auto exact = subtract(a[0].numeric(), *rest);
  if (!exact) return std::unexpected(exact.error());
  auto result = divide(*exact, a[1].numeric());
  if (!result) return std::unexpected(result.error());
  return wrap(round_to(*result, 0));
}
SqlResult<Value> scale(Arguments a, EvalContext&) {
  return a[0].numeric().is_nan ? Value() : int_value(a[0].numeric().scale);
}
Numeric without_zeros(Numeric value) {
  if (value.digits == 0) value.scale = 0;
  while (value.scale > 0 && value.digits % 10 == 0) {
    value.digits /= 10;
    --value.scale;
  }
  return value;
}
SqlResult<Value> min_scale(Arguments a, EvalContext&) {
  return a[0].numeric().is_nan ? Value() : int_value(without_zeros(a[0].numeric()).scale);
}
SqlResult<Value> trim_scale(Arguments a, EvalContext&) {
  return Value(without_zeros(a[0].numeric()));
}

SqlResult<Value> factorial(Arguments a, EvalContext&) {
  int64_t n = a[0].integer();
  if (n < 0) return sql_error("22003", "factorial of a negative number is undefined");
  Numeric product = numeric_from(int64_t{1});
  for (int64_t i = 2; i <= n; ++i) {
    auto next = multiply(product, numeric_from(i));
    if (!next) return std::unexpected(next.error());
    product = *next;
  }
  return Value(product);
}

SqlResult<Value> inexact(Arguments, EvalContext&) {
  return inexact_numeric("the logarithm or exponential of a numeric");
}

/// Without sign: also the smallest int8 has one.
uint64_t magnitude(const Value& value) {
  auto bits = static_cast<uint64_t>(value.integer());
  return value.integer() < 0 ? 0 - bits : bits;
}
template <TypeId T>
SqlResult<Value> greatest_common_divisor(Arguments a, EvalContext&) {
  return integer_result<T>(static_cast<WideInteger>(std::gcd(magnitude(a[0]), magnitude(a[1]))));
}
template <TypeId T>
SqlResult<Value> least_common_multiple(Arguments a, EvalContext&) {
  uint64_t x = magnitude(a[0]), y = magnitude(a[1]);
  if (x == 0 || y == 0) return int_value(0);
  return integer_result<T>(static_cast<WideInteger>(x / std::gcd(x, y)) * y);
}

template <TypeId T>
void add_integers(Functions& functions) {
  functions.push_back({"gcd", {T, T}, T, greatest_common_divisor<T>});
  functions.push_back({"lcm", {T, T}, T, least_common_multiple<T>});
}

}  // namespace

Functions number_functions() {
  Functions functions{
      {"round", {kNumeric}, kNumeric, rounded},
      {"round", {kNumeric, kInt4}, kNumeric, rounded},
      {"trunc", {kNumeric}, kNumeric, truncated},
      {"trunc", {kNumeric, kInt4}, kNumeric, truncated},
      {"ceil", {kNumeric}, kNumeric, ceiling},
      {"ceiling", {kNumeric}, kNumeric, ceiling},
      {"floor", {kNumeric}, kNumeric, floor},
      {"sign", {kNumeric}, kNumeric, sign},
      {"div", {kNumeric, kNumeric}, kNumeric, quotient},
      {"scale", {kNumeric}, kInt4, scale},
      {"min_scale", {kNumeric}, kInt4, min_scale},
      {"trim_scale", {kNumeric}, kNumeric, trim_scale},
      {"factorial", {kInt8}, kNumeric, factorial},
      {"exp", {kNumeric}, kNumeric, inexact},
      {"ln", {kNumeric}, kNumeric, inexact},
      {"log", {kNumeric}, kNumeric, inexact},
      {"log10", {kNumeric}, kNumeric, inexact},
      {"log", {kNumeric, kNumeric}, kNumeric, inexact},
  };
  add_integers<kInt4>(functions);
  add_integers<kInt8>(functions);
  return functions;
}

}  // namespace wallaby::sql
