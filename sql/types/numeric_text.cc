// Numbers of numeric.h to and from text and double.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "sql/types/numeric.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

SqlError not_a_number(std::string_view text) {
  return sql_error("22P02", "invalid input syntax for type numeric: \"{}\"", text);
}

SqlError too_long() {
  return sql_error("22003", "value overflows numeric format")
      .detail("Here a numeric has at most {} digits.", kMaxDigits);
}

/// The number behind an "e"; nullopt: none. Beyond any sense it is clamped.
std::optional<int32_t> parse_exponent(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return is_digit(c); })) return std::nullopt;
  int32_t exponent = 0;
  for (char c : text) exponent = std::min(exponent * 10 + (c - '0'), 1'000'000);
  return negative ? -exponent : exponent;
}

}  // namespace

SqlResult<Numeric> parse_numeric(std::string_view whole) {
  std::string_view text = trimmed(whole);
  std::string lower = to_lower(text.substr(0, 10));
  if (lower == "nan") return Numeric{.is_nan = true};
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  lower = to_lower(text.substr(0, 10));
  if (lower == "inf" || lower == "infinity") return not_supported("the numeric value infinity");

  Numeric value;
  int32_t places = 0, count = 0;
  bool point = false, any = false, too_many = false;
  size_t at = 0;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (c == '.' && !point) {
      point = true;
    } else if (is_digit(c)) {
      any = true;
      if (count > 0 || c != '0') ++count;
      if (count > kMaxDigits) {
        too_many = true;
      } else {
        value.digits = value.digits * 10 + (c - '0');
      }
      if (point) ++places;
    } else {
      break;
    }
  }
  if (!any) return not_a_number(whole);
  int32_t exponent = 0;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return not_a_number(whole);
    std::optional<int32_t> parsed = parse_exponent(text.substr(at + 1));
    if (!parsed) return not_a_number(whole);
    exponent = *parsed;
  }
  if (too_many) return too_long();
  int32_t scale = places - exponent;
  if (scale > kMaxScale) return too_long();
  for (; scale < 0 && value.digits != 0; ++scale) {
    if (++count > kMaxDigits) return too_long();
    value.digits *= 10;
  }
  value.scale = std::max(scale, 0);
  if (negative) value.digits = -value.digits;
  return value;
}

std::string to_string(const Numeric& value) {
  if (value.is_nan) return "NaN";
  auto digits = static_cast<unsigned __int128>(value.digits < 0 ? -value.digits : value.digits);
  std::string out = fmt::format("{}", digits);
  auto scale = static_cast<size_t>(value.scale);
  if (out.size() <= scale) out.insert(0, scale + 1 - out.size(), '0');
  if (scale > 0) out.insert(out.size() - scale, 1, '.');
  if (value.digits < 0) out.insert(0, 1, '-');
  return out;
}

SqlResult<Numeric> numeric_from(double value) {
  if (std::isnan(value)) return Numeric{.is_nan = true};
  if (std::isinf(value)) return not_supported("the numeric value infinity");
  return parse_numeric(fmt::format("{:.15g}", value));  // as many digits as a double surely has
}

double to_double(const Numeric& value) {
  if (value.is_nan) return std::nan("");
  std::string text = to_string(value);
  return std::strtod(text.c_str(), nullptr);
}

}  // namespace wallaby::sql
