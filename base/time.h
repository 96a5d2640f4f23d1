// base/time.h
//
// Time as the cores see it: they never ask for it, they are told.
//
// `TimePoint` is a point on one node's monotonic clock: good for timeouts, lags and durations, meaningless
// on another node. `WallTime` is the calendar's time in microseconds since 1970-01-01 UTC: good for people
// (when did this timeline start), never for a decision.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace wallaby {

using Duration = std::chrono::nanoseconds;

/// A clock type without now(): only drivers (server, sim) can make a TimePoint.
struct NodeClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<NodeClock>;
  static constexpr bool is_steady = true;
};
using TimePoint = NodeClock::time_point;

inline constexpr TimePoint kNever = TimePoint::max();

struct WallTime {
  int64_t microseconds = 0;
  auto operator<=>(const WallTime&) const = default;
};

/// "2026-11-23 16:40:07.123456 UTC"
std::string to_string(WallTime time);
std::ostream& operator<<(std::ostream& out, WallTime time);

/// A duration for people, three digits: "0.42 ms", "1.5 s", "3 min".
std::string to_human(Duration duration);

}  // namespace wallaby
