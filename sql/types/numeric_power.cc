#include "sql/types/numeric_power.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "sql/types/numeric_math.h"

namespace wallaby::sql {
namespace {

constexpr int32_t kPlaces = 16;  // PostgreSQL's NUMERIC_MIN_SIG_DIGITS

Numeric one() {
  return Numeric{.digits = 1};
}

}  // namespace

SqlError inexact_numeric(std::string_view what) {
  return not_supported(what, "Cast the arguments to double precision.");
}

SqlResult<Numeric> raise(const Numeric& base, const Numeric& exponent) {
  // A power of NaN is NaN, but 1 to the power of anything and anything to the power of 0 are 1.
  if (base.is_nan && !exponent.is_nan && exponent.digits == 0) return one();
  if (exponent.is_nan && !base.is_nan && compare(base, one()) == 0) return one();
  if (base.is_nan || exponent.is_nan) return Numeric{.is_nan = true};
  if (base.digits == 0 && exponent.digits < 0) {
    return sql_error("2201F", "zero raised to a negative power is undefined");
  }
  auto whole = to_int64(exponent);
  if (!whole || compare(numeric_from(*whole), exponent) != 0) {
    if (base.digits < 0) {
      return sql_error("2201F", "a negative number raised to a non-integer power yields a complex result");
    }
    return inexact_numeric("a numeric to the power of a fraction");
  }
  int32_t scale = std::max(kPlaces, base.scale);
  int64_t times = std::abs(*whole);
  // More digits than a numeric has here are an overflow; and one with a great power of a small number is zero or no number.
  if (times * std::max(1, digit_count(base)) > 4000)
    return sql_error("22003", "value overflows numeric format");
  Wide power = boost::multiprecision::pow(wide(base), static_cast<unsigned>(times));
  auto places = static_cast<int32_t>(times) * base.scale;
  if (*whole >= 0) {
    if (places <= scale) return narrow(power * power_of_ten(scale - places), scale);
    return narrow(divide_rounded(power, power_of_ten(places - scale)), scale);
  }
  return narrow(divide_rounded(power_of_ten(places + scale), power), scale);
}

}  // namespace wallaby::sql
