#include "replication/loss_meter.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

Loss loss(uint64_t commits, uint64_t bytes, bool exact = true) {
  return {.commits = commits, .bytes = bytes, .exact = exact};
}

TEST(LossMeter, CountsWhatIsAcknowledgedAndOnNoReplica) {
  LossMeter meter;
  EXPECT_EQ(meter.loss(), Loss{});
  meter.acknowledged(Lsn{40});
  meter.acknowledged(Lsn{48});
  meter.acknowledged(Lsn{56});
  EXPECT_EQ(meter.loss(), loss(3, 56));
  meter.on_replica(Lsn{40});
  EXPECT_EQ(meter.loss(), loss(2, 16));
  meter.on_replica(Lsn{52});
  EXPECT_EQ(meter.loss(), loss(1, 4));
  meter.on_replica(Lsn{56});
  EXPECT_EQ(meter.loss(), Loss{});
}

TEST(LossMeter, IsNothingWhileReplicasComeFirst) {
  LossMeter meter;
  for (uint64_t lsn = 8; lsn <= 80; lsn += 8) {
    meter.on_replica(Lsn{lsn});
    meter.acknowledged(Lsn{lsn});
    EXPECT_EQ(meter.loss(), Loss{});
  }
}

TEST(LossMeter, WhatIsNoCommitCountsInBytes) {
  LossMeter meter;
  meter.acknowledged(Lsn{40}, 3);
  meter.reach(Lsn{64});
  meter.reach(Lsn{8});
  EXPECT_EQ(meter.loss(), loss(3, 64));
  meter.on_replica(Lsn{40});
  EXPECT_EQ(meter.loss(), loss(0, 24));
  meter.acknowledged(Lsn{72}, 0);
  EXPECT_EQ(meter.loss(), loss(0, 32));
}

TEST(LossMeter, EarlyRepliesMayComeBeforeThoseThatWait) {
  LossMeter meter;
  meter.acknowledged(Lsn{56});
  meter.acknowledged(Lsn{40});
  meter.acknowledged(Lsn{48});
  meter.on_replica(Lsn{48});
  EXPECT_EQ(meter.loss(), loss(1, 8));
}

TEST(LossMeter, WhenTheFurthestReplicaIsDroppedTheBytesTellOfAllAndTheNumberOfWhatComesAfter) {
  LossMeter meter;
  meter.acknowledged(Lsn{40});
  meter.acknowledged(Lsn{80});
  meter.on_replica(Lsn{80});
  meter.on_replica(Lsn{40});
  EXPECT_EQ(meter.loss(), loss(0, 40, false));
  meter.acknowledged(Lsn{88});
  EXPECT_EQ(meter.loss(), loss(1, 48, false));
  meter.on_replica(Lsn{80});
  EXPECT_EQ(meter.loss(), loss(1, 8));
}

TEST(LossMeter, AReplicaThatWasFurtherThanAllThatIsAcknowledgedLeavesNothingUncounted) {
  LossMeter meter;
  meter.acknowledged(Lsn{40});
  meter.on_replica(Lsn{80});
  meter.on_replica(Lsn{40});
  meter.acknowledged(Lsn{80});
  EXPECT_EQ(meter.loss(), loss(1, 40));
}

TEST(LossMeter, ALogFromBeforeItsBeginningIsNotCounted) {
  LossMeter meter(Lsn{80});
  EXPECT_EQ(meter.loss(), loss(0, 80, false));
  meter.acknowledged(Lsn{88});
  EXPECT_EQ(meter.loss(), loss(1, 88, false));
  meter.on_replica(Lsn{80});
  EXPECT_EQ(meter.loss(), loss(1, 8));
}

TEST(LossMeter, ItsMemoryIsBoundedAndTheNumberErrsUpwards) {
  LossMeter meter;
  constexpr uint64_t kCommits = 100'000;
  for (uint64_t i = 1; i <= kCommits; ++i) {
    meter.acknowledged(Lsn{8 * i});
    if (i % 1000 == 0) meter.check_invariants();
  }
  EXPECT_EQ(meter.loss(), loss(kCommits, 8 * kCommits)) << "no replica stands amid any of them";
  for (uint64_t i = 1; i <= kCommits; i += 77) {
    meter.on_replica(Lsn{8 * i});
    meter.check_invariants();
    Loss now = meter.loss();
    EXPECT_EQ(now.bytes, 8 * (kCommits - i));
    EXPECT_GE(now.commits, kCommits - i);
    if (now.exact) {
      EXPECT_EQ(now.commits, kCommits - i);
    }
  }
  meter.on_replica(Lsn{8 * kCommits});
  EXPECT_EQ(meter.loss(), Loss{});
}

TEST(LossMeter, ALateReplyAmidAMergedBucketIsCounted) {
  LossMeter meter;
  for (uint64_t i = 1; i <= LossMeter::kMaxBuckets + 1; ++i) meter.acknowledged(Lsn{16 * i});
  meter.acknowledged(Lsn{24});  // between the first two, which are one now
  EXPECT_EQ(meter.loss().commits, LossMeter::kMaxBuckets + 2);
  meter.on_replica(Lsn{24});
  EXPECT_EQ(meter.loss().commits, LossMeter::kMaxBuckets + 2);
  EXPECT_FALSE(meter.loss().exact);
  meter.on_replica(Lsn{32});
  EXPECT_EQ(meter.loss(), loss(LossMeter::kMaxBuckets - 1, 16 * (LossMeter::kMaxBuckets - 1)));
}

TEST(LossMeter, AgreesWithAListOfAllCommits) {
  Random random(11);
  size_t exact = 0;
  for (int life = 0; life < 20; ++life) {
    LossMeter meter;
    std::vector<Lsn> commits;
    Lsn end, furthest, replica;
    bool went_back = false;
    for (int step = 0; step < 5000; ++step) {
      uint64_t dice = random.below(100);
      if (dice < 90) {
        end = end + 8;
        Lsn lsn = random.chance(80) ? end : Lsn{std::max(replica.value + 8, end.value - 8 * random.below(4))};
        furthest = std::max(furthest, lsn);
        meter.acknowledged(lsn);
        if (lsn > replica) commits.push_back(lsn);
      } else if (dice < 92) {
        replica = Lsn{random.between(replica.value / 8, std::max(replica, end).value / 8) * 8};
        meter.on_replica(replica);
      } else if (life % 4 == 0 && step % 1000 == 999) {
        replica = Lsn{replica.value / 16 * 8};
        meter.on_replica(replica);
        went_back = true;
      }
      std::erase_if(commits, [&](Lsn lsn) { return lsn <= replica; });
      Loss seen = meter.loss();
      ASSERT_EQ(seen.bytes, furthest - std::min(furthest, replica));
      ASSERT_GE(seen.commits, commits.size());
      if (seen.exact) {
        ASSERT_EQ(seen.commits, commits.size());
      }
      if (!went_back && commits.size() < LossMeter::kMaxBuckets / 2) exact += seen.exact;
    }
    meter.check_invariants();
  }
  EXPECT_GT(exact, 10000u);
}

TEST(LossMeter, ReadsAsASentence) {
  EXPECT_EQ(line(Loss{}), "nothing");
  EXPECT_EQ(line(loss(2, 16)), "2 commits, 16 bytes");
  EXPECT_EQ(line(loss(2, 16, false)), "about 2 commits, 16 bytes");
}

}  // namespace
}  // namespace wallaby::replication
