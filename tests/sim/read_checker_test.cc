#include "sim/read_checker.h"

#include <gtest/gtest.h>

#include "sim/trace.h"
#include "tests/sim/log_maker.h"

namespace wallaby::sim {
namespace {

/// Three records: k is c1.1, then c1.2; the last puts l.
class ReadCheckerTest : public testing::Test {
 protected:
  void SetUp() override {
    canon.begin(LogMaker::kCluster);
    engine::Change first = put("t", "k", "c1.1.0|");
    add("c1.1", {first}, {create("t"), first});
    one = canon.end();
    add("c1.2", {put("t", "k", "c1.2.0|")}, {put("t", "k", "c1.2.0|")});
    two = canon.end();
    add("c1.3", {put("t", "l", "c1.3.0|")}, {put("t", "l", "c1.3.0|")});
    three = canon.end();
  }
  void add(const std::string& operation, const engine::Changes& asked, const engine::Changes& logged) {
    ledger.issued(operation, asked);
    canon.add(log.changes(logged), "p1");
  }
  /// A read that comes at `from` and is answered at `to`.
  void get(const Place& place, Lsn from, Lsn to, std::optional<std::string> value,
           std::optional<Token> after = {}) {
    bool primary = place == "p1";
    checker.asked(place, 1, node::Request{++id, node::Get{"t", "k", after}}, from, primary);
    checker.answered(place, 1, node::Reply{id, node::Value{std::move(value)}}, to, primary);
  }

