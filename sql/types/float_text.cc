#include "sql/types/float_text.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

/// A decimal that lies exactly half way between two doubles reads back to one of them only by the rule for ties. PostgreSQL does not
/// print such a decimal: 1e23 is printed as 9.999999999999999e+22. A half way point has 54 bits, so a long double holds it.
bool reads_back_by_a_tie(double value, const char* text) {
  long double exact = std::strtold(text, nullptr);
  long double distance = exact - static_cast<long double>(value);
  if (distance == 0) return false;
  double neighbour = std::nextafter(value, distance > 0 ? INFINITY : -INFINITY);
  return 2 * distance == static_cast<long double>(neighbour) - static_cast<long double>(value);
}

/// "d.ddde+XX" with the fewest digits.
std::string shortest(double value) {
  std::array<char, 32> buffer{};
  auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size() - 1, value, std::chars_format::scientific);
  *result.ptr = '\0';
  if (!reads_back_by_a_tie(value, buffer.data())) return buffer.data();
  for (int digits = 1; digits < 17; ++digits) {
    std::string text = fmt::format("{:.{}e}", value, digits);
    if (std::strtod(text.c_str(), nullptr) == value && !reads_back_by_a_tie(value, text.c_str())) return text;
  }
  return fmt::format("{:.16e}", value);
}

}  // namespace

SqlResult<double> parse_float8(std::string_view whole) {
  std::string text(trimmed(whole));
  auto bad = [&] {
    return sql_error("22P02", "invalid input syntax for type double precision: \"{}\"", whole);
  };
  if (text.empty()) return bad();
  // PostgreSQL takes what strtod takes; what strtod has beyond that are forms such as "nan(1)".
  if (text.find('(') != std::string::npos) return bad();
  char* end = nullptr;
  errno = 0;
  double value = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size()) return bad();
  if (errno == ERANGE && (value == 0 || std::isinf(value))) {
    return sql_error("22003", "\"{}\" is out of range for type double precision", text);
  }
  return value;
}

void print_float8(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "Infinity" : "-Infinity";
  } else if (value == 0) {
    out += std::signbit(value) ? "-0" : "0";
  } else {
    std::string text = shortest(value);
    size_t e = text.find('e');
    int exponent = std::atoi(text.c_str() + e + 1);
    if (exponent < -4 || exponent >= 15) {
      out += text;
      return;
    }
    bool negative = text[0] == '-';
    std::string digits = text.substr(negative ? 1 : 0, 1);
    if (size_t point = text.find('.'); point != std::string::npos)
      digits += text.substr(point + 1, e - point - 1);
    if (negative) out += '-';
    if (exponent < 0) {
      out += "0.";
      out.append(static_cast<size_t>(-exponent - 1), '0');
      out += digits;
    } else {
      auto whole = static_cast<size_t>(exponent) + 1;
      if (digits.size() < whole) digits.append(whole - digits.size(), '0');
      out.append(digits, 0, whole);
      if (digits.size() > whole) out.append(".").append(digits, whole);
    }
  }
}

}  // namespace wallaby::sql
