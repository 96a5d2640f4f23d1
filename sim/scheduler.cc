#include "sim/scheduler.h"

#include <algorithm>
#include <utility>

namespace wallaby::sim {

void Scheduler::at(SimTime when, Action action) {
  queue_.push_back(Entry{std::max(when, now_), entered_++, std::move(action)});
  std::push_heap(queue_.begin(), queue_.end());
}

bool Scheduler::run_next() {
  if (queue_.empty()) return false;
  std::pop_heap(queue_.begin(), queue_.end());
  Entry entry = std::move(queue_.back());
  queue_.pop_back();
  now_ = entry.when;
  ++executed_;
  entry.action();
  return true;
}

void Scheduler::run_until(SimTime until) {
  while (!queue_.empty() && queue_.front().when <= until) run_next();
  now_ = std::max(now_, until);
}

}  // namespace wallaby::sim
