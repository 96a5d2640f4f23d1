#include "replication/commit_gate.h"

#include <gtest/gtest.h>

#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

Positions positions(uint64_t received, uint64_t flushed, uint64_t applied) {
  return {Lsn{received}, Lsn{flushed}, Lsn{applied}};
}
Positions all_at(uint64_t lsn) {
  return positions(lsn, lsn, lsn);
}

/// A gate at its log's beginning, and the test's clock.
struct Gate {
  explicit Gate(Policy policy, std::set<NodeName> members = {}) : gate(std::move(policy), Lsn{}, Lsn{}) {
    gate.set_members(now, members);
    for (const NodeName& name : members) gate.joined(now, name, {});
  }

  void commit(TxnId txn, uint64_t lsn, std::optional<Rung> rung = {}) {
    gate.enqueue(now, txn, Lsn{lsn}, rung);
  }
  void flush(uint64_t lsn) { gate.local(now, Lsn{lsn}, Lsn{lsn}); }
  void report(const NodeName& name, const Positions& at) { gate.reported(now, name, at); }
  Lines said() {
    gate.check_invariants();
    return lines(gate.take_outputs());
  }
  Lines tick(int64_t milliseconds) {
    now = at_ms(milliseconds);
    gate.tick(now);
    return said();
  }

  TimePoint now;
  CommitGate gate;
};

Policy policy(Rung rung, std::string_view set = "") {
  Policy made{.rung = rung};
  if (!set.empty()) made.sync_replicas = *SyncReplicas::parse(set);
  return made;
}

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

TEST(CommitGate, NoticesComeAfterASecondAndThenEveryTen) {
  Gate gate(policy(Rung::kSync), {"r1", "r2"});
  gate.commit(1, 0x1A8);
  gate.flush(0x1A8);
  gate.report("r1", all_at(0x1A8));
  gate.gate.left(gate.now, "r2");
  EXPECT_EQ(gate.gate.next_deadline(), at_s(1));
  EXPECT_EQ(gate.tick(999), Lines{});
  std::string text =
      "sync: waiting for r2 to apply 0/1A8 (not connected); `wallaby ack async` or `wallaby drop-replica r2` "
      "would release it";
  EXPECT_EQ(gate.tick(1000), Lines{"notice to 1 after 1 s: " + text});
  EXPECT_EQ(gate.gate.next_deadline(), at_s(11));
  EXPECT_EQ(gate.tick(10999), Lines{});
  EXPECT_EQ(gate.tick(11000), Lines{"notice to 1 after 11 s: " + text});
  EXPECT_EQ(gate.gate.next_deadline(), at_s(21));
  EXPECT_EQ(gate.gate.missing_text(), text);
  gate.gate.set_members(gate.now, {"r1"});
  gate.said();
  EXPECT_EQ(gate.gate.next_deadline(), kNever);
  EXPECT_EQ(gate.gate.counters().at(Rung::kSync).longest_wait, std::chrono::seconds(11));
}

TEST(CommitGate, EachWaiterHasItsOwnNotices) {
  Gate gate(policy(Rung::kSemiSync));
  gate.commit(1, 8);
  EXPECT_EQ(gate.tick(600), Lines{});
  gate.commit(2, 16);
  gate.commit(3, 24);
  gate.gate.abandon(3);
  gate.flush(24);
  EXPECT_EQ(gate.tick(1000).size(), 1u);
  EXPECT_EQ(gate.gate.next_deadline(), at_ms(1600));
  EXPECT_EQ(gate.tick(1600), Lines{"notice to 2 after 1 s: semi-sync: no replica has joined yet; start "
                                   "one, or `wallaby ack async`"});
  EXPECT_EQ(gate.gate.next_deadline(), at_ms(11000));
}

struct TextCase {
  Policy policy;
  std::set<NodeName> members, streaming;
  std::string text;
};

TEST(CommitGate, NoticesSayWhoIsMissingAndOfferOnlyWhatHelps) {
  const std::vector<TextCase> cases{
      {policy(Rung::kSync),
       {"r1"},
       {},
       "sync: waiting for r1 to apply 0/30 (not connected); `wallaby ack async` would release it"},
      {policy(Rung::kSync),
       {"r1", "r2"},
       {"r1"},
       "sync: waiting for r1 and r2 to apply 0/30 (r1 is at 0/8, r2 is not connected); `wallaby ack async` "
       "would release it"},
      {policy(Rung::kSemiSync),
       {"r1", "r2"},
       {"r2"},
       "semi-sync: waiting for 1 of r1, r2 to receive 0/30 (r1 is not connected, r2 is at 0/8); `wallaby ack "
       "async` would release it"},
      {policy(Rung::kDurable, "ANY 2 (r1, r9)"),
       {"r1"},
       {"r1"},
       "durable: waiting for r1 and r9 to flush 0/30 (r1 is at 0/8, r9 is no member yet); `wallaby ack "
       "async` would release it"},
      {policy(Rung::kSemiSync, "ANY 1 (r9)"),
       {},
       {},
       "semi-sync: waiting for r9 to receive 0/30 (no member yet); `wallaby ack async` would release it"},
      {policy(Rung::kSemiSync, "ANY 2 (*)"),
       {"r1"},
       {"r1"},
       "semi-sync: waiting for r1 and 1 more replica that has not joined yet to receive 0/30 (at 0/8); "
       "`wallaby ack async` would release it"},
      {policy(Rung::kSemiSync, "ANY 3 (*)"),
       {},
       {},
       "semi-sync: no replica has joined yet; start one, or `wallaby ack async`"},
  };
  for (const TextCase& each : cases) {
    CommitGate gate(each.policy, Lsn{}, Lsn{0x30});
    gate.set_members({}, each.members);
    for (const NodeName& name : each.streaming) gate.joined({}, name, all_at(8));
    EXPECT_EQ(gate.missing_text(), each.text);
  }
}

TEST(CommitGate, ASessionsOwnRungIsNotReleasedByTheSwitchAndTheNoticeKnows) {
  Gate gate(policy(Rung::kAsync), {"r1", "r2"});
  gate.report("r1", all_at(48));
  gate.commit(1, 48, Rung::kSync);
  gate.flush(48);
  gate.said();
  EXPECT_EQ(gate.tick(1000), Lines{"notice to 1 after 1 s: sync (chosen by this session): waiting for r2 "
                                   "to apply 0/30 (at 0/0); `wallaby drop-replica r2` would release it"});
}

TEST(CommitGate, ASlowDiskOfOurOwnIsNamed) {
  Gate gate(policy(Rung::kAsync));
  gate.commit(1, 48);
  EXPECT_EQ(gate.tick(1000),
            Lines{"notice to 1 after 1 s: async: waiting for this node's own disk to flush 0/30 (at 0/0)"});
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
  CommitGate gate(policy(Rung::kSync), Lsn{48}, Lsn{96});
  gate.set_members({}, {"r1"});
  EXPECT_EQ(lines(gate.take_outputs()), Lines{});
  EXPECT_EQ(gate.visible(), Lsn{48});
  EXPECT_EQ(gate.missing(), std::vector<NodeName>{"r1"});
  gate.joined({}, "r1", all_at(96));
  EXPECT_EQ(lines(gate.take_outputs()), Lines{"visible to 0/60"});
}

TEST(CommitGate, AfterARestartInAsyncAllOfTheLogIsVisible) {
  CommitGate gate(policy(Rung::kAsync), Lsn{48}, Lsn{96});
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

}  // namespace
}  // namespace wallaby::replication
