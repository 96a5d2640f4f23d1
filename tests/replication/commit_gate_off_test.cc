// The lowest rung: told, and seen, as soon as a record is appended.
#include <gtest/gtest.h>

#include "tests/replication/gate.h"

namespace wallaby::replication {
namespace {

TEST(CommitGateOff, OffReleasesWhatIsAppendedBeforeAnyFlush) {
  Gate gate(policy(Rung::kOff));
  gate.append(48);
  EXPECT_EQ(gate.said(), Lines{"visible to 0/30"});
  gate.commit(1, 48);
  EXPECT_EQ(gate.said(), Lines{"release 1 at 0/30, off"});
  gate.commit(2, 96);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/60", "release 2 at 0/60, off"}));
  gate.flush(96);
  EXPECT_EQ(gate.said(), Lines{});
  EXPECT_EQ(gate.counters(Rung::kOff).acknowledged, 2u);
}

TEST(CommitGateOff, ThrownToOffTheSwitchLetsThroughAllThatIsAppended) {
  Gate gate(policy(Rung::kSync), {"r1"});
  gate.commit(1, 48);
  gate.commit(2, 96);
  gate.gate.set_policy(gate.now, policy(Rung::kOff));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/60", "release 1 at 0/30, off", "release 2 at 0/60, off"}));
}

TEST(CommitGateOff, WhatOffHasShownStaysShownUnderAStrongerPolicy) {
  Gate gate(policy(Rung::kOff), {"r1"});
  gate.commit(1, 48);
  gate.said();
  gate.gate.set_policy(gate.now, policy(Rung::kSync));
  gate.commit(2, 96);
  gate.flush(48);
  EXPECT_EQ(gate.said(), Lines{});
  EXPECT_EQ(gate.gate.visible(), Lsn{48});
  EXPECT_TRUE(gate.gate.missing().empty());
  EXPECT_EQ(gate.gate.missing_text(), "");
  gate.flush(96);
  EXPECT_EQ(gate.said(), Lines{});
  EXPECT_EQ(gate.gate.missing(), std::vector<NodeName>{"r1"});
  gate.report("r1", all_at(96));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/60", "release 2 at 0/60, sync by r1"}));
}

TEST(CommitGateOff, ASessionThatAsksForOffIsToldAtOnceAndItsCommitStaysInvisible) {
  Gate gate(policy(Rung::kAsync));
  gate.commit(1, 48, Rung::kOff);
  EXPECT_EQ(gate.said(), Lines{"release 1 at 0/30, off"});
  EXPECT_EQ(gate.gate.visible(), Lsn{});
  gate.flush(48);
  EXPECT_EQ(gate.said(), Lines{"visible to 0/30"});
}

TEST(CommitGateOff, StrongerSessionsAreToldWhenTheirOwnPromiseHolds) {
  Gate gate(policy(Rung::kOff), {"r1"});
  gate.commit(1, 48, Rung::kAsync);
  gate.commit(2, 96, Rung::kSync);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "visible to 0/60"}));
  gate.report("r1", positions(96, 96, 0));
  gate.flush(96);
  EXPECT_EQ(gate.said(), Lines{"release 1 at 0/30, async"});
  gate.report("r1", all_at(96));
  EXPECT_EQ(gate.said(), Lines{"release 2 at 0/60, sync by r1"});
}

TEST(CommitGateOff, WhileStoppedOffAcknowledgesNothingEither) {
  Gate gate(policy(Rung::kOff));
  gate.gate.set_stopped(gate.now, "a test");
  gate.commit(1, 48);
  EXPECT_EQ(gate.said(), Lines{});
  gate.gate.set_stopped(gate.now, std::nullopt);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, off"}));
}

TEST(CommitGateOff, AfterARestartUnderOffAllOfTheLogIsVisible) {
  CommitGate gate({}, policy(Rung::kOff), false, Lsn{48}, Lsn{96});
  EXPECT_EQ(lines(gate.take_outputs()), Lines{"visible to 0/60"});
}

}  // namespace
}  // namespace wallaby::replication
