// Arithmetic of float8 and numeric.
#include <cmath>

#include "sql/types/function_tables.h"
#include "sql/types/numeric_power.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

/// 22003 when finite inputs became infinite, or numbers that are not zero became zero.
SqlResult<Value> checked(double result, bool may_be_infinite, bool may_be_zero) {
  if (std::isinf(result) && !may_be_infinite) return sql_error("22003", "value out of range: overflow");
  if (result == 0 && !may_be_zero) return sql_error("22003", "value out of range: underflow");
  return Value(result);
}

SqlResult<Value> plus(Arguments a, EvalContext&) {
  double x = a[0].real(), y = a[1].real();
  return checked(x + y, std::isinf(x) || std::isinf(y), true);
}
SqlResult<Value> minus(Arguments a, EvalContext&) {
  double x = a[0].real(), y = a[1].real();
  return checked(x - y, std::isinf(x) || std::isinf(y), true);
}
SqlResult<Value> times(Arguments a, EvalContext&) {
  double x = a[0].real(), y = a[1].real();
  return checked(x * y, std::isinf(x) || std::isinf(y), x == 0 || y == 0);
}
SqlResult<Value> divided(Arguments a, EvalContext&) {
  double x = a[0].real(), y = a[1].real();
  if (y == 0 && !std::isnan(x)) return sql_error("22012", "division by zero");
  return checked(x / y, std::isinf(x), x == 0 || std::isinf(y));
}
SqlResult<Value> negative(Arguments a, EvalContext&) {
  return Value(-a[0].real());
}
SqlResult<Value> absolute(Arguments a, EvalContext&) {
  return Value(std::fabs(a[0].real()));
}
SqlResult<Value> same(Arguments a, EvalContext&) {
  return a[0];
}
SqlResult<Value> power(Arguments a, EvalContext&) {
  double x = a[0].real(), y = a[1].real();
  if (std::isnan(x)) return Value(y == 0 ? 1.0 : x);
  if (std::isnan(y)) return Value(x == 1 ? 1.0 : y);
  if (x == 0 && y < 0) return sql_error("2201F", "zero raised to a negative power is undefined");
  if (x < 0 && std::floor(y) != y) {
    return sql_error("2201F", "a negative number raised to a non-integer power yields a complex result");
  }
  return checked(std::pow(x, y), std::isinf(x) || std::isinf(y), x == 0 || std::isinf(x) || std::isinf(y));
}
SqlResult<Value> root(Arguments a, EvalContext&) {
  if (a[0].real() < 0) return sql_error("2201F", "cannot take square root of a negative number");
  return Value(std::sqrt(a[0].real()));
}
SqlResult<Value> cube_root(Arguments a, EvalContext&) {
  return Value(std::cbrt(a[0].real()));
}

SqlResult<Value> numeric_plus(Arguments a, EvalContext&) {
  return wrap(add(a[0].numeric(), a[1].numeric()));
}
SqlResult<Value> numeric_minus(Arguments a, EvalContext&) {
  return wrap(subtract(a[0].numeric(), a[1].numeric()));
}
SqlResult<Value> numeric_times(Arguments a, EvalContext&) {
  return wrap(multiply(a[0].numeric(), a[1].numeric()));
}
SqlResult<Value> numeric_divided(Arguments a, EvalContext&) {
  return wrap(divide(a[0].numeric(), a[1].numeric()));
}
SqlResult<Value> numeric_rest(Arguments a, EvalContext&) {
  return wrap(modulo(a[0].numeric(), a[1].numeric()));
}
SqlResult<Value> numeric_negative(Arguments a, EvalContext&) {
  return wrap(negate(a[0].numeric()));
}
SqlResult<Value> numeric_absolute(Arguments a, EvalContext&) {
  if (a[0].numeric().digits >= 0) return a[0];
  return wrap(negate(a[0].numeric()));
}
SqlResult<Value> numeric_power(Arguments a, EvalContext&) {
  return wrap(raise(a[0].numeric(), a[1].numeric()));
}
SqlResult<Value> numeric_root(Arguments a, EvalContext&) {
  return wrap(square_root(a[0].numeric()));
}

}  // namespace

Functions real_operators() {
  return {
      {"+", {kFloat8, kFloat8}, kFloat8, plus},
      {"-", {kFloat8, kFloat8}, kFloat8, minus},
      {"*", {kFloat8, kFloat8}, kFloat8, times},
      {"/", {kFloat8, kFloat8}, kFloat8, divided},
      {"-", {kFloat8}, kFloat8, negative},
      {"+", {kFloat8}, kFloat8, same},
      {"@", {kFloat8}, kFloat8, absolute},
      {"abs", {kFloat8}, kFloat8, absolute},
      {"^", {kFloat8, kFloat8}, kFloat8, power},
      {"power", {kFloat8, kFloat8}, kFloat8, power},
      {"pow", {kFloat8, kFloat8}, kFloat8, power},
      {"|/", {kFloat8}, kFloat8, root},
      {"sqrt", {kFloat8}, kFloat8, root},
      {"||/", {kFloat8}, kFloat8, cube_root},
      {"cbrt", {kFloat8}, kFloat8, cube_root},
      {"+", {kNumeric, kNumeric}, kNumeric, numeric_plus},
      {"-", {kNumeric, kNumeric}, kNumeric, numeric_minus},
      {"*", {kNumeric, kNumeric}, kNumeric, numeric_times},
      {"/", {kNumeric, kNumeric}, kNumeric, numeric_divided},
      {"%", {kNumeric, kNumeric}, kNumeric, numeric_rest},
      {"mod", {kNumeric, kNumeric}, kNumeric, numeric_rest},
      {"-", {kNumeric}, kNumeric, numeric_negative},
      {"+", {kNumeric}, kNumeric, same},
      {"@", {kNumeric}, kNumeric, numeric_absolute},
      {"abs", {kNumeric}, kNumeric, numeric_absolute},
      {"^", {kNumeric, kNumeric}, kNumeric, numeric_power},
      {"power", {kNumeric, kNumeric}, kNumeric, numeric_power},
      {"pow", {kNumeric, kNumeric}, kNumeric, numeric_power},
      {"sqrt", {kNumeric}, kNumeric, numeric_root},
  };
}

}  // namespace wallaby::sql
