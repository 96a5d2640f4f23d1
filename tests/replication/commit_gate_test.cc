#include "replication/commit_gate.h"

#include <gtest/gtest.h>

#include "tests/replication/gate.h"

namespace wallaby::replication {
namespace {

// --- each rung's promise ---------------------------------------------------------------------------------------

TEST(CommitGate, AsyncReleasesWhatThePrimaryFlushed) {
  Gate gate(policy(Rung::kAsync));
  gate.commit(1, 48);
  gate.commit(2, 96);
  EXPECT_EQ(gate.said(), Lines{});
  gate.gate.local(gate.now, Lsn{96}, Lsn{48});
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, async"}));
  gate.flush(96);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/60", "release 2 at 0/60, async"}));
}

TEST(CommitGate, SemiSyncWaitsUntilOneReplicaReceived) {
  Gate gate(policy(Rung::kSemiSync), {"r1", "r2"});
  gate.commit(1, 48);
  gate.commit(2, 96);
  gate.flush(96);
  EXPECT_EQ(gate.said(), Lines{});
  gate.report("r1", positions(48, 0, 0));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, semi-sync by r1"}));
  gate.report("r2", positions(96, 0, 0));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/60", "release 2 at 0/60, semi-sync by r2"}));
  gate.report("r1", positions(96, 0, 0));
  EXPECT_EQ(gate.said(), Lines{});
}

TEST(CommitGate, DurableWaitsUntilOneReplicaFlushed) {
  Gate gate(policy(Rung::kDurable), {"r1"});
  gate.commit(1, 48);
  gate.flush(48);
  gate.report("r1", positions(48, 0, 0));
  EXPECT_EQ(gate.said(), Lines{});
  gate.report("r1", positions(48, 48, 0));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, durable by r1"}));
}

TEST(CommitGate, SyncWaitsUntilEveryMemberApplied) {
  Gate gate(policy(Rung::kSync), {"r1", "r2"});
  gate.commit(1, 48);
  gate.flush(48);
  gate.report("r1", all_at(48));
  gate.report("r2", positions(48, 48, 0));
  EXPECT_EQ(gate.said(), Lines{});
  gate.report("r2", all_at(48));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, sync by r1, r2"}));
}

TEST(CommitGate, NothingIsVisibleBeforeThePrimaryFlushedIt) {
  Gate gate(policy(Rung::kSemiSync), {"r1"});
  gate.commit(1, 48);
  gate.report("r1", positions(48, 0, 0));
  EXPECT_EQ(gate.said(), Lines{});
  gate.flush(48);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, semi-sync by r1"}));
}

TEST(CommitGate, OneReportReleasesManyInLogOrder) {
  Gate gate(policy(Rung::kSync), {"r1"});
  for (TxnId txn = 1; txn <= 3; ++txn) gate.commit(txn, txn * 8);
  gate.flush(24);
  gate.report("r1", all_at(24));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/18", "release 1 at 0/8, sync by r1",
                                "release 2 at 0/10, sync by r1", "release 3 at 0/18, sync by r1"}));
}

// --- who counts --------------------------------------------------------------------------------------------------

TEST(CommitGate, OnlyMembersCount) {
  Gate gate(policy(Rung::kSemiSync));
  gate.gate.joined(gate.now, "r1", {});
  gate.commit(1, 48);
  gate.flush(48);
  gate.report("r1", all_at(48));
  EXPECT_EQ(gate.said(), Lines{}) << "it streams, but its member record is not flushed yet";
  gate.gate.set_members(gate.now, {"r1"});
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, semi-sync by r1"}));
}

TEST(CommitGate, AMemberThatLeftDoesNotCountUntilItIsBack) {
  Gate gate(policy(Rung::kSemiSync), {"r1"});
  gate.commit(1, 48);
  gate.report("r1", all_at(48));
  gate.gate.left(gate.now, "r1");
  gate.flush(48);
  EXPECT_EQ(gate.said(), Lines{});
  gate.report("r1", all_at(48));  // a report of the old link
  EXPECT_EQ(gate.said(), Lines{});
  gate.gate.joined(gate.now, "r1", all_at(48));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, semi-sync by r1"}));
}

TEST(CommitGate, SyncWithoutAMemberWaits) {
  Gate gate(policy(Rung::kSync));
  gate.commit(1, 48);
  gate.flush(48);
  EXPECT_EQ(gate.said(), Lines{});
  EXPECT_EQ(gate.gate.missing_text(), "sync: no replica has joined yet; start one, or `wallaby ack async`");
}

TEST(CommitGate, DroppingTheMissingMemberReleases) {
  Gate gate(policy(Rung::kSync), {"r1", "r2"});
  gate.commit(1, 48);
  gate.flush(48);
  gate.report("r1", all_at(48));
  gate.gate.left(gate.now, "r2");
  EXPECT_EQ(gate.gate.missing(), std::vector<NodeName>{"r2"});
  gate.gate.set_members(gate.now, {"r1"});
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, sync by r1"}));
  EXPECT_TRUE(gate.gate.missing().empty());
  EXPECT_EQ(gate.gate.missing_text(), "");
}

