#include "sql/types/numeric.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "sql/types/numeric_math.h"

namespace wallaby::sql {
namespace {

using Digits = Numeric::Digits;

constexpr std::array<Digits, kMaxDigits + 1> kPowers = [] {
  std::array<Digits, kMaxDigits + 1> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

Digits magnitude(Digits digits) {
  return digits < 0 ? -digits : digits;
}

SqlError overflow() {
  return sql_error("22003", "value overflows numeric format")
      .detail("Here a numeric has at most {} digits.", kMaxDigits);
}

Numeric nan() {
  return Numeric{.is_nan = true};
}

/// Both numbers' digits at the larger of their scales.
std::pair<Wide, Wide> aligned(const Numeric& a, const Numeric& b) {
  int32_t scale = std::max(a.scale, b.scale);
  return {wide(a) * power_of_ten(scale - a.scale), wide(b) * power_of_ten(scale - b.scale)};
}

/// The place of the first digit: 0 for 1..9, 1 for 10..99, -1 for 0.1.
int32_t exponent_of(const Numeric& value) {
  return digit_count(value) - 1 - value.scale;
}

/// PostgreSQL computes with digits of base 10000. Its first such digit, and that digit's place.
struct Leading {
  int32_t weight = 0;
  int32_t digit = 0;
};
Leading leading(const Numeric& value) {
  if (value.digits == 0) return {};
  int32_t exponent = exponent_of(value);
  int32_t weight = exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4);
  int32_t wanted = exponent - weight * 4 + 1;  // 1..4 decimal digits
  int32_t have = digit_count(value);
  Digits digits = magnitude(value.digits);
  digits = have >= wanted ? digits / kPowers[static_cast<size_t>(have - wanted)]
                          : digits * kPowers[static_cast<size_t>(wanted - have)];
  return {weight, static_cast<int32_t>(digits)};
}

/// select_div_scale of PostgreSQL: at least 16 significant digits, and no fewer places than an input has.
int32_t quotient_scale(const Numeric& a, const Numeric& b) {
  Leading first = leading(a), second = leading(b);
  int32_t weight = first.weight - second.weight;
  if (first.digit <= second.digit) --weight;
  return std::clamp(std::max({16 - weight * 4, a.scale, b.scale}), 0, kMaxScale);
}

}  // namespace

Wide power_of_ten(int32_t exponent) {
  if (exponent <= kMaxDigits) return Wide(kPowers[static_cast<size_t>(std::max(exponent, 0))]);
  return boost::multiprecision::pow(Wide(10), static_cast<unsigned>(exponent));
}

Wide divide_rounded(const Wide& a, const Wide& b) {
  Wide quotient, remainder;
  boost::multiprecision::divide_qr(a, b, quotient, remainder);
  if (abs(remainder) * 2 >= abs(b)) quotient += (a < 0) == (b < 0) ? 1 : -1;
  return quotient;
}

SqlResult<Numeric> narrow(const Wide& digits, int32_t scale) {
  if (abs(digits) >= power_of_ten(kMaxDigits) || scale > kMaxScale) return overflow();
  return Numeric{static_cast<Digits>(digits), scale, false};
}

int32_t digit_count(const Numeric& value) {
  Digits digits = magnitude(value.digits);
  if (digits == 0) return 0;
  auto above = std::upper_bound(kPowers.begin(), kPowers.end(), digits);
  return static_cast<int32_t>(above - kPowers.begin());
}

std::strong_ordering compare(const Numeric& a, const Numeric& b) {
  if (a.is_nan || b.is_nan) return a.is_nan <=> b.is_nan;
  if (a.scale == b.scale) return a.digits <=> b.digits;
  if ((a.digits < 0) != (b.digits < 0)) return a.digits <=> b.digits;
  auto [left, right] = aligned(a, b);
  int order = left.compare(right);
  return order <=> 0;
}

SqlResult<Numeric> add(const Numeric& a, const Numeric& b) {
  if (a.is_nan || b.is_nan) return nan();
  if (a.scale == b.scale) {  // the way of sums; two numbers of 38 digits cannot overflow 127 bits
    static_assert(kMaxDigits == 38);
    Digits sum = a.digits + b.digits;
    if (magnitude(sum) < kPowers[kMaxDigits] && magnitude(sum) >= 0) return Numeric{sum, a.scale, false};
    return overflow();
  }
  auto [left, right] = aligned(a, b);
  return narrow(left + right, std::max(a.scale, b.scale));
}

SqlResult<Numeric> subtract(const Numeric& a, const Numeric& b) {
  Numeric negative = b;
  negative.digits = -b.digits;
  return add(a, negative);
}

SqlResult<Numeric> multiply(const Numeric& a, const Numeric& b) {
  if (a.is_nan || b.is_nan) return nan();
  return narrow(wide(a) * wide(b), a.scale + b.scale);
}

SqlResult<Numeric> divide(const Numeric& a, const Numeric& b) {
  if (a.is_nan || b.is_nan) return nan();
  if (b.digits == 0) return sql_error("22012", "division by zero");
  int32_t scale = quotient_scale(a, b);
  // (a / 10^sa) / (b / 10^sb) = q / 10^scale
  int32_t shift = scale + b.scale - a.scale;
  Wide dividend = wide(a) * power_of_ten(std::max(shift, 0));
  Wide divisor = wide(b) * power_of_ten(std::max(-shift, 0));
  return narrow(divide_rounded(dividend, divisor), scale);
}

SqlResult<Numeric> modulo(const Numeric& a, const Numeric& b) {
  if (a.is_nan || b.is_nan) return nan();
  if (b.digits == 0) return sql_error("22012", "division by zero");
  auto [left, right] = aligned(a, b);
  return narrow(left % right, std::max(a.scale, b.scale));
}

SqlResult<Numeric> negate(const Numeric& a) {
  return Numeric{-a.digits, a.scale, a.is_nan};
}

SqlResult<Numeric> round_to(const Numeric& value, int32_t scale) {
  if (value.is_nan) return value;
  scale = std::clamp(scale, -2 * kMaxScale, kMaxScale);
  if (scale >= value.scale) return narrow(wide(value) * power_of_ten(scale - value.scale), scale);
  Wide digits = divide_rounded(wide(value), power_of_ten(value.scale - scale));
  return narrow(digits * power_of_ten(-scale), std::max(scale, 0));
}

SqlResult<Numeric> truncate_to(const Numeric& value, int32_t scale) {
  if (value.is_nan) return value;
  scale = std::clamp(scale, -2 * kMaxScale, kMaxScale);
  if (scale >= value.scale) return narrow(wide(value) * power_of_ten(scale - value.scale), scale);
  return narrow(wide(value) / power_of_ten(value.scale - scale) * power_of_ten(-scale), std::max(scale, 0));
}

SqlResult<Numeric> average(const Numeric& sum, int64_t count) {
  return divide(sum, numeric_from(count));
}

SqlResult<Numeric> square_root(const Numeric& value) {
  if (value.is_nan) return value;
  if (value.digits < 0) return sql_error("2201F", "cannot take square root of a negative number");
  // PostgreSQL's scale: 16 significant digits, the weight of a root being half of its number's.
  int32_t weight = leading(value).weight;
  int32_t root_weight = weight >= 0 ? weight * 4 / 2 + 1 : 1 - (1 - weight * 4) / 2;
  int32_t scale = std::clamp(std::max(16 - root_weight, value.scale), 0, kMaxScale);
  // The root of digits * 10^(2 * scale - value.scale), rounded: one digit more, then half away from zero.
  Wide scaled = wide(value) * power_of_ten(2 * scale + 2 - value.scale);
  return narrow(divide_rounded(Wide(boost::multiprecision::sqrt(scaled)), Wide(10)), scale);
}

Numeric numeric_from(int64_t value) {
  return Numeric{value, 0, false};
}

SqlResult<int64_t> to_int64(const Numeric& value) {
  if (value.is_nan) return sql_error("0A000", "cannot convert NaN to bigint");
  Wide whole = divide_rounded(wide(value), power_of_ten(value.scale));
  if (whole < INT64_MIN || whole > INT64_MAX) return sql_error("22003", "bigint out of range");
  return static_cast<int64_t>(whole);
}

}  // namespace wallaby::sql
