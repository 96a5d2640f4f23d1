#include "base/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace wallaby {
namespace {

/// A number and the unit behind it; nullopt when there is no number.
std::optional<std::pair<double, std::string_view>> split(std::string_view text) {
  double number = 0;
  auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (code != std::errc{} || number < 0 || !std::isfinite(number)) return std::nullopt;
  std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  return std::pair(number, unit);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 8> units{{{"", 1e9},
                                                                      {"ns", 1},
                                                                      {"us", 1e3},
                                                                      {"ms", 1e6},
                                                                      {"s", 1e9},
                                                                      {"m", 60e9},
                                                                      {"min", 60e9},
                                                                      {"h", 3600e9}}};
  if (auto parts = split(text)) {
    for (auto [name, nanoseconds] : units) {
      double all = parts->first * nanoseconds;
      if (parts->second == name && all < 9e18) return Duration(std::llround(all));
    }
  }
  return error(ErrorCode::kInvalidArgument, "'{}' is not a duration; write it as 500ms, 10s, 2m or 1h", text);
}

Result<uint64_t> parse_size(std::string_view text) {
  if (auto parts = split(text)) {
    std::string_view unit = parts->second;
    double factor = 1;
    if (!unit.empty()) {
      size_t power = std::string_view("KMG").find(static_cast<char>(unit[0] & ~0x20));
      if (power != std::string_view::npos) {
        factor = std::ldexp(1.0, static_cast<int>(10 * (power + 1)));
        unit.remove_prefix(1);
      }
    }
    double all = parts->first * factor;
    bool whole = all == std::floor(all) && all < 0x1p53;
    if (whole && (unit.empty() || unit == "B" || (unit == "iB" && factor > 1)))
      return static_cast<uint64_t>(all);
  }
  return error(ErrorCode::kInvalidArgument, "'{}' is not a size; write it as 4096, 64K, 16M or 1G", text);
}

}  // namespace wallaby
