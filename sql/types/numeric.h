// sql/types/numeric.h
//
// Exact decimals, for results: a literal 1.5, avg(int), sum(bigint), round(x, 2). Columns of this type are refused (0A000),
// so nothing is stored.
//
//     12.50  =  digits 1250, scale 2          scale: digits after the point, printed with all of them
//
// Up to 38 digits in all, leading zeros not counted; beyond that an operation fails with 22003 rather than rounding. Division follows
// PostgreSQL's rule for the result's scale (select_div_scale: at least 16 significant digits).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "sql/sql_error.h"

namespace wallaby::sql {

inline constexpr int32_t kMaxDigits = 38;
inline constexpr int32_t kMaxScale = 1000;  ///< PostgreSQL's for displayed digits

struct Numeric {
  __extension__ typedef __int128 Digits;
  Digits digits = 0;
  int32_t scale = 0;  ///< 0..kMaxScale
  bool is_nan = false;
  /// Same digits and same scale: 1.0 and 1.00 differ here. SQL's order is compare().
  bool operator==(const Numeric&) const = default;
};

/// 22P02 when it is no number; 22003 beyond 38 digits. Accepts "1.5", "-.5", "1e3", "NaN".
SqlResult<Numeric> parse_numeric(std::string_view text);
std::string to_string(const Numeric& value);
Numeric numeric_from(int64_t value);
SqlResult<Numeric> numeric_from(double value);
double to_double(const Numeric& value);
/// Rounded half away from zero; 22003 when out of range.
SqlResult<int64_t> to_int64(const Numeric& value);
/// NaN is equal to itself and above everything.
std::strong_ordering compare(const Numeric& a, const Numeric& b);
SqlResult<Numeric> add(const Numeric& a, const Numeric& b);
SqlResult<Numeric> subtract(const Numeric& a, const Numeric& b);
SqlResult<Numeric> multiply(const Numeric& a, const Numeric& b);
/// 22012 by zero.
SqlResult<Numeric> divide(const Numeric& a, const Numeric& b);
SqlResult<Numeric> modulo(const Numeric& a, const Numeric& b);
SqlResult<Numeric> negate(const Numeric& a);
/// Half away from zero; `scale` may be negative (tens, hundreds).
SqlResult<Numeric> round_to(const Numeric& value, int32_t scale);
SqlResult<Numeric> truncate_to(const Numeric& value, int32_t scale);
/// PostgreSQL's avg of whole numbers or numerics: the sum divided by how many there were.
SqlResult<Numeric> average(const Numeric& sum, int64_t count);
/// 2201F of a negative number.
SqlResult<Numeric> square_root(const Numeric& value);

/// How many decimal digits the number has, without leading zeros; 0 for 0.
int32_t digit_count(const Numeric& value);

}  // namespace wallaby::sql
