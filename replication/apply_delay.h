// replication/apply_delay.h
//
// --apply-delay: a replica that stays behind on purpose. A ceiling on `applied` that moves with time: up to where this
// node's log was flushed at least so long ago.
//
//     flushed   10 s: 0/58    11 s: 0/A0    12 s: 0/E8        delay 5 s, at 16.5 s: the ceiling is 0/A0
//
// Measured from the flush here, by this node's clock alone, so no clocks need agree. A bounded number of samples is kept:
// when they are full, the newest one moves on, so that a record may be held a little longer than the delay, never shorter.
// What was in the log when the process began is not held: a restart forgets how old it is.
//
// Pure; time is passed in. Compare PostgreSQL's recovery_min_apply_delay, which trusts the primary's commit times.
#pragma once

#include <algorithm>
#include <deque>

#include "base/lsn.h"
#include "base/time.h"

namespace wallaby::replication {

class ApplyDelay {
 public:
  /// `delay` zero: no ceiling at all. Everything below `flushed` is free.
  ApplyDelay(Duration delay, Lsn flushed) : delay_(delay), free_(flushed), newest_(flushed) {}

  Duration delay() const { return delay_; }
  bool active() const { return delay_ > Duration::zero(); }

  void flushed(TimePoint now, Lsn lsn) {
    if (!active() || lsn <= newest_) return;
    newest_ = lsn;
    if (samples_.size() < kMaxSamples)
      samples_.push_back({lsn, now});
    else
      samples_.back() = {lsn, now};
  }
  /// Up to where may be applied now.
  Lsn ceiling(TimePoint now) {
    if (!active()) return kMaxLsn;
    for (; !samples_.empty() && now - samples_.front().at >= delay_; samples_.pop_front())
      free_ = samples_.front().lsn;
    return free_;
  }
  /// When the ceiling moves next.
  TimePoint next_deadline() const { return samples_.empty() ? kNever : samples_.front().at + delay_; }
  /// A base copy put a log in place.
  void restart(Lsn flushed) {
    samples_.clear();
    free_ = newest_ = flushed;
  }

 private:
  struct Sample {
    Lsn lsn;
    TimePoint at;
  };
  static constexpr size_t kMaxSamples = 4096;

  Duration delay_;
  Lsn free_, newest_;
  std::deque<Sample> samples_;
};

}  // namespace wallaby::replication
