#include "replication/lag.h"

#include <gtest/gtest.h>

#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

using std::chrono::milliseconds;

Positions all_at(uint64_t position) {
  return {Lsn{position}, Lsn{position}, Lsn{position}};
}

TEST(Lag, AnIdlePrimaryShowsNone) {
  LagTracker tracker;
  EXPECT_EQ(tracker.lag(at_s(100), Stage::kApplied), Duration{});
  tracker.flushed(at_s(1), Lsn{80});
  tracker.reported(at_s(2), all_at(80));
  EXPECT_EQ(tracker.lag(at_s(100), Stage::kApplied), Duration{});
}

TEST(Lag, AStageThatStandsStillGrowsOlder) {
  LagTracker tracker;
  tracker.flushed(at_ms(1000), Lsn{80});
  EXPECT_EQ(tracker.lag(at_ms(1500), Stage::kReceived), milliseconds(500));
  EXPECT_EQ(tracker.lag(at_ms(3000), Stage::kReceived), milliseconds(2000));
}

TEST(Lag, EachStageHasItsOwn) {
  LagTracker tracker;
  tracker.flushed(at_ms(1000), Lsn{80});
  tracker.flushed(at_ms(2000), Lsn{160});
  tracker.flushed(at_ms(3000), Lsn{240});
  tracker.reported(at_ms(3100), {.received = Lsn{240}, .flushed = Lsn{160}, .applied = Lsn{0}});
  EXPECT_EQ(tracker.lag(at_ms(3200), Stage::kReceived), Duration{});
  EXPECT_EQ(tracker.lag(at_ms(3200), Stage::kFlushed), milliseconds(1100))
      << "the last one it crossed was 1.1 s old";
  EXPECT_EQ(tracker.lag(at_ms(3200), Stage::kApplied), milliseconds(2200)) << "the oldest that waits";
}

TEST(Lag, AfterAPauseItShrinksAsReplayCatchesUp) {
  LagTracker tracker;
  for (int second = 1; second <= 60; ++second)
    tracker.flushed(at_s(second), Lsn{static_cast<uint64_t>(second) * 8});
  Duration last = tracker.lag(at_s(61), Stage::kApplied);
  EXPECT_EQ(last, std::chrono::seconds(60));
  last += milliseconds(20);                                  // the first step itself takes time
  for (uint64_t applied = 8; applied < 480; applied += 8) {  // quick replay: a record each 10 ms
    TimePoint now = at_s(61) + milliseconds(applied / 8 * 10);
    tracker.reported(now, all_at(applied));
    Duration lag = tracker.lag(now, Stage::kApplied);
    EXPECT_LT(lag, last);
    last = lag;
  }
  tracker.reported(at_s(62), all_at(480));
  EXPECT_EQ(tracker.lag(at_s(62), Stage::kApplied), Duration{});
}

TEST(Lag, WhatWasMeasuredOnceDoesNotReturnWithTheNextWrite) {
  LagTracker tracker;
  tracker.flushed(at_s(1), Lsn{80});
  tracker.flushed(at_s(2), Lsn{160});
  tracker.reported(at_s(50), all_at(80));
  tracker.reported(at_s(51), all_at(160));
  tracker.flushed(at_s(60), Lsn{240});
  EXPECT_EQ(tracker.lag(at_ms(60010), Stage::kApplied), milliseconds(10));
}

TEST(Lag, AFullRingGetsCoarserButNotYounger) {
  LagTracker tracker;
  for (uint64_t i = 1; i <= 100000; ++i) tracker.flushed(at_ms(static_cast<int64_t>(i)), Lsn{i * 8});
  // The oldest kept sample stands for all before it.
  Duration oldest = tracker.lag(at_ms(100000), Stage::kApplied);
  EXPECT_GT(oldest, milliseconds(99000));
  tracker.reported(at_ms(100000), all_at(50000 * 8));
  Duration middle = tracker.lag(at_ms(100000), Stage::kApplied);
  EXPECT_GT(middle, milliseconds(49000));
  EXPECT_LT(middle, milliseconds(51000));
  tracker.reported(at_ms(100001), all_at(100000 * 8));
  EXPECT_EQ(tracker.lag(at_ms(100001), Stage::kApplied), Duration{});
}

TEST(Lag, ARestartedReplicaIsMeasuredFromItsReportOn) {
  LagTracker tracker;
  tracker.flushed(at_s(1), Lsn{80});
  tracker.reported(at_s(2), all_at(80));
  tracker.reported(at_s(3), all_at(0));  // a base copy began
  tracker.flushed(at_s(4), Lsn{160});
  EXPECT_EQ(tracker.lag(at_s(5), Stage::kApplied), std::chrono::seconds(1));
}

}  // namespace
}  // namespace wallaby::replication