TEST(CommitGate, AnyTwoNeedsTwo) {
  Gate gate(policy(Rung::kSync, "ANY 2 (*)"), {"r1", "r2", "r3"});
  gate.commit(1, 48);
  gate.flush(48);
  gate.report("r3", all_at(48));
  EXPECT_EQ(gate.said(), Lines{});
  gate.report("r1", all_at(48));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, sync by r1, r3"}));
}

TEST(CommitGate, FirstWaitsForTheOneThatStandsFirstAndTakesTheNextWhenItLeaves) {
  Gate gate(policy(Rung::kSync, "FIRST 1 (r2, r1)"), {"r1", "r2"});
  gate.commit(1, 48);
  gate.flush(48);
  gate.report("r1", all_at(48));
  EXPECT_EQ(gate.said(), Lines{}) << "r2 stands first, however quick r1 is";
  gate.leave("r2");
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, sync by r1"}));
  gate.commit(2, 96);
  gate.flush(96);
  gate.join("r2", all_at(48));
  gate.report("r1", all_at(96));
  EXPECT_EQ(gate.said(), Lines{}) << "and it is back";
  gate.report("r2", all_at(96));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/60", "release 2 at 0/60, sync by r2"}));
}

TEST(CommitGate, AnOlderReportChangesNothing) {
  Gate gate(policy(Rung::kSemiSync), {"r1"});
  gate.commit(1, 48);
  gate.report("r1", all_at(48));
  gate.report("r1", all_at(8));
  gate.flush(48);
  EXPECT_EQ(gate.said().size(), 2u);
}

// --- the switch is thrown --------------------------------------------------------------------------------------

TEST(CommitGate, AWeakerPolicyReleasesAtOnce) {
  Gate gate(policy(Rung::kSync), {"r1"});
  gate.commit(1, 48);
  gate.flush(48);
  gate.gate.set_policy(gate.now, policy(Rung::kAsync));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, async"}));
}

TEST(CommitGate, AStrongerPolicyHoldsWhatIsNotYetAcknowledgedAndTakesNothingBack) {
  Gate gate(policy(Rung::kAsync), {"r1"});
  gate.commit(1, 48);
  gate.flush(48);
  EXPECT_EQ(gate.said().size(), 2u);
  gate.commit(2, 96);
  gate.gate.set_policy(gate.now, policy(Rung::kSync));
  gate.flush(96);
  EXPECT_EQ(gate.said(), Lines{});
  EXPECT_EQ(gate.gate.visible(), Lsn{48});
  gate.report("r1", all_at(96));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/60", "release 2 at 0/60, sync by r1"}));
}

TEST(CommitGate, AnotherSetOfReplicasReleasesAtOnce) {
  Gate gate(policy(Rung::kSync), {"r1", "r2"});
  gate.commit(1, 48);
  gate.flush(48);
  gate.report("r1", all_at(48));
  gate.gate.set_policy(gate.now, policy(Rung::kSync, "ANY 1 (r1)"));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/30", "release 1 at 0/30, sync by r1"}));
}

// --- sessions with a rung of their own -------------------------------------------------------------------------

TEST(CommitGate, AWeakerSessionIsToldEarlyAndItsCommitStaysInvisible) {
  Gate gate(policy(Rung::kSync), {"r1"});
  gate.commit(1, 48, Rung::kAsync);
  gate.commit(2, 96, Rung::kSemiSync);
  gate.flush(96);
  EXPECT_EQ(gate.said(), Lines{"release 1 at 0/30, async"});
  gate.report("r1", positions(96, 0, 0));
  EXPECT_EQ(gate.said(), Lines{"release 2 at 0/60, semi-sync by r1"});
  EXPECT_EQ(gate.gate.visible(), Lsn{});
}

TEST(CommitGate, AStrongerSessionIsToldAfterItsOwnPromiseHolds) {
  Gate gate(policy(Rung::kAsync), {"r1"});
  gate.commit(1, 48, Rung::kSync);
  gate.flush(48);
  EXPECT_EQ(gate.said(), Lines{"visible to 0/30"});
  gate.report("r1", all_at(48));
  EXPECT_EQ(gate.said(), Lines{"release 1 at 0/30, sync by r1"});
}

TEST(CommitGate, ASessionsOwnRungOutlivesTheSwitch) {
  Gate gate(policy(Rung::kSync), {"r1"});
  gate.commit(1, 48, Rung::kSync);
  gate.flush(48);
  gate.gate.set_policy(gate.now, policy(Rung::kAsync));
  EXPECT_EQ(gate.said(), Lines{"visible to 0/30"});
  gate.report("r1", all_at(48));
  EXPECT_EQ(gate.said(), Lines{"release 1 at 0/30, sync by r1"});
}

