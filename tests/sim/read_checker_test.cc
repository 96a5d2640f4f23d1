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

}  // namespace
}  // namespace wallaby::sim