  Ledger ledger;
  Canon canon{ledger};
  LogMaker log;
  ReadChecker checker{canon};
  Lsn one, two, three;
  node::RequestId id = 0;
};

TEST_F(ReadCheckerTest, AReadSeesOneOfTheStatesBetween) {
  get("p1", one, one, "c1.1.0|");
  get("p1", one, three, "c1.2.0|");
  EXPECT_EQ(checker.checked(), 2u);
}

TEST_F(ReadCheckerTest, NotAnOlderOne) {
  EXPECT_THROW(get("p1", two, three, "c1.1.0|"), BrokenPromise);
}

TEST_F(ReadCheckerTest, NotALaterOne) {
  EXPECT_THROW(get("p1", one, one, "c1.2.0|"), BrokenPromise);
}

TEST_F(ReadCheckerTest, NotWhatNobodyWrote) {
  EXPECT_THROW(get("p1", one, three, "other"), BrokenPromise);
}

TEST_F(ReadCheckerTest, WhatWasShownDoesNotDisappearOverARestart) {
  get("p1", one, two, "c1.2.0|");
  checker.forget("p1");
  EXPECT_THROW(get("p1", one, one, "c1.1.0|"), BrokenPromise);
}

TEST_F(ReadCheckerTest, ReplicasMayLagBehindThePrimary) {
  get("p1", two, two, "c1.2.0|");
  get("r1", one, one, "c1.1.0|");
}

TEST_F(ReadCheckerTest, ATokenIsWaitedFor) {
  get("r1", one, two, "c1.2.0|", Token{two, TimelineId{1}});
  EXPECT_THROW(get("r1", one, one, "c1.1.0|", Token{two, TimelineId{1}}), BrokenPromise);
}

TEST_F(ReadCheckerTest, ASessionSeesItsOwnWrites) {
  checker.own_write("p1", 1, two);
  EXPECT_THROW(get("p1", one, two, "c1.1.0|"), BrokenPromise);
}

TEST_F(ReadCheckerTest, AScanSeesOneStateOverAllItsPages) {
  node::Request scan{9, node::Scan{"t", {}, 0, {}}};
  checker.asked("p1", 1, scan, one, true);
  EXPECT_TRUE(checker.answered("p1", 1, node::Reply{9, node::Rows{{{"k", "c1.2.0|"}}, true}}, three, true));
  EXPECT_TRUE(checker.answered("p1", 1, node::Reply{9, node::Rows{{{"l", "c1.3.0|"}}, false}}, three, true));
  EXPECT_EQ(checker.checked(), 1u);

  scan.id = 10;
  checker.asked("r1", 1, scan, one, false);
  EXPECT_THROW(
      checker.answered("r1", 1, node::Reply{10, node::Rows{{{"k", "c1.1.0|"}, {"l", "c1.3.0|"}}, false}},
                       three, false),
      BrokenPromise);
}

// --- off: the primary's readers are ahead of its disk ---

TEST_F(ReadCheckerTest, WhatIsAheadOfTheDiskIsJudgedWhenTheDiskHasIt) {
  ledger.issued("c1.4", {put("t", "k", "c1.4.0|")});
  Lsn four = three + 64;
  get("p1", four, four, "c1.4.0|");
  EXPECT_EQ(checker.checked(), 0u);
  canon.add(log.changes({put("t", "k", "c1.4.0|")}), "p1");
  ASSERT_LE(canon.end(), four) << "the test's guess of a record's size";
  while (canon.end() < four) canon.add(log.event(replication::Rearmed{}), "p1");
  checker.canon_grew();
  EXPECT_EQ(checker.checked(), 1u);
}

TEST_F(ReadCheckerTest, WhatIsAheadOfTheDiskMustComeTrue) {
  ledger.issued("c1.4", {put("t", "k", "c1.4.0|")});
  get("p1", three + 8, three + 16, "never written");
  canon.add(log.changes({put("t", "k", "c1.4.0|")}), "p1");
  EXPECT_THROW(checker.canon_grew(), BrokenPromise);
}

TEST_F(ReadCheckerTest, WhatDiedWithTheProcessIsNotJudged) {
  get("p1", three + 8, three + 16, "lost with off");
  checker.forget("p1");
  EXPECT_EQ(checker.lost_with_off(), 1u);
  get("p1", three, three, "c1.2.0|");
}

TEST_F(ReadCheckerTest, UnderOffAStateThatIsOnDiskMayStillExplainARead) {
  get("p1", two, three + 16, "c1.2.0|");
  EXPECT_EQ(checker.checked(), 1u);
}

// --- commit-status ---

class CommitStatusTest : public ReadCheckerTest {
 protected:
  /// Asked at a node whose readers see up to `visible`, about record `two`.
  void status(const Place& place, replication::CommitState state, Lsn visible, Lsn visible_before = {}) {
    checker.turn_begins(place, visible_before == Lsn{} ? visible : visible_before);
    checker.asked(place, 1, node::Request{++id, node::GetCommitStatus{Token{two, TimelineId{1}}}}, visible,
                  place == "p1");
    checker.answered(place, 1, node::Reply{id, node::CommitStatusReply{{state, ""}}}, visible, place == "p1");
  }
};

using enum replication::CommitState;

TEST_F(CommitStatusTest, VisibleMustBeVisible) {
  status("p1", kVisible, two);
  EXPECT_THROW(status("p1", kVisible, one), BrokenPromise);
}

TEST_F(CommitStatusTest, PendingMustNotBeVisibleWhenTheTurnBegins) {
  status("p1", kPending, two, one);
  EXPECT_THROW(status("p1", kPending, two), BrokenPromise);
}

TEST_F(CommitStatusTest, AReplicaMayNotKnowYetAPrimaryMust) {
  status("r1", kUnknown, one);
  EXPECT_THROW(status("p1", kUnknown, one), BrokenPromise);
}

TEST_F(CommitStatusTest, NothingIsDiscardedWithoutAFailover) {
  EXPECT_THROW(status("r1", kDiscarded, one), BrokenPromise);
}

TEST_F(CommitStatusTest, WhatWasCalledVisibleWasShown) {
  status("p1", kVisible, two);
  EXPECT_THROW(get("p1", one, one, "c1.1.0|"), BrokenPromise);
}

}  // namespace
}  // namespace wallaby::sim
