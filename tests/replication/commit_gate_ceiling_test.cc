// A hold on `acknowledged`: the visible position meets a ceiling, and so does every reply that must not precede it.
#include <gtest/gtest.h>

#include "tests/replication/gate.h"

namespace wallaby::replication {
namespace {

TEST(CommitGateCeiling, NothingBeyondItBecomesVisibleOrIsTold) {
  Gate gate(policy(Rung::kAsync));
  gate.hold(48);
  gate.commit(1, 48);
  gate.commit(2, 96);
  gate.flush(96);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, async"}));
  gate.hold(64);  // between two records
  EXPECT_EQ(gate.said(), Lines{"visible to 0/40"});
  gate.lift();
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/60", "release 2 at 0/60, async"}));
}

TEST(CommitGateCeiling, ItHoldsUnderOffToo) {
  Gate gate(policy(Rung::kOff));
  gate.hold(0);
  gate.commit(1, 48);
  EXPECT_EQ(gate.said(), Lines{});
  gate.hold(48);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, off"}));
}

TEST(CommitGateCeiling, ACeilingBelowWhatIsVisibleTakesNothingBack) {
  Gate gate(policy(Rung::kAsync));
  gate.commit(1, 48);
  gate.flush(48);
  gate.said();
  gate.hold(8);
  gate.commit(2, 96);
  gate.flush(96);
  EXPECT_EQ(gate.said(), Lines{});
  EXPECT_EQ(gate.gate.visible(), Lsn{48});
  EXPECT_EQ(gate.gate.missing_text(),
            "async: waiting at `acknowledged`, which is held here at 0/30; `wallaby release acknowledged` "
            "would release it");
}

TEST(CommitGateCeiling, ThePromiseIsJudgedAgainWhenItIsLifted) {
  Gate gate(policy(Rung::kSync), {"r1"});
  gate.hold(0);
  gate.commit(1, 48);
  gate.flush(48);
  gate.report("r1", all_at(48));
  gate.leave("r1");
  gate.lift();
  EXPECT_EQ(gate.said(), Lines{}) << "it was met once, but r1 is gone now";
  gate.join("r1", all_at(48));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, sync by r1"}));
}

TEST(CommitGateCeiling, StrongerSessionsWaitForItAndWeakerOnesDoNot) {
  Gate gate(policy(Rung::kSemiSync), {"r1"});
  gate.hold(0);
  gate.commit(1, 8, Rung::kOff);
  gate.commit(2, 16, Rung::kAsync);
  gate.commit(3, 24, Rung::kSemiSync);
  gate.commit(4, 32, Rung::kSync);
  gate.flush(32);
  gate.report("r1", all_at(32));
  EXPECT_EQ(gate.said(), (Lines{"release 1 at 0/8, off", "release 2 at 0/10, async"}));
  gate.hold(24);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/18", "release 3 at 0/18, semi-sync by r1"}));
  gate.lift();
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/20", "release 4 at 0/20, sync by r1"}));
}

TEST(CommitGateCeiling, ThrowingTheSwitchDoesNotLiftIt) {
  Gate gate(policy(Rung::kSync), {"r1"});
  gate.hold(0);
  gate.commit(1, 48);
  gate.flush(48);
  gate.gate.set_policy(gate.now, policy(Rung::kAsync));
  EXPECT_EQ(gate.said(), Lines{});
  gate.lift();
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, async"}));
}

TEST(CommitGateCeiling, AnAbandonedWaitUnderItIsCountedAndItsCommitAppearsLater) {
  Gate gate(policy(Rung::kAsync));
  gate.hold(0);
  gate.commit(1, 48);
  gate.flush(48);
  gate.gate.abandon(1);
  EXPECT_EQ(gate.counters(Rung::kAsync), (RungCounters{.abandoned = 1}));
  gate.lift();
  EXPECT_EQ(gate.said(), Lines{"visible to 0/30"});
}

}  // namespace
}  // namespace wallaby::replication
