// sql/types/function_tables.h
//
// The tables behind function.h, one a file: operators_*.cc, functions_*.cc, casts.cc. A row:
//
//     {"length", {TypeId::kText}, TypeId::kInt4, length}
//
// Here, too, the small helpers that their functions share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/types/function.h"

namespace wallaby::sql {

using Functions = std::vector<Function>;
using Arguments = std::span<const Value>;

Functions comparison_operators();
Functions integer_operators();
Functions real_operators();
Functions text_operators();
Functions date_operators();
Functions json_functions();
Functions string_functions();
Functions pattern_functions();
Functions encoding_functions();
Functions number_functions();
Functions real_functions();
Functions date_functions();
Functions date_part_functions();
Functions array_functions();
Functions system_functions();
/// date('2024-01-01'), int4(x): each cast under the name of its type.
Functions cast_functions();

/// Functions that PostgreSQL has and Wallaby has not.
bool is_function_left_out(std::string_view name);
bool is_operator_left_out(std::string_view name);

struct CastEntry {
  Cast cast;
  CastKind kind = CastKind::kExplicit;
};
/// All casts, in no order.
const std::vector<CastEntry>& casts();

/// True when a value of `from` may stand where `to` is wanted, without a word: identity, unknown and "any" included.
bool can_coerce(TypeId from, TypeId to);

/// PostgreSQL's type categories; rules of preference are within one.
enum class Category : uint8_t { kBool, kNumber, kString, kDateTime, kInterval, kArray, kUser, kUnknown };
Category category_of(TypeId type);
/// text, float8 (and oid), timestamptz, interval, bool: what a category's inputs become when nothing else decides.
bool is_preferred(TypeId type);

template <typename T>
SqlResult<Value> wrap(SqlResult<T> result) {
  if (!result) return std::unexpected(std::move(result).error());
  return Value(*std::move(result));
}
inline Value text_value(std::string_view text) {
  return Value(std::string(text));
}
inline Value int_value(int64_t value) {
  return Value(value);
}

/// For loops over types in the tables: what a template parameter cannot be, an array of entries can.
inline void append(Functions& to, Functions from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

/// 22003 `integer out of range`, by type.
SqlError out_of_range(TypeId type);
/// The whole number as a value of int2, int4 or int8.
__extension__ typedef __int128 WideInteger;
template <TypeId T>
SqlResult<Value> integer_result(WideInteger value) {
  constexpr WideInteger kHigh = T == TypeId::kInt2 ? INT16_MAX : (T == TypeId::kInt4 ? INT32_MAX : INT64_MAX);
  if (value > kHigh || value < -kHigh - 1) return out_of_range(T);
  return Value(static_cast<int64_t>(value));
}

}  // namespace wallaby::sql
