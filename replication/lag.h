// replication/lag.h
//
// Lag in time, by the feeder's clock alone: when did we flush the position that the replica has only now reached at this stage?
//
// A bounded ring of samples (position, when we flushed it) has one writing end and a reading end for each stage. A report moves
// each stage's reading end over the samples at or below its position; the lag is then now minus the time of the last
// crossed sample. Nothing outstanding: 0. A stage that stands still while samples wait: the age of the oldest waiting one.
// Source: PostgreSQL's walsender LagTracker (src/backend/replication/walsender.c); ours shows 0 on an idle primary.
#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include "base/lsn.h"
#include "base/time.h"
#include "replication/stage.h"

namespace wallaby::replication {

class LagTracker {
 public:
  /// We flushed up to `lsn` at `now`.
  void flushed(TimePoint now, Lsn lsn);
  /// The replica reported.
  void reported(TimePoint now, const Positions& positions);
  /// Lag of one of kReceived, kFlushed, kApplied, as of `now`.
  Duration lag(TimePoint now, Stage stage) const;

 private:
  struct Sample {
    Lsn lsn;
    TimePoint at;
  };
  static constexpr size_t kMaxSamples = 1024;
  std::deque<Sample> samples_;
  std::array<Lsn, 3> reached_{};
};

}  // namespace wallaby::replication
