#include "server/clock.h"

#include <chrono>

namespace wallaby::server {

TimePoint steady_now() {
  return TimePoint(std::chrono::steady_clock::now().time_since_epoch());
}

WallTime wall_now() {
  auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return WallTime{std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count()};
}

}  // namespace wallaby::server
