#include "cli/units.h"

#include <array>

#include <fmt/format.h>

namespace wallaby::cli {

std::string human_size(uint64_t bytes) {
  constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  auto size = static_cast<double>(bytes);
  size_t unit = 0;
  while (size >= 999.5 && unit + 1 < units.size()) {
    size /= 1000;
    ++unit;
  }
  if (unit == 0) return fmt::format("{} B", bytes);
  return fmt::format("{:.{}f} {}", size, size < 9.995 ? 2 : size < 99.95 ? 1 : 0, units[unit]);
}

std::string human_count(uint64_t count) {
  std::string digits = std::to_string(count);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string counted(uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", human_count(count), what, count == 1 ? "" : "s");
}

std::string typed(std::string_view node, std::string_view command) {
  return node == "127.0.0.1:7400" ? fmt::format("`wallaby {}`", command)
                                  : fmt::format("`wallaby --node {} {}`", node, command);
}

}  // namespace wallaby::cli
