// Functions of float8: rounding, logarithms, angles, chance.
#include <cmath>
#include <numbers>

#include "sql/types/function_tables.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

template <double (*F)(double)>
SqlResult<Value> plain(Arguments a, EvalContext&) {
  return Value(F(a[0].real()));
}

double floor_of(double x) {
  return std::floor(x);
}
double ceil_of(double x) {
  return std::ceil(x);
}
double round_of(double x) {
  return std::rint(x);
}  // half to even
double trunc_of(double x) {
  return std::trunc(x);
}
double sign_of(double x) {
  return x > 0 ? 1 : (x < 0 ? -1 : 0);
}
double degrees_of(double x) {
  return x / (std::numbers::pi / 180.0);
}
double radians_of(double x) {
  return x * (std::numbers::pi / 180.0);
}
double asinh_of(double x) {
  return std::asinh(x);
}
double tanh_of(double x) {
  return std::tanh(x);
}
double atan_of(double x) {
  return std::atan(x);
}
double sinh_of(double x) {
  return std::sinh(x);
}
double cosh_of(double x) {
  return std::cosh(x);
}
double sin_of(double x) {
  return std::sin(x);
}
double cos_of(double x) {
  return std::cos(x);
}
double tan_of(double x) {
  return std::tan(x);
}
double cot_of(double x) {
  return 1.0 / std::tan(x);
}
double asin_of(double x) {
  return std::asin(x);
}
double acos_of(double x) {
  return std::acos(x);
}

SqlError outside() {
  return sql_error("22003", "input is out of range");
}

/// Angles: of infinity there is no sine.
template <double (*F)(double)>
SqlResult<Value> angle(Arguments a, EvalContext&) {
  if (std::isinf(a[0].real())) return outside();
  return Value(F(a[0].real()));
}
template <double (*F)(double)>
SqlResult<Value> of_a_ratio(Arguments a, EvalContext&) {
  if (a[0].real() < -1 || a[0].real() > 1) return outside();
  return Value(F(a[0].real()));
}
SqlResult<Value> acosh(Arguments a, EvalContext&) {
  if (a[0].real() < 1) return outside();
  return Value(std::acosh(a[0].real()));
}
SqlResult<Value> atanh(Arguments a, EvalContext&) {
  if (a[0].real() < -1 || a[0].real() > 1) return outside();
  return Value(std::atanh(a[0].real()));
}
SqlResult<Value> atan2(Arguments a, EvalContext&) {
  return Value(std::atan2(a[0].real(), a[1].real()));
}

SqlResult<Value> exponential(Arguments a, EvalContext&) {
  double x = a[0].real(), result = std::exp(x);
  if (std::isinf(result) && !std::isinf(x)) return sql_error("22003", "value out of range: overflow");
  if (result == 0 && !std::isinf(x)) return sql_error("22003", "value out of range: underflow");
  return Value(result);
}
template <bool Decimal>
SqlResult<Value> logarithm(Arguments a, EvalContext&) {
  double x = a[0].real();
  if (x == 0) return sql_error("2201E", "cannot take logarithm of zero");
  if (x < 0) return sql_error("2201E", "cannot take logarithm of a negative number");
  return Value(Decimal ? std::log10(x) : std::log(x));
}

SqlResult<Value> pi(Arguments, EvalContext&) {
  return Value(std::numbers::pi);
}
SqlResult<Value> random(Arguments, EvalContext& context) {
  if (context.random == nullptr) return not_supported("random() here");
  return Value(static_cast<double>(context.random->next() >> 11) * 0x1.0p-53);
}

}  // namespace

Functions real_functions() {
  return {
      {"ceil", {kFloat8}, kFloat8, plain<ceil_of>},
      {"ceiling", {kFloat8}, kFloat8, plain<ceil_of>},
      {"floor", {kFloat8}, kFloat8, plain<floor_of>},
      {"round", {kFloat8}, kFloat8, plain<round_of>},
      {"trunc", {kFloat8}, kFloat8, plain<trunc_of>},
      {"sign", {kFloat8}, kFloat8, plain<sign_of>},
      {"degrees", {kFloat8}, kFloat8, plain<degrees_of>},
      {"radians", {kFloat8}, kFloat8, plain<radians_of>},
      {"exp", {kFloat8}, kFloat8, exponential},
      {"ln", {kFloat8}, kFloat8, logarithm<false>},
      {"log", {kFloat8}, kFloat8, logarithm<true>},
      {"log10", {kFloat8}, kFloat8, logarithm<true>},
      {"sin", {kFloat8}, kFloat8, angle<sin_of>},
      {"cos", {kFloat8}, kFloat8, angle<cos_of>},
      {"tan", {kFloat8}, kFloat8, angle<tan_of>},
      {"cot", {kFloat8}, kFloat8, angle<cot_of>},
      {"asin", {kFloat8}, kFloat8, of_a_ratio<asin_of>},
      {"acos", {kFloat8}, kFloat8, of_a_ratio<acos_of>},
      {"atan", {kFloat8}, kFloat8, plain<atan_of>},
      {"atan2", {kFloat8, kFloat8}, kFloat8, atan2},
      {"sinh", {kFloat8}, kFloat8, plain<sinh_of>},
      {"cosh", {kFloat8}, kFloat8, plain<cosh_of>},
      {"tanh", {kFloat8}, kFloat8, plain<tanh_of>},
      {"asinh", {kFloat8}, kFloat8, plain<asinh_of>},
      {"acosh", {kFloat8}, kFloat8, acosh},
      {"atanh", {kFloat8}, kFloat8, atanh},
      {"pi", {}, kFloat8, pi},
      {.name = "random", .result = kFloat8, .evaluate = random, .volatility = Volatility::kVolatile},
  };
}

}  // namespace wallaby::sql
