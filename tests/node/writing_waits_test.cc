// Statements and transactions that have to wait: for room in the log, and for what their answers tell of.
#include <gmock/gmock.h>

#include "tests/node/writing_fixture.h"

namespace wallaby::node {
namespace {

using ::testing::HasSubstr;

// --- no room: they queue ---------------------------------------------------------------------------------------------

TEST_F(WritingTest, TheyQueueInOrderWhileASegmentIsPrepared) {
  cluster.hold_jobs("p1", true);
  Transaction transaction = session->begin();
  ASSERT_TRUE(transaction.put("t", "b", "x"));
  int runs = 0;
  for (int i = 0; i < 200; ++i)
    run([&runs, i](Transaction& tx) {
      ++runs;
      return tx.put("t", "k" + std::to_string(i), std::string(1000, 'x'));
    });
  RequestId last = run(append_to("a", "2")), committed = commit(std::move(transaction));
  RequestId after = run(append_to("b", "y"));
  for (int i = 0; i < 100; ++i) cluster.pass(1ms);
  EXPECT_GT(cluster.status("p1").queued, 0u);
  EXPECT_LT(runs, 200);
  EXPECT_FALSE(session->answered(committed));
  cluster.hold_jobs("p1", false);
  cluster.settle();
  EXPECT_EQ(cluster.status("p1").queued, 0u);
  EXPECT_GT(runs, 200) << "who found no room has run for nothing";
  EXPECT_LT(runs, 220) << "and runs again only when there is some";
  EXPECT_LT(session->written(last)->token->lsn, session->written(committed)->token->lsn);
  EXPECT_LT(session->written(committed)->token->lsn, session->written(after)->token->lsn);
  EXPECT_EQ(cluster.get("p1", "b"), "xy");
}

TEST_F(WritingTest, AHoldOnAppendedKeepsThemFromRunning) {
  cluster.call("p1", HoldStage{{Stage::kAppended, {}}});
  Transaction transaction = session->begin();
  ASSERT_TRUE(transaction.put("t", "a", "from the transaction"));
  RequestId statement = run(put("a", "2")), commits = commit(std::move(transaction));
  cluster.pass(2s);
  EXPECT_THAT(std::get<ClientNotice>(session->answers(statement).back()).text, HasSubstr("holds `appended`"));
  EXPECT_EQ(cluster.status("p1").queued, 2u);
  cluster.call("p1", ReleaseStage{});
  cluster.settle();
  EXPECT_TRUE(session->written(statement)->token);
  EXPECT_EQ(session->error(commits), ErrorCode::kConflict) << "judged when its turn comes";
}

TEST_F(WritingTest, ATransactionThatHasWonStaysTheWinnerWhileItFindsNoRoom) {
  cluster.call("p1", HoldStage{{Stage::kAppended, {}}});
  int finished = 0;
  Transaction transaction = session->begin();
  ASSERT_TRUE(transaction.put("t", "a", "2"));
  RequestId won = commit(std::move(transaction), [&](const engine::View&, engine::Changes& changes) {
    ++finished;
    changes.push_back({engine::ChangeKind::kPut, "t", "seq", "1"});
  });
  RequestId later = run(append_to("a", "3"));
  cluster.settle();
  EXPECT_EQ(cluster.status("p1").queued, 2u);
  cluster.call("p1", ReleaseStage{});
  cluster.settle();
  EXPECT_LT(session->written(won)->token->lsn, session->written(later)->token->lsn);
  EXPECT_EQ(finished, 1);
  EXPECT_EQ(cluster.get("p1", "seq"), "1");
  EXPECT_EQ(cluster.get("p1", "a"), "23");
}

TEST_F(WritingTest, WhatFinishAddsMayBeMoreThanASegmentHolds) {
  int finished = 0;
  Transaction transaction = session->begin();
  ASSERT_TRUE(transaction.put("t", "b", "2"));
  RequestId id = commit(std::move(transaction), [&](const engine::View&, engine::Changes& changes) {
    ++finished;
    std::string value(3 * cluster.defaults.log.segment_file_size, 'x');
    changes.push_back({engine::ChangeKind::kPut, "t", "seq", std::move(value)});
  });
  cluster.settle();
  EXPECT_TRUE(session->written(id)->token);
  EXPECT_EQ(finished, 1);
}

TEST_F(WritingTest, ACancelledQueuedOneWasNeverRun) {
  cluster.call("p1", HoldStage{{Stage::kAppended, {}}});
  Transaction transaction = session->begin();
  ASSERT_TRUE(transaction.put("t", "c", "3"));
  RequestId statement = run(put("b", "2")), commits = commit(std::move(transaction));
  cluster.settle();
  for (RequestId id : {statement, commits}) {
    session->cancel(cluster.now("p1"), id);
    EXPECT_EQ(session->error(id), ErrorCode::kRefused);
  }
  Lsn before = appended();
  cluster.call("p1", ReleaseStage{});
  EXPECT_EQ(appended(), before);
}

TEST_F(WritingTest, NobodyIsAnsweredWhoClosedWhileItQueued) {
  cluster.call("p1", HoldStage{{Stage::kAppended, {}}});
  RequestId id = run(put("b", "2"));
  Transaction transaction = session->begin();
  ASSERT_TRUE(transaction.put("t", "c", "3"));
  commit(std::move(transaction));
  session->close();
  cluster.call("p1", ReleaseStage{});
  EXPECT_TRUE(session->answers(id).empty());
  EXPECT_EQ(cluster.get("p1", "b"), "(none)");
}

TEST_F(WritingTest, AStopRefusesTheQueueAndLeavesWaitersInTheDark) {
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  cluster.call("p1", SetPolicy{Rung::kSync, {}, {}});
  cluster.kill("r1");
  RequestId logged = run(put("a", "2")), unchanged = run(erase("nobody"));
  cluster.call("p1", HoldStage{{Stage::kAppended, {}}});
  RequestId queued = run(put("a", "3"));
  cluster.stop("p1");
  EXPECT_EQ(session->error(queued), ErrorCode::kNotServing);
  EXPECT_EQ(session->error(logged), ErrorCode::kUnknownOutcome);
  EXPECT_TRUE(session->failed(logged)->token);
  EXPECT_EQ(session->error(unchanged), ErrorCode::kUnknownOutcome);
  EXPECT_FALSE(session->failed(unchanged)->token);
}

// --- answers that tell of what is not visible yet --------------------------------------------------------------------

TEST_F(WritingTest, AnswersWithoutARecordWaitForWhatTheyRead) {
  replica_that_counts();
  Transaction loser = session->begin(), reader = session->begin();
  ASSERT_TRUE(loser.put("t", "a", "late"));
  cluster.call("r1", HoldStage{{Stage::kApplied, {}}});
  RequestId erased = run(erase("a"));
  RequestId again = run(erase("a")), failing = run(divide_by_zero), lost = commit(std::move(loser));
  RequestId read = commit(std::move(reader));
  cluster.settle();
  for (RequestId id : {erased, again, failing, lost}) EXPECT_FALSE(session->answered(id)) << id;
  EXPECT_TRUE(session->written(read)) << "it read what was visible";
  cluster.call("r1", ReleaseStage{});
  EXPECT_TRUE(session->written(erased)->token);
  EXPECT_EQ(session->written(again), (Written{std::nullopt, 0, Rung::kSync, {}}));
  EXPECT_EQ(session->failed(failing)->error.message, "division by zero");
  EXPECT_EQ(session->error(lost), ErrorCode::kConflict);
}

TEST_F(WritingTest, SuchAWaitCanBeCancelled) {
  replica_that_counts();
  cluster.call("r1", HoldStage{{Stage::kApplied, {}}});
  RequestId logged = run(put("a", "2")), failing = run(divide_by_zero);
  cluster.settle();
  session->cancel(cluster.now("p1"), failing);
  EXPECT_EQ(session->error(failing), ErrorCode::kUnknownOutcome);
  session->cancel(cluster.now("p1"), logged);
  EXPECT_EQ(session->error(logged), ErrorCode::kUnknownOutcome);
  EXPECT_EQ(session->failed(logged)->token->lsn, appended());
  cluster.call("r1", ReleaseStage{});
  EXPECT_EQ(cluster.get("p1", "a"), "2") << "what is in the log stays there";
}

}  // namespace
}  // namespace wallaby::node
