#include "replication/flush_pace.h"

#include <gtest/gtest.h>

namespace wallaby::replication {
namespace {

using std::chrono::microseconds;

constexpr TimePoint kStart{std::chrono::hours(1)};

TEST(FlushPace, TheFirstIsFlushedAtOnceAndThoseBehindItTogether) {
  FlushPace pace;
  pace.arrived(Lsn{48}, true);
  EXPECT_TRUE(pace.may_start(kStart, Lsn{0}, Lsn{48}));
  pace.flush_started(kStart);
  EXPECT_EQ(pace.next_deadline(kStart, Lsn{0}, Lsn{96}), kStart + FlushPace::kGap);
  EXPECT_EQ(pace.next_deadline(kStart, Lsn{96}, Lsn{96}), kNever) << "nothing is put off";
  EXPECT_EQ(pace.next_deadline(kStart + FlushPace::kGap, Lsn{0}, Lsn{96}), kNever) << "it may start now";
  pace.arrived(Lsn{96}, true);
  EXPECT_FALSE(pace.may_start(kStart + microseconds(300), Lsn{48}, Lsn{96}));
  pace.arrived(Lsn{144}, true);
  EXPECT_FALSE(pace.may_start(kStart + FlushPace::kGap - microseconds(1), Lsn{48}, Lsn{144}));
  EXPECT_TRUE(pace.may_start(kStart + FlushPace::kGap, Lsn{48}, Lsn{144}));
}

TEST(FlushPace, WhatSomebodyWaitsForIsNotPutOff) {
  FlushPace pace;
  pace.flush_started(kStart);
  pace.arrived(Lsn{96}, false);
  EXPECT_FALSE(pace.at_leisure());
  pace.arrived(Lsn{144}, true);
  EXPECT_TRUE(pace.at_leisure());
  EXPECT_TRUE(pace.may_start(kStart, Lsn{48}, Lsn{144})) << "the wait for 96 stands";
  EXPECT_FALSE(pace.may_start(kStart, Lsn{96}, Lsn{144}));
}

TEST(FlushPace, MuchIsFlushedWhateverTheTime) {
  FlushPace pace;
  pace.flush_started(kStart);
  pace.arrived(Lsn{FlushPace::kMost}, true);
  EXPECT_FALSE(pace.may_start(kStart, Lsn{0}, Lsn{FlushPace::kMost - 1}));
  EXPECT_TRUE(pace.may_start(kStart, Lsn{0}, Lsn{FlushPace::kMost}));
}

}  // namespace
}  // namespace wallaby::replication
