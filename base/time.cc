#include "base/time.h"

#include <ctime>
#include <ostream>

#include <fmt/format.h>

namespace wallaby {

std::string to_string(WallTime time) {
  int64_t seconds = time.microseconds / 1'000'000;
  int64_t rest = time.microseconds % 1'000'000;
  if (rest < 0) {
    rest += 1'000'000;
    --seconds;
  }
  std::time_t moment = seconds;
  std::tm parts{};
  gmtime_r(&moment, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06} UTC", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, rest);
}

std::ostream& operator<<(std::ostream& out, WallTime time) {
  return out << to_string(time);
}

std::string to_human(Duration duration) {
  double seconds = std::chrono::duration<double>(duration).count();
  double size = seconds < 0 ? -seconds : seconds;
  if (size < 1e-3) return fmt::format("{:.3g} us", seconds * 1e6);
  if (size < 1) return fmt::format("{:.3g} ms", seconds * 1e3);
  if (size < 120) return fmt::format("{:.3g} s", seconds);
  if (size < 7200) return fmt::format("{:.3g} min", seconds / 60);
  return fmt::format("{:.3g} h", seconds / 3600);
}

}  // namespace wallaby
