// A hold at each stage of each node, steps, and what goes on meanwhile.
#include "node/holds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/test_cluster.h"

namespace wallaby::node {
namespace {

using namespace std::chrono_literals;
using replication::Rung;
using replication::Stage;
using replication::StageName;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TestCluster;

/// A primary with one caught-up replica and a row from before.
class HoldsTest : public ::testing::Test {
 protected:
  HoldsTest() {
    cluster.start_primary("p1");
    cluster.start_replica("r1", "p1");
    cluster.pass(3s);
    put("a", "0");
  }

  RequestId put(const std::string& key, const std::string& value) {
    Write write;
    write.changes.push_back({engine::ChangeKind::kPut, "t", key, value});
    RequestId id = cluster.send("p1", write);
    cluster.settle();
    return id;
  }
  bool answered(RequestId id) {
    return !cluster.replies("p1", id).empty() && is_final(cluster.replies("p1", id).back());
  }
  std::string hold(const std::string& node, Stage stage, const NodeName& replica = {}) {
    return said(cluster.call(node, HoldStage{{stage, replica}}));
  }
  std::string release(const std::string& node, std::optional<StageName> name = {}) {
    return said(cluster.call(node, ReleaseStage{std::move(name)}));
  }
  static std::string said(const std::optional<ReplyBody>& reply) {
    if (!reply) return "(nothing)";
    if (const auto* done = std::get_if<Done>(&*reply)) return done->text;
    if (const auto* failed = std::get_if<Failed>(&*reply)) return failed->error.message;
    return "(something else)";
  }
  /// The records that a step let pass, as "a = 1".
  std::vector<std::string> passed(const std::string& node, RequestId id) {
    std::vector<std::string> texts;
    for (const ReplyBody& body : cluster.replies(node, id))
      if (const auto* stepped = std::get_if<Stepped>(&body))
        for (const SteppedRecord& record : stepped->records) texts.push_back(record.summary);
    return texts;
  }
  void switch_to(Rung rung) { cluster.call("p1", SetPolicy{rung, {}, {}}); }