TEST(CommitGate, RepliesOfOneTurnLeaveInLogOrderWhateverTheirRung) {
  Gate gate(policy(Rung::kSync), {"r1"});
  gate.commit(1, 8);
  gate.commit(2, 16, Rung::kAsync);
  gate.commit(3, 24, Rung::kSemiSync);
  gate.commit(4, 32);
  gate.report("r1", all_at(32));
  EXPECT_EQ(gate.said(), Lines{});
  gate.flush(32);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/20", "release 1 at 0/8, sync by r1", "release 2 at 0/10, async",
                                "release 3 at 0/18, semi-sync by r1", "release 4 at 0/20, sync by r1"}));
}

// --- waits that end, and that do not ---------------------------------------------------------------------------

TEST(CommitGate, AnAbandonedCommitIsAcknowledgedLikeAnyOtherButNobodyIsTold) {
  Gate gate(policy(Rung::kSemiSync), {"r1"});
  for (TxnId txn = 1; txn <= 3; ++txn) gate.commit(txn, txn * 8);
  gate.gate.abandon(2);
  gate.gate.abandon(2);
  gate.gate.abandon(99);
  EXPECT_EQ(gate.gate.waiting(), 2u);
  gate.flush(24);
  gate.report("r1", all_at(24));
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/18", "release 1 at 0/8, semi-sync by r1",
                                "release 3 at 0/18, semi-sync by r1"}));
  gate.gate.abandon(1);  // too late
  EXPECT_EQ(gate.gate.counters().at(Rung::kSemiSync),
            (RungCounters{.acknowledged = 2, .waiting = 0, .abandoned = 1}));
}

TEST(CommitGate, WhileStoppedNothingIsAcknowledgedNotEvenAsync) {
  Gate gate(policy(Rung::kAsync), {"r1"});
  gate.gate.set_stopped(gate.now, "r1 holds more than we do");
  gate.commit(1, 48);
  gate.commit(2, 96, Rung::kAsync);
  gate.flush(96);
  EXPECT_EQ(gate.said(), Lines{});
  EXPECT_EQ(gate.gate.missing_text(), "nothing is acknowledged now: r1 holds more than we do");
  EXPECT_EQ(gate.tick(1000).front(),
            "notice to 1 after 1 s: nothing is acknowledged now: r1 holds more than we do");
  gate.gate.set_stopped(gate.now, std::nullopt);
  EXPECT_EQ(gate.said(), (Lines{"visible to 0/60", "release 1 at 0/30, async", "release 2 at 0/60, async"}));
}

// --- after a restart ---------------------------------------------------------------------------------------------

TEST(CommitGate, AfterARestartInAWaitingModeTheLogIsAcknowledgedAgainFirst) {
  CommitGate gate({}, policy(Rung::kSync), false, Lsn{48}, Lsn{96});
  gate.set_members({}, {"r1"});
  EXPECT_EQ(lines(gate.take_outputs()), Lines{});
  EXPECT_EQ(gate.visible(), Lsn{48});
  EXPECT_EQ(gate.missing(), std::vector<NodeName>{"r1"});
  gate.joined({}, "r1", all_at(96));
  EXPECT_EQ(lines(gate.take_outputs()), Lines{"visible to 0/60"});
}

TEST(CommitGate, AfterARestartInAsyncAllOfTheLogIsVisible) {
  CommitGate gate({}, policy(Rung::kAsync), false, Lsn{48}, Lsn{96});
  EXPECT_EQ(lines(gate.take_outputs()), Lines{"visible to 0/60"});
  EXPECT_TRUE(gate.missing().empty());
}

TEST(CommitGate, CountersFollowTheSwitch) {
  Gate gate(policy(Rung::kSync), {"r1"});
  gate.commit(1, 8);
  gate.commit(2, 16, Rung::kSync);
  EXPECT_EQ(gate.gate.counters().at(Rung::kSync).waiting, 2u);
  gate.gate.set_policy(gate.now, policy(Rung::kSemiSync));
  EXPECT_EQ(gate.gate.counters().at(Rung::kSync).waiting, 1u);
  EXPECT_EQ(gate.gate.counters().at(Rung::kSemiSync).waiting, 1u);
  gate.said();
}

TEST(CommitGate, KnowsWhatReplicasAreWaitedForTo) {
  Gate gate(policy(Rung::kSemiSync), {"r1"});
  gate.commit(1, 48);
  EXPECT_EQ(gate.gate.awaited_of_replicas(), Stage::kReceived);
  gate.commit(2, 96, Rung::kDurable);
  EXPECT_EQ(gate.gate.awaited_of_replicas(), Stage::kFlushed);
  gate.flush(96);
  gate.report("r1", positions(96, 96, 48));
  EXPECT_EQ(gate.gate.awaited_of_replicas(), Stage::kReceived);
  gate.gate.set_policy(gate.now, policy(Rung::kSync));
  EXPECT_EQ(gate.gate.awaited_of_replicas(), Stage::kApplied) << "readers wait for it, if nobody else";
  gate.gate.set_policy(gate.now, policy(Rung::kAsync));
  EXPECT_EQ(gate.gate.awaited_of_replicas(), std::nullopt);
}

}  // namespace
}  // namespace wallaby::replication
