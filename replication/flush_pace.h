// replication/flush_pace.h
//
// When a replica flushes what it has received. A flush that a promise waits for starts at once; one that nobody waits for leaves
// the disk alone for a while, and takes more records along. And its report: receipt that nobody waits for is told with the flush, if
// that does not take too long.
//
//     async, a commit every 0.3 ms:  | flush | ... 10 ms ... | flush of 33 records | ... 10 ms ... | flush | ...
//     durable or sync:               | flush | flush | flush | ...
//
// The first record after a pause is flushed at once, so a quiet cluster's replicas are never behind for it. Whether somebody waits
// the feeder says with the data (Data::awaited): a session with a rung of its own counts as the switch does. Sessions here that
// wait for a position count too.
//
// Invariants
//   1. What came while somebody waited for its flush is never put off, nor is what lies before it in the log.
//   2. Nothing is put off for longer than kGap since the last flush began, nor once kMost bytes have come together.
//   3. Receipt is reported at once when it is waited for, else with the flush or kGap later, whichever comes first.
//
// Owns positions and times only. Pure; time is passed in; no errors. Compare the log's own group commit (wal/group_commit.h), which
// never waits.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/lsn.h"
#include "base/time.h"
#include "replication/stage.h"

namespace wallaby::replication {

class FlushPace {
 public:
  /// Between the starts of two flushes that nobody waits for.
  static constexpr Duration kGap = std::chrono::milliseconds(10);
  /// So much is flushed whatever the time.
  static constexpr uint64_t kMost = 1 << 20;

  /// Log bytes up to `end` came.
  void arrived(Lsn end, std::optional<Stage> awaited) {
    awaited_ = awaited;
    if (awaited && *awaited != Stage::kReceived) wanted_ = std::max(wanted_, end);
  }
  void flush_started(TimePoint now) { next_ = now + kGap; }
  /// Whether a flush of what lies between `flushed` and `written` may start now.
  bool may_start(TimePoint now, Lsn flushed, Lsn written) const {
    return now >= next_ || wanted_ > flushed || written - flushed >= kMost;
  }
  /// When to report what is received at `now`, if nothing more can be said of it before.
  TimePoint report_due(TimePoint now) const { return awaited_ == Stage::kReceived ? now : now + kGap; }
  /// When one that was put off may start; kNever when there is none, or none is put off.
  TimePoint next_deadline(TimePoint now, Lsn flushed, Lsn written) const {
    return flushed < written && now < next_ ? next_ : kNever;
  }
  /// What the newest data said: replicas that we feed are told the same.
  std::optional<Stage> awaited() const { return awaited_; }
  /// A base copy puts another log in place.
  void restart() { *this = {}; }

 private:
  TimePoint next_{};
  Lsn wanted_;  ///< somebody waits for the flush of all before
  std::optional<Stage> awaited_;
};

}  // namespace wallaby::replication
