#include "sim/ack_checker.h"

#include <gtest/gtest.h>

#include "sim/trace.h"
#include "tests/sim/log_maker.h"

namespace wallaby::sim {
namespace {

using replication::Rung;

/// A log with r1 and r2 as members; links 1 and 3 are theirs.
class AckCheckerTest : public testing::Test {
 protected:
  void begin(Rung rung, const std::string& set = "", replication::OnMissing on_missing = {}) {
    replication::Policy policy{rung, {}, on_missing};
    if (!set.empty()) policy.sync_replicas = *replication::SyncReplicas::parse(set);
    canon.begin(LogMaker::kCluster);
    canon.add(log.event(replication::PolicyChanged{policy}), "p1");
    canon.add(log.member("r1", 11), "p1");
    canon.add(log.member("r2", 12), "p1");
    checker.process_began();
    link(1, "r1", 11);
    link(3, "r2", 12);
    checker.turn_begins(canon.end());
    checker.judge(canon.end(), canon.end(), Lsn{});
    checker.turn_begins(canon.end());
  }
  void link(node::ConnectionId id, const NodeName& name, uint64_t directory) {
    replication::Hello hello;
    hello.name = name;
    hello.directory = DirectoryId{directory};
    checker.hello(id, hello);
    replication::Answer answer;
    answer.decision = replication::Continue{};
    checker.answered(id, answer);
  }
  void report(node::ConnectionId id, Lsn received, Lsn flushed, Lsn applied) {
    replication::Report report;
    report.positions = {received, flushed, applied};
    checker.reported(id, report);
  }
  node::Written written(Rung rung) { return node::Written{Token{canon.end(), TimelineId{1}}, 1, rung, {}}; }

