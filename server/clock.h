// server/clock.h
//
// The machine's two clocks, as the cores are told them (base/time.h). Only drivers may look at a clock.
#pragma once

#include "base/time.h"

namespace wallaby::server {

/// Monotonic: for timeouts and durations.
TimePoint steady_now();
/// The calendar's: for people.
WallTime wall_now();

}  // namespace wallaby::server