  TestCluster cluster;
};

// --- each stage ------------------------------------------------------------------------------------------------------

TEST_F(HoldsTest, AppendedQueuesWritesBeforeTheyRun) {
  Lsn end = cluster.status("p1").appended;
  EXPECT_THAT(hold("p1", Stage::kAppended), HasSubstr("p1: `appended` is held at " + to_string(end)));
  RequestId first = put("a", "1");
  EXPECT_FALSE(answered(first));
  EXPECT_EQ(cluster.status("p1").appended, end);
  EXPECT_EQ(cluster.status("p1").queued, 1u);
  cluster.pass(1s);
  auto notice = std::get<ClientNotice>(cluster.replies("p1", first).back());
  EXPECT_THAT(notice.text, HasSubstr("`wallaby release appended`"));
  EXPECT_EQ(notice.token, std::nullopt) << "it has no place in the log yet";
  release("p1", StageName{Stage::kAppended, {}});
  EXPECT_TRUE(answered(first));
  EXPECT_EQ(cluster.get("p1", "a"), "1");
}

TEST_F(HoldsTest, FlushedOnThePrimaryHoldsEverythingBehindIt) {
  Lsn end = cluster.status("p1").flushed;
  hold("p1", Stage::kFlushed);
  RequestId write = put("a", "1");
  NodeStatus status = cluster.status("p1");
  EXPECT_GT(status.appended, end);
  EXPECT_EQ(status.flushed, end);
  EXPECT_FALSE(answered(write));
  EXPECT_EQ(cluster.status("r1").flushed, end) << "only what is flushed is shipped";
  EXPECT_EQ(status.holds.at(0).bytes, status.appended - end);
  release("p1");
  EXPECT_TRUE(answered(write));
}

TEST_F(HoldsTest, SentHoldsForAllOrForOne) {
  cluster.start_replica("r2", "p1");
  cluster.pass(3s);
  Lsn end = cluster.status("p1").flushed;
  hold("p1", Stage::kSent, "r2");
  put("a", "1");
  EXPECT_EQ(cluster.get("r1", "a"), "1");
  EXPECT_EQ(cluster.get("r2", "a"), "0");
  hold("p1", Stage::kSent);
  put("a", "2");
  EXPECT_EQ(cluster.get("r1", "a"), "1");
  EXPECT_EQ(cluster.status("r2").appended, end);
  EXPECT_EQ(release("p1", StageName{Stage::kSent, {}}), "p1: `sent` goes on");
  EXPECT_EQ(cluster.get("r1", "a"), "2");
  EXPECT_EQ(cluster.get("r2", "a"), "0") << "its own hold stands";
  EXPECT_EQ(release("p1", StageName{Stage::kSent, "r2"}), "p1: `sent to r2` goes on");
  EXPECT_EQ(cluster.get("r2", "a"), "2");
}

TEST_F(HoldsTest, ReceivedHoldsInMemoryAndSemiSyncWaits) {
  switch_to(Rung::kSemiSync);
  Lsn end = cluster.status("r1").upstream->feeder_flushed;
  hold("r1", Stage::kReceived);
  RequestId write = put("a", "1");
  EXPECT_FALSE(answered(write));
  auto replicas = cluster.status("p1").replicas;
  EXPECT_EQ(replicas.at(0).positions.received, end);
  EXPECT_EQ(cluster.status("r1").appended, end) << "what waits in memory is not received";
  EXPECT_THAT(replicas.at(0).holds.stages, ElementsAre(Stage::kReceived)) << "the primary knows why";
  release("r1");
  EXPECT_TRUE(answered(write));
  EXPECT_EQ(cluster.get("r1", "a"), "1");
}

TEST_F(HoldsTest, FlushedOnAReplicaLetsReceivedGoOn) {
  switch_to(Rung::kDurable);
  Lsn end = cluster.status("r1").flushed;
  hold("r1", Stage::kFlushed);
  RequestId write = put("a", "1");
  auto at = cluster.status("p1").replicas.at(0).positions;
  EXPECT_GT(at.received, end);
  EXPECT_EQ(at.flushed, end);
  EXPECT_FALSE(answered(write));
  release("r1", StageName{Stage::kFlushed, {}});
  EXPECT_TRUE(answered(write));
}

TEST_F(HoldsTest, AcknowledgedHoldsReadersOnThePrimaryAlone) {
  hold("p1", Stage::kAcknowledged);
  RequestId write = put("a", "1");
  EXPECT_FALSE(answered(write));
  EXPECT_EQ(cluster.get("p1", "a"), "0");
  EXPECT_EQ(cluster.get("r1", "a"), "1") << "the replica shows it first";
  release("p1");
  EXPECT_TRUE(answered(write));
  EXPECT_EQ(cluster.get("p1", "a"), "1");
}

TEST_F(HoldsTest, AHeldNodeIsNotTakenForDead) {
  for (Stage stage : {Stage::kReceived, Stage::kFlushed, Stage::kApplied}) {
    hold("r1", stage);
    put("a", "1");
    cluster.pass(30s);
    EXPECT_EQ(cluster.status("p1").replicas.at(0).state, "streaming") << to_string(stage);
    EXPECT_EQ(cluster.status("r1").upstream->state, "streaming") << to_string(stage);
    release("r1");
  }
  for (Stage stage : {Stage::kAppended, Stage::kFlushed, Stage::kSent, Stage::kAcknowledged}) {
    hold("p1", stage);
    put("a", "2");
    cluster.pass(30s);
    EXPECT_EQ(cluster.status("p1").replicas.at(0).state, "streaming") << to_string(stage);
    release("p1");
  }
  EXPECT_EQ(cluster.get("r1", "a"), "2");
}

TEST_F(HoldsTest, AHeldReplicaThatLosesItsLinkGoesOnWhereItWas) {
  hold("r1", Stage::kReceived);
  put("a", "1");
  cluster.cut("p1", "r1", true);
  cluster.pass(10s);
  cluster.cut("p1", "r1", false);
  cluster.pass(5s);
  put("a", "2");
  EXPECT_EQ(cluster.status("r1").upstream->state, "streaming");
  EXPECT_EQ(cluster.get("r1", "a"), "0");
  release("r1");
  EXPECT_EQ(cluster.get("r1", "a"), "2");
}

TEST_F(HoldsTest, MuchLogBeforeAHoldOnReceivedStopsTheReadingAndNothingIsLost) {
  cluster.call("p1", SetPolicy{Rung::kAsync, {}, {}});
  hold("r1", Stage::kReceived);
  for (int i = 0; i < 40; ++i) put("k" + std::to_string(i), std::string(100'000, 'x'));
  cluster.pass(20s);
  EXPECT_EQ(cluster.status("p1").replicas.at(0).state, "streaming");
  NodeStatus r1 = cluster.status("r1");
  EXPECT_LT(r1.holds.at(0).bytes, cluster.status("p1").flushed - r1.appended);
  release("r1");
  cluster.pass(3s);
  EXPECT_EQ(cluster.status("r1").visible, cluster.status("p1").flushed);
}

// --- steps -----------------------------------------------------------------------------------------------------------

TEST_F(HoldsTest, StepsLetRecordsPassAtEveryStage) {
  struct Case {
    std::string node;
    Stage stage;
  };
  for (const auto& [node, stage] :
       {Case{"p1", Stage::kAppended}, Case{"p1", Stage::kFlushed}, Case{"p1", Stage::kSent},
        Case{"p1", Stage::kAcknowledged}, Case{"r1", Stage::kReceived}, Case{"r1", Stage::kFlushed},
        Case{"r1", Stage::kApplied}}) {
    SCOPED_TRACE(node + " " + std::string(to_string(stage)));
    hold(node, stage);
    put("a", "1");
    put("a", "2");
    RequestId step = cluster.send(node, Step{2, {}});
    cluster.settle();
    EXPECT_THAT(passed(node, step), ElementsAre("put t a = 1", "put t a = 2"));
    // Records that are yet to come pass, too.
    step = cluster.send(node, Step{2, StageName{stage, {}}});
    cluster.settle();
    EXPECT_TRUE(passed(node, step).empty());
    put("a", "3");
    EXPECT_THAT(passed(node, step), ElementsAre("put t a = 3"));
    put("a", "4");
    EXPECT_THAT(passed(node, step), ElementsAre("put t a = 3", "put t a = 4"));
    EXPECT_TRUE(is_final(cluster.replies(node, step).back()));
    RequestId held = put("a", "5");
    EXPECT_EQ(cluster.get("r1", "a") == "5" && answered(held), false) << "the ceiling stands again";
    EXPECT_EQ(cluster.status(node).holds.size(), 1u);
    release(node);
    EXPECT_TRUE(answered(held));
    EXPECT_EQ(cluster.get("r1", "a"), "5");
  }
}

TEST_F(HoldsTest, AStepIsToldWhenTheRecordHasPassedNotWhenItMay) {
  switch_to(Rung::kSemiSync);
  hold("p1", Stage::kAcknowledged);
  hold("r1", Stage::kReceived);
  put("a", "1");
  RequestId step = cluster.send("p1", Step{1, {}});
  cluster.settle();
  EXPECT_TRUE(passed("p1", step).empty()) << "the ceiling is above it, but the promise is not met";
  release("r1");
  EXPECT_THAT(passed("p1", step), ElementsAre("put t a = 1"));
}

TEST_F(HoldsTest, AStepReadsRecordsThatAreNoLongerInMemory) {
  cluster.kill("r1");
  cluster.defaults.log.memory_size = 4 << 10;
  ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  cluster.pass(3s);
  hold("r1", Stage::kApplied);
  for (int i = 0; i < 20; ++i) put("a", std::string(2'000, static_cast<char>('a' + i)));
  RequestId step = cluster.send("r1", Step{20, {}});
  cluster.settle();
  EXPECT_EQ(passed("r1", step).size(), 20u);
  EXPECT_EQ(cluster.status("r1").visible, cluster.status("p1").flushed);
}

TEST_F(HoldsTest, WhatCannotBeIsRefusedWithAReason) {
  EXPECT_THAT(hold("p1", Stage::kApplied), HasSubstr("p1 is a primary, and has no stage `applied`"));
  EXPECT_THAT(hold("r1", Stage::kAcknowledged), HasSubstr("it can hold received, flushed, applied and sent"));
  EXPECT_THAT(hold("p1", Stage::kFlushed, "r1"), HasSubstr("only `sent` can be held for one replica"));
  EXPECT_THAT(hold("p1", Stage::kSent, "r9"), HasSubstr("feeds no replica 'r9'"));
  EXPECT_THAT(said(cluster.call("r1", Step{1, {}})), HasSubstr("r1 holds nothing"));
  hold("r1", Stage::kFlushed);
  hold("r1", Stage::kApplied);
  EXPECT_THAT(said(cluster.call("r1", Step{1, {}})), HasSubstr("r1 holds flushed and applied; say which"));
  EXPECT_THAT(said(cluster.call("r1", Step{1, StageName{Stage::kReceived, {}}})),
              HasSubstr("`received` is not held"));
  EXPECT_EQ(release("r1"), "r1: released flushed and applied");
  EXPECT_EQ(release("r1"), "r1: nothing is held");
  EXPECT_EQ(release("r1", StageName{Stage::kApplied, {}}), "r1: replay was not paused");
}

TEST_F(HoldsTest, HoldingAnewEndsAStep) {
  hold("r1", Stage::kApplied);
  RequestId step = cluster.send("r1", Step{5, {}});
  cluster.settle();
  put("a", "1");
  EXPECT_THAT(hold("r1", Stage::kApplied), HasSubstr("replay is paused at"));
  put("a", "2");
  EXPECT_EQ(cluster.get("r1", "a"), "1");
  EXPECT_THAT(std::get<Failed>(cluster.replies("r1", step).back()).error.message, HasSubstr("held anew"));
}

TEST_F(HoldsTest, AReleaseEndsAStepEarly) {
  hold("r1", Stage::kApplied);
  RequestId step = cluster.send("r1", Step{5, {}});
  cluster.settle();
  put("a", "1");
  release("r1");
  EXPECT_THAT(passed("r1", step), ElementsAre("put t a = 1"));
  EXPECT_THAT(std::get<Failed>(cluster.replies("r1", step).back()).error.message, HasSubstr("ended early"));
}

// --- around a hold -----------------------------------------------------------------------------------------------------

TEST_F(HoldsTest, AHoldIsNotKeptOverARestart) {
  hold("r1", Stage::kApplied);
  put("a", "1");
  cluster.kill("r1");
  ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  cluster.pass(3s);
  EXPECT_TRUE(cluster.status("r1").holds.empty());
  EXPECT_EQ(cluster.get("r1", "a"), "1");
}

TEST_F(HoldsTest, ACleanStopLiftsHoldsSoNothingStaysBehind) {
  hold("p1", Stage::kFlushed);
  put("a", "1");
  cluster.stop("p1");
  ASSERT_EQ(cluster.restart("p1"), std::nullopt);
  cluster.pass(3s);
  EXPECT_EQ(cluster.get("p1", "a"), "1");
  EXPECT_EQ(cluster.get("r1", "a"), "1");
}

TEST_F(HoldsTest, AnApplyDelayHoldsEachRecordForItsTime) {
  cluster.defaults.apply_delay = 10s;
  cluster.start_replica("r2", "p1");
  cluster.pass(5s);
  EXPECT_EQ(cluster.ready("r2"), "") << "the record that names it a member is not applied yet";
  EXPECT_THAT(cluster.status("p1").members, ElementsAre("r1", "r2")) << "having it on disk is enough";
  cluster.pass(10s);
  put("a", "1");
  cluster.pass(9s);
  EXPECT_EQ(cluster.get("r2", "a"), "0");
  EXPECT_EQ(cluster.status("p1").replicas.at(1).holds.apply_delay, Duration(10s));
  cluster.pass(2s);
  EXPECT_EQ(cluster.get("r2", "a"), "1");
}

TEST_F(HoldsTest, AnApplyDelayWithAFullLogGoesOnWhenAllIsApplied) {
  cluster.defaults.apply_delay = 1s;
  cluster.defaults.max_log = 8 << 10;
  cluster.start_replica("r2", "p1");
  cluster.pass(5s);
  for (int i = 0; i < 20; ++i) put("k" + std::to_string(i), std::string(1'000, 'x'));
  cluster.pass(5s);
  put("a", "1");
  cluster.pass(5s);
  EXPECT_EQ(cluster.get("r2", "a"), "1") << "nothing makes its log shorter, so it must not wait for that";
}

// --- cancel, commit status -----------------------------------------------------------------------------------------------

TEST_F(HoldsTest, ACancelledWaitIsUnknownAndTheCommitGoesOn) {
  switch_to(Rung::kSemiSync);
  hold("r1", Stage::kReceived);
  RequestId write = put("a", "1");
  cluster.send("p1", Cancel{write});
  cluster.settle();
  auto failed = std::get<Failed>(cluster.replies("p1", write).back());
  EXPECT_EQ(failed.error.code, ErrorCode::kUnknownOutcome);
  ASSERT_TRUE(failed.token);
  auto asked = [&] {
    return std::get<CommitStatusReply>(*cluster.call("p1", GetCommitStatus{*failed.token})).status;
  };
  EXPECT_EQ(asked().state, replication::CommitState::kPending);
  EXPECT_EQ(cluster.get("p1", "a"), "0");
  release("r1");
  EXPECT_EQ(asked().state, replication::CommitState::kVisible);
  EXPECT_EQ(cluster.get("p1", "a"), "1");
}

TEST_F(HoldsTest, ACancelledWriteThatStillQueuesIsNotRun) {
  hold("p1", Stage::kAppended);
  Lsn end = cluster.status("p1").appended;
  RequestId write = put("a", "1");
  cluster.send("p1", Cancel{write});
  cluster.settle();
  EXPECT_EQ(std::get<Failed>(cluster.replies("p1", write).back()).error.code, ErrorCode::kRefused);
  release("p1");
  EXPECT_EQ(cluster.status("p1").appended, end);
}

TEST_F(HoldsTest, AReadThatWaitsForATokenCanBeCancelled) {
  RequestId read = cluster.send("r1", Get{"t", "a", Token{Lsn{1 << 20}, TimelineId{1}}});
  cluster.settle();
  EXPECT_TRUE(cluster.replies("r1", read).empty());
  cluster.send("r1", Cancel{read});
  cluster.settle();
  EXPECT_EQ(std::get<Failed>(cluster.replies("r1", read).back()).error.code, ErrorCode::kUnknownOutcome);
}

}  // namespace
}  // namespace wallaby::node