  Ledger ledger;
  Canon canon{ledger};
  LogMaker log;
  AckChecker checker{canon};
};

TEST_F(AckCheckerTest, OffNeedsNoFlush) {
  begin(Rung::kOff);
  checker.judge(canon.end() + 64, canon.end(), canon.end() + 64);
  checker.written(node::Written{Token{canon.end() + 64, TimelineId{1}}, 1, Rung::kOff, {}}, {}, {});
  EXPECT_THROW(checker.judge(canon.end() + 64, canon.end(), canon.end() + 72), BrokenPromise);
}

TEST_F(AckCheckerTest, ACommitThatNamesNoPromiseIsWhatTheSwitchPromises) {
  begin(Rung::kDurable);
  EXPECT_THROW(checker.committed(canon.end(), {}), BrokenPromise);
  EXPECT_THROW(checker.committed(canon.end(), Rung::kSync), BrokenPromise);
  checker.committed(canon.end(), Rung::kAsync);
  report(1, canon.end(), canon.end(), {});
  checker.judge(canon.end(), canon.end(), canon.end());
  checker.committed(canon.end(), {});
  EXPECT_THROW(checker.committed(canon.end(), Rung::kSync), BrokenPromise) << "its session asked for more";
}

TEST_F(AckCheckerTest, OneFlushMayBringSeveralPolicies) {
  begin(Rung::kSync);
  Lsn lsn = canon.end();
  report(1, lsn, lsn, {});
  canon.add(log.policy(Rung::kDurable), "p1");
  canon.add(log.policy(Rung::kSync), "p1");
  checker.judge(canon.end(), canon.end(), lsn);
  checker.written(node::Written{Token{lsn, TimelineId{1}}, 1, Rung::kDurable, {}}, {}, {});
  EXPECT_THROW(checker.written(node::Written{Token{lsn, TimelineId{1}}, 1, Rung::kSemiSync, {}}, {}, {}),
               BrokenPromise);
}

TEST_F(AckCheckerTest, OffShowsNothingNewOnceAsyncGoverns) {
  begin(Rung::kOff);
  Lsn shown = canon.end() + 64, appended = canon.end() + 128;
  checker.judge(appended, canon.end(), shown);
  checker.turn_begins(canon.end());
  canon.add(log.policy(Rung::kAsync), "p1");
  checker.judge(appended, canon.end(), shown);  // what was shown stays so
  checker.turn_begins(canon.end());
  ASSERT_LT(canon.end(), shown);
  EXPECT_THROW(checker.judge(appended, canon.end(), shown + 8), BrokenPromise);
}

TEST_F(AckCheckerTest, AsyncNeedsThePrimarysFlushAlone) {
  begin(Rung::kAsync);
  checker.judge(canon.end(), canon.end(), canon.end());
  checker.written(written(Rung::kAsync), {}, {});
}

TEST_F(AckCheckerTest, NothingIsVisibleBeforeItIsFlushed) {
  begin(Rung::kAsync);
  EXPECT_THROW(checker.judge(canon.end() + 8, canon.end(), canon.end() + 8), BrokenPromise);
}

TEST_F(AckCheckerTest, SemiSyncNeedsOneThatReceived) {
  begin(Rung::kSemiSync);
  EXPECT_THROW(checker.judge(canon.end(), canon.end(), canon.end()), BrokenPromise);
  report(1, canon.end(), {}, {});
  checker.judge(canon.end(), canon.end(), canon.end());
}

TEST_F(AckCheckerTest, DurableNeedsOneThatFlushed) {
  begin(Rung::kDurable);
  report(1, canon.end(), {}, {});
  EXPECT_THROW(checker.judge(canon.end(), canon.end(), canon.end()), BrokenPromise);
  report(3, canon.end(), canon.end(), {});
  checker.judge(canon.end(), canon.end(), canon.end());
}

TEST_F(AckCheckerTest, SyncNeedsAllToHaveApplied) {
  begin(Rung::kSync);
  report(1, canon.end(), canon.end(), canon.end());
  report(3, canon.end(), canon.end(), {});
  EXPECT_THROW(checker.judge(canon.end(), canon.end(), canon.end()), BrokenPromise);
  report(3, canon.end(), canon.end(), canon.end());
  checker.judge(canon.end(), canon.end(), canon.end());
}

TEST_F(AckCheckerTest, ALostLinkCountsToTheEndOfItsTurn) {
  begin(Rung::kSemiSync);
  report(1, canon.end(), {}, {});
  checker.link_lost(1);
  checker.turn_begins(canon.end());
  EXPECT_THROW(checker.judge(canon.end(), canon.end(), canon.end()), BrokenPromise);
}

TEST_F(AckCheckerTest, TwoLinksOfOneMemberAreOne) {
  begin(Rung::kSync);
  report(1, canon.end(), canon.end(), canon.end());
  link(5, "r1", 11);
  report(5, canon.end(), canon.end(), canon.end());
  EXPECT_THROW(checker.judge(canon.end(), canon.end(), canon.end()), BrokenPromise);
}

TEST_F(AckCheckerTest, WhoIsNoMemberDoesNotCount) {
  begin(Rung::kSemiSync);
  link(7, "stranger", 99);
  report(7, canon.end(), canon.end(), canon.end());
  EXPECT_THROW(checker.judge(canon.end(), canon.end(), canon.end()), BrokenPromise);
}

TEST_F(AckCheckerTest, APolicyGovernsWhatItsOwnFlushBrought) {
  begin(Rung::kAsync);
  canon.add(log.policy(Rung::kSync), "p1");
  EXPECT_THROW(checker.judge(canon.end(), canon.end(), canon.end()), BrokenPromise);
}

TEST_F(AckCheckerTest, VisibilityNeverGoesBack) {
  begin(Rung::kAsync);
  checker.judge(canon.end(), canon.end(), canon.end());
  EXPECT_THROW(checker.judge(canon.end(), canon.end(), Lsn{}), BrokenPromise);
}

TEST_F(AckCheckerTest, AnAnswerAtTheSwitchsRungComesWithVisibility) {
  begin(Rung::kAsync);
  EXPECT_THROW(checker.written(written(Rung::kAsync), {}, {}), BrokenPromise);
}

TEST_F(AckCheckerTest, AWeakerSessionMayBeAnsweredEarly) {
  begin(Rung::kSync);
  checker.judge(canon.end(), canon.end(), Lsn{});
  checker.written(written(Rung::kAsync), Rung::kAsync, {});
  EXPECT_THROW(checker.written(written(Rung::kSemiSync), Rung::kSemiSync, {}), BrokenPromise);
}

TEST_F(AckCheckerTest, AnAnswerNamesARungThatWasAskedFor) {
  begin(Rung::kAsync);
  checker.judge(canon.end(), canon.end(), canon.end());
  EXPECT_THROW(checker.written(written(Rung::kSync), {}, {}), BrokenPromise);
}

// --- FIRST ---

TEST_F(AckCheckerTest, FirstWaitsForTheFirstListedThatStreams) {
  begin(Rung::kSemiSync, "FIRST 1 (r1, r2)");
  report(3, canon.end(), {}, {});
  EXPECT_THROW(checker.judge(canon.end(), canon.end(), canon.end()), BrokenPromise);
  report(1, canon.end(), {}, {});
  checker.judge(canon.end(), canon.end(), canon.end());
}

TEST_F(AckCheckerTest, FirstTakesTheNextWhenTheFirstIsGone) {
  begin(Rung::kSemiSync, "FIRST 1 (r1, r2)");
  report(3, canon.end(), {}, {});
  checker.link_lost(1);
  checker.judge(canon.end(), canon.end(), canon.end());
}

TEST_F(AckCheckerTest, FirstTwoNeedTwoThatStream) {
  begin(Rung::kSemiSync, "FIRST 2 (*)");
  report(3, canon.end(), {}, {});
  checker.link_lost(1);
  checker.turn_begins(canon.end());
  EXPECT_THROW(checker.judge(canon.end(), canon.end(), canon.end()), BrokenPromise);
}

// --- degrade ---

TEST_F(AckCheckerTest, ADegradeRecordLetsAsyncGovernUntilTheRearm) {
  begin(Rung::kSync, "ALL", {replication::OnMissing::Rule::kDegrade, std::chrono::seconds(1)});
  EXPECT_THROW(checker.judge(canon.end(), canon.end(), canon.end()), BrokenPromise);
  canon.add(log.event(replication::Degraded{"r2 is away"}), "p1");
  checker.judge(canon.end(), canon.end(), canon.end());
  checker.written(written(Rung::kAsync), {}, {});
  EXPECT_THROW(checker.written(written(Rung::kSync), {}, {}), BrokenPromise) << "no more than it has";
  Lsn degraded = canon.end();
  checker.turn_begins(degraded);
  canon.add(log.event(replication::Rearmed{}), "p1");
  checker.judge(canon.end(), canon.end(), degraded);
  checker.turn_begins(canon.end());
  EXPECT_THROW(checker.judge(canon.end(), canon.end(), canon.end()), BrokenPromise);
}

// --- the loss meter ---

TEST_F(AckCheckerTest, NothingToLoseMustBeTrue) {
  begin(Rung::kAsync);
  checker.judge(canon.end(), canon.end(), canon.end());
  checker.judge_loss({.commits = 1, .bytes = 8, .exact = true});
  checker.written(written(Rung::kAsync), {}, {});
  EXPECT_THROW(checker.judge_loss({}), BrokenPromise);
  report(1, canon.end(), {}, {});
  checker.judge_loss({});
}

TEST_F(AckCheckerTest, AnAwayReplicaCountsWithWhatItsDiskHas) {
  begin(Rung::kAsync);
  checker.judge(canon.end(), canon.end(), canon.end());
  report(1, canon.end(), {}, {});
  checker.link_lost(1);
  checker.turn_begins(canon.end());
  EXPECT_THROW(checker.judge_loss({}), BrokenPromise);
}

TEST_F(AckCheckerTest, AnAnswerWithoutARecordWaitsForWhatItRead) {
  begin(Rung::kAsync);
  node::Written nothing;
  EXPECT_THROW(checker.written(nothing, {}, canon.end()), BrokenPromise);
  checker.judge(canon.end(), canon.end(), canon.end());
  checker.written(nothing, {}, canon.end());
}

}  // namespace
}  // namespace wallaby::sim
