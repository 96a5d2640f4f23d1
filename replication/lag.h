// replication/lag.h
//
// Lag in time, by the feeder's clock alone: when did we flush the position that the replica has only now reached at this stage?
//
// A bounded ring of samples (position, when we flushed it) has one writing end and a reading end for each stage. A report moves
// each stage's reading end over the samples at or below its position; the lag is then now minus the time of the last
// crossed sample. Nothing outstanding: 0. A stage that stands still while samples wait: the age of the oldest waiting one.
//
//     flushed here at     1.0 s  2.0 s  3.0 s       r1 applies up to the first at 1.1 s:  lag 0.1 s while more is outstanding,
//     up to               0/58   0/A0   0/E8        and stops: at 5.0 s the lag is 3.0 s, the age of 0/A0
//
// Far behind, time is measured more coarsely, in the same memory: samples lie about 1/500 of the whole span apart.
// Call flushed() once when the link begins: what was flushed before counts from then on.
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

  std::deque<Sample>::const_iterator waiting_for(Lsn position) const;
  void thin_out();

  std::deque<Sample> samples_;          ///< rising; none that all stages have reached
  std::array<Lsn, 3> reached_{};        ///< received, flushed, applied
  std::array<Duration, 3> measured_{};  ///< at the last crossed sample
};

}  // namespace wallaby::replication
