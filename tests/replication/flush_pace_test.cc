#include "replication/flush_pace.h"

#include <gtest/gtest.h>

namespace wallaby::replication {
namespace {

using std::chrono::microseconds;

constexpr TimePoint kStart{std::chrono::hours(1)};

TEST(FlushPace, TheFirstIsFlushedAtOnceAndThoseBehindItTogether) {
  FlushPace pace;
  pace.arrived(Lsn{48}, {});
  EXPECT_TRUE(pace.may_start(kStart, Lsn{0}, Lsn{48}));
  pace.flush_started(kStart);
  EXPECT_EQ(pace.next_deadline(kStart, Lsn{0}, Lsn{96}), kStart + FlushPace::kGap);
  EXPECT_EQ(pace.next_deadline(kStart, Lsn{96}, Lsn{96}), kNever) << "nothing is put off";
  EXPECT_EQ(pace.next_deadline(kStart + FlushPace::kGap, Lsn{0}, Lsn{96}), kNever) << "it may start now";
  pace.arrived(Lsn{96}, {});
  EXPECT_FALSE(pace.may_start(kStart + microseconds(300), Lsn{48}, Lsn{96}));
  pace.arrived(Lsn{144}, {});
  EXPECT_FALSE(pace.may_start(kStart + FlushPace::kGap - microseconds(1), Lsn{48}, Lsn{144}));
  EXPECT_TRUE(pace.may_start(kStart + FlushPace::kGap, Lsn{48}, Lsn{144}));
}

TEST(FlushPace, WhatSomebodyWaitsForIsNotPutOff) {
  FlushPace pace;
  pace.flush_started(kStart);
  pace.arrived(Lsn{96}, Stage::kFlushed);
  EXPECT_EQ(pace.awaited(), Stage::kFlushed);
  pace.arrived(Lsn{144}, {});
  EXPECT_EQ(pace.awaited(), std::nullopt);
  EXPECT_TRUE(pace.may_start(kStart, Lsn{48}, Lsn{144})) << "the wait for 96 stands";
  EXPECT_FALSE(pace.may_start(kStart, Lsn{96}, Lsn{144}));
}

TEST(FlushPace, ReceiptIsReportedWithTheFlushUnlessItIsWaitedFor) {
  FlushPace pace;
  pace.arrived(Lsn{48}, {});
  EXPECT_EQ(pace.report_due(kStart), kStart + FlushPace::kGap);
  pace.arrived(Lsn{96}, Stage::kApplied);
  EXPECT_EQ(pace.report_due(kStart), kStart + FlushPace::kGap);
  pace.flush_started(kStart);
  pace.arrived(Lsn{144}, Stage::kReceived);
  EXPECT_EQ(pace.report_due(kStart), kStart);
  EXPECT_FALSE(pace.may_start(kStart, Lsn{96}, Lsn{144})) << "nobody waits for the flush";
}

TEST(FlushPace, MuchIsFlushedWhateverTheTime) {
  FlushPace pace;
  pace.flush_started(kStart);
  pace.arrived(Lsn{FlushPace::kMost}, {});
  EXPECT_FALSE(pace.may_start(kStart, Lsn{0}, Lsn{FlushPace::kMost - 1}));
  EXPECT_TRUE(pace.may_start(kStart, Lsn{0}, Lsn{FlushPace::kMost}));
}

}  // namespace
}  // namespace wallaby::replication
