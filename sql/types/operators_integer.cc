// Arithmetic of int2, int4, int8: never wraps, 22003 instead.
#include "sql/types/function_tables.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

SqlError by_zero() {
  return sql_error("22012", "division by zero");
}

template <TypeId T>
SqlResult<Value> plus(Arguments a, EvalContext&) {
  return integer_result<T>(static_cast<WideInteger>(a[0].integer()) + a[1].integer());
}
template <TypeId T>
SqlResult<Value> minus(Arguments a, EvalContext&) {
  return integer_result<T>(static_cast<WideInteger>(a[0].integer()) - a[1].integer());
}
template <TypeId T>
SqlResult<Value> times(Arguments a, EvalContext&) {
  return integer_result<T>(static_cast<WideInteger>(a[0].integer()) * a[1].integer());
}
template <TypeId T>
SqlResult<Value> divided(Arguments a, EvalContext&) {
  if (a[1].integer() == 0) return by_zero();
  return integer_result<T>(static_cast<WideInteger>(a[0].integer()) / a[1].integer());
}
SqlResult<Value> remainder(Arguments a, EvalContext&) {
  if (a[1].integer() == 0) return by_zero();
  if (a[1].integer() == -1) return int_value(0);  // the smallest number by -1 traps on some processors
  return int_value(a[0].integer() % a[1].integer());
}
template <TypeId T>
SqlResult<Value> negative(Arguments a, EvalContext&) {
  return integer_result<T>(-static_cast<WideInteger>(a[0].integer()));
}
template <TypeId T>
SqlResult<Value> absolute(Arguments a, EvalContext&) {
  WideInteger value = a[0].integer();
  return integer_result<T>(value < 0 ? -value : value);
}
SqlResult<Value> same(Arguments a, EvalContext&) {
  return a[0];
}

SqlResult<Value> bit_and(Arguments a, EvalContext&) {
  return int_value(a[0].integer() & a[1].integer());
}
SqlResult<Value> bit_or(Arguments a, EvalContext&) {
  return int_value(a[0].integer() | a[1].integer());
}
SqlResult<Value> bit_xor(Arguments a, EvalContext&) {
  return int_value(a[0].integer() ^ a[1].integer());
}
SqlResult<Value> bit_not(Arguments a, EvalContext&) {
  return int_value(~a[0].integer());
}

/// Bits that leave the type are lost, and only as many low bits of the distance count as the machine looks at: as in PostgreSQL.
template <TypeId T>
int64_t narrowed(int64_t value) {
  if constexpr (T == kInt2) return static_cast<int16_t>(value);
  if constexpr (T == kInt4) return static_cast<int32_t>(value);
  return value;
}
template <TypeId T>
SqlResult<Value> shift_left(Arguments a, EvalContext&) {
  int64_t distance = a[1].integer() & (T == kInt8 ? 63 : 31);
  return int_value(narrowed<T>(static_cast<int64_t>(static_cast<uint64_t>(a[0].integer()) << distance)));
}
template <TypeId T>
SqlResult<Value> shift_right(Arguments a, EvalContext&) {
  int64_t distance = a[1].integer() & (T == kInt8 ? 63 : 31);
  return int_value(narrowed<T>(a[0].integer() >> distance));
}

template <TypeId T>
void add(Functions& functions) {
  functions.push_back({"+", {T, T}, T, plus<T>});
  functions.push_back({"-", {T, T}, T, minus<T>});
  functions.push_back({"*", {T, T}, T, times<T>});
  functions.push_back({"/", {T, T}, T, divided<T>});
  functions.push_back({"%", {T, T}, T, remainder});
  functions.push_back({"mod", {T, T}, T, remainder});
  functions.push_back({"-", {T}, T, negative<T>});
  functions.push_back({"+", {T}, T, same});
  functions.push_back({"@", {T}, T, absolute<T>});
  functions.push_back({"abs", {T}, T, absolute<T>});
  functions.push_back({"&", {T, T}, T, bit_and});
  functions.push_back({"|", {T, T}, T, bit_or});
  functions.push_back({"#", {T, T}, T, bit_xor});
  functions.push_back({"~", {T}, T, bit_not});
  functions.push_back({"<<", {T, kInt4}, T, shift_left<T>});
  functions.push_back({">>", {T, kInt4}, T, shift_right<T>});
}

}  // namespace

Functions integer_operators() {
  Functions functions;
  add<kInt2>(functions);
  add<kInt4>(functions);
  add<kInt8>(functions);
  return functions;
}

}  // namespace wallaby::sql
