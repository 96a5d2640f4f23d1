// sim/scheduler.h
//
// Virtual time: one queue of things to do, ordered by (time, order of entry). Nothing in a simulated life
// happens except from this queue, so the same seed makes the same life, event for event.
//
//     scheduler.after(2ms, [&] { net.deliver(...); });
//     while (scheduler.run_next()) ...
//
// Owns the actions until they run. Threads: none. Left out: cancelling; whoever schedules checks, when its turn
// comes, whether the thing still matters.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/time.h"

namespace wallaby::sim {

/// Time since the life began, by nobody's clock.
using SimTime = Duration;

class Scheduler {
 public:
  using Action = std::function<void()>;

  SimTime now() const { return now_; }
  /// Not before now.
  void at(SimTime when, Action action);
  void after(Duration delay, Action action) { at(now_ + delay, std::move(action)); }
  /// Runs the next action and moves time to it; false when there is none.
  bool run_next();
  /// Runs everything due up to `until`, and moves time there.
  void run_until(SimTime until);
  uint64_t executed() const { return executed_; }
  bool empty() const { return queue_.empty(); }
  SimTime next_time() const { return queue_.front().when; }

 private:
  struct Entry {
    SimTime when;
    uint64_t order;
    Action action;
    bool operator<(const Entry& other) const {  // for a heap with the earliest on top
      return when != other.when ? when > other.when : order > other.order;
    }
  };
  std::vector<Entry> queue_;
  SimTime now_{};
  uint64_t entered_ = 0;
  uint64_t executed_ = 0;
};

}  // namespace wallaby::sim
