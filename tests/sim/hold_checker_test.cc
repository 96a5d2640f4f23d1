#include "sim/hold_checker.h"

#include <gtest/gtest.h>

#include "sim/trace.h"
#include "tests/sim/log_maker.h"

namespace wallaby::sim {
namespace {

using replication::Stage;
using replication::StageName;

constexpr StageName kFlushed{Stage::kFlushed, {}};

/// A log of four records; r1 holds `flushed` at the end of the first.
class HoldCheckerTest : public testing::Test {
 protected:
  HoldCheckerTest() {
    canon.begin(LogMaker::kCluster);
    for (int i = 0; i < 4; ++i) {
      canon.add(log.member("r" + std::to_string(i), 10), "p1");
      ends.push_back(log.end());
    }
  }
  void ask(node::RequestBody body) { checker.asked("r1", 1, node::Request{++id, std::move(body)}); }
  void hold(const StageName& name, Lsn at) {
    ask(node::HoldStage{name});
    checker.answered("r1", 1, node::Reply{id, node::Done{"held", Token{at, TimelineId{1}}}});
  }
  void expect_at_most(Lsn position) {
    checker.judge("r1", kFlushed, position);
    EXPECT_THROW(checker.judge("r1", kFlushed, position + 8), BrokenPromise);
  }

  Ledger ledger;
  Canon canon{ledger};
  LogMaker log;
  HoldChecker checker{canon};
  std::vector<Lsn> ends;
  node::RequestId id = 0;
};

TEST_F(HoldCheckerTest, NothingPassesAHoldNotEvenAPartOfARecord) {
  hold(kFlushed, ends[0]);
  expect_at_most(ends[0]);
  checker.judge("r1", {Stage::kApplied, {}}, ends[3]);
  checker.judge("r2", kFlushed, ends[3]);
}

TEST_F(HoldCheckerTest, AHoldCountsFromItsAnswer) {
  ask(node::HoldStage{kFlushed});
  checker.judge("r1", kFlushed, ends[3]);
}

TEST_F(HoldCheckerTest, AStepLetsSoManyRecordsPass) {
  hold(kFlushed, ends[0]);
  ask(node::Step{2, kFlushed});
  checker.judge("r1", kFlushed, ends[2]);
  EXPECT_THROW(checker.judge("r1", kFlushed, ends[3]), BrokenPromise);
}

TEST_F(HoldCheckerTest, AStepThatNamesNoStageMayBeAnyHolds) {
  hold(kFlushed, ends[0]);
  ask(node::Step{1, {}});
  checker.judge("r1", kFlushed, ends[1]);
  EXPECT_THROW(checker.judge("r1", kFlushed, ends[2]), BrokenPromise);
}

TEST_F(HoldCheckerTest, AHoldAskedForAgainStaysWhereItIs) {
  hold(kFlushed, ends[0]);
  hold(kFlushed, ends[2]);
  EXPECT_THROW(checker.judge("r1", kFlushed, ends[1]), BrokenPromise);
}

TEST_F(HoldCheckerTest, AHoldAskedForAgainEndsTheStepsBefore) {
  hold(kFlushed, ends[0]);
  ask(node::Step{3, kFlushed});
  hold(kFlushed, ends[1]);  // one of the three has passed
  expect_at_most(ends[1]);
  ask(node::Step{1, kFlushed});
  checker.judge("r1", kFlushed, ends[2]);
  EXPECT_THROW(checker.judge("r1", kFlushed, ends[3]), BrokenPromise);
  EXPECT_THROW(hold(kFlushed, ends[3]), BrokenPromise) << "two records have passed for one step";
}

TEST_F(HoldCheckerTest, AReleaseLiftsItAlsoWhenTheHoldIsNotAnsweredYet) {
  hold(kFlushed, ends[0]);
  ask(node::ReleaseStage{kFlushed});
  checker.judge("r1", kFlushed, ends[3]);
  ask(node::HoldStage{kFlushed});
  node::RequestId first = id;
  ask(node::ReleaseStage{});
  checker.answered("r1", 1, node::Reply{first, node::Done{"held", Token{ends[0], TimelineId{1}}}});
  checker.judge("r1", kFlushed, ends[3]);
}

TEST_F(HoldCheckerTest, AReleaseOfAnotherStageLiftsNothing) {
  hold(kFlushed, ends[0]);
  ask(node::ReleaseStage{StageName{Stage::kReceived, {}}});
  expect_at_most(ends[0]);
}

TEST_F(HoldCheckerTest, AProcessTakesItsHoldsAlong) {
  hold(kFlushed, ends[0]);
  checker.lifted("r1");
  checker.judge("r1", kFlushed, ends[3]);
}

TEST_F(HoldCheckerTest, WhatIsSentToOneReplicaObeysItsHoldAndTheOneOnAll) {
  hold({Stage::kSent, "r2"}, ends[1]);
  checker.judge_sent("r1", "r3", ends[2]);
  checker.judge_sent("r1", "r2", ends[0]);
  EXPECT_THROW(checker.judge_sent("r1", "r2", ends[1]), BrokenPromise);
  hold({Stage::kSent, {}}, ends[2]);
  EXPECT_THROW(checker.judge_sent("r1", "r3", ends[2]), BrokenPromise);
}

}  // namespace
}  // namespace wallaby::sim
