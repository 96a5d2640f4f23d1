// Rungs that promise less or cannot be kept: off, on-missing reject and degrade; and the loss meter, which tells what each costs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/test_cluster.h"

namespace wallaby::node {
namespace {

using namespace std::chrono_literals;
using replication::Rung;
using replication::Stage;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TestCluster;

class MissingTest : public ::testing::Test {
 protected:
  MissingTest() {
    cluster.start_primary("p1");
    cluster.start_replica("r1", "p1");
    cluster.pass(3s);
    cluster.put("p1", "a", "0");
  }

  RequestId put(const std::string& value, std::optional<Rung> ack = {}) {
    Write write;
    write.changes.push_back({engine::ChangeKind::kPut, "t", "a", value});
    write.ack = ack;
    RequestId id = cluster.send("p1", write);
    cluster.settle();
    return id;
  }
  std::optional<ReplyBody> last(RequestId id) {
    auto replies = cluster.replies("p1", id);
    return replies.empty() ? std::nullopt : std::optional(replies.back());
  }
  std::optional<Rung> met(RequestId id) {
    auto reply = last(id);
    if (!reply || !std::holds_alternative<Written>(*reply)) return std::nullopt;
    return std::get<Written>(*reply).rung;
  }
  std::string failure(RequestId id) {
    auto reply = last(id);
    return reply && std::holds_alternative<Failed>(*reply) ? std::get<Failed>(*reply).error.message : "";
  }
  void policy(Rung rung, std::string on_missing) {
    cluster.call("p1", SetPolicy{rung, {}, std::move(on_missing)});
  }
  NodeStatus status() { return cluster.status("p1"); }

  TestCluster cluster;
};

/// Nothing can be acknowledged without the replica, no checkpoint can be newer than what is acknowledged, and the log has grown
/// far past it: the copy must be possible all the same.
TEST_F(MissingTest, AReplicaThatIsWaitedForGetsItsBaseCopyHoweverFarTheLogIs) {
  cluster.defaults.max_slot_keep = 64 << 10;
  cluster.defaults.checkpoint_log = 64 << 10;
  cluster.start_primary("p2");
  cluster.start_replica("r2", "p2");
  cluster.pass(3s);
  cluster.kill("r2");
  auto fill = [&] {
    for (int i = 0; i < 400; ++i) cluster.put("p2", "k" + std::to_string(i % 50), std::string(1000, 'x'));
    cluster.pass(3s);
  };
  fill();
  cluster.call("p2", TakeCheckpoint{});
  cluster.pass(3s);
  cluster.call("p2", SetPolicy{Rung::kSemiSync, {}, "block"});
  fill();
  ASSERT_GT(cluster.status("p2").waiting, 0u);
  ASSERT_EQ(cluster.restart("r2"), std::nullopt);
  cluster.hold_jobs("r2", true);  // the copy takes its time
  cluster.pass(3s);
  for (const std::string& line : cluster.said("p2")) EXPECT_THAT(line, Not(HasSubstr("too slow")));
  cluster.hold_jobs("r2", false);
  cluster.pass(3s);
  EXPECT_THAT(cluster.status("r2").upstream->way, HasSubstr("snapshot"));
  EXPECT_EQ(cluster.status("p2").waiting, 0u);
}

// --- off -------------------------------------------------------------------------------------------------------------

TEST_F(MissingTest, OffAcknowledgesWhatIsAppended) {
  policy(Rung::kOff, "block");
  cluster.hold_jobs("p1", true);
  RequestId write = put("1");
  EXPECT_EQ(met(write), Rung::kOff);
  EXPECT_GT(status().visible, status().flushed);
  EXPECT_EQ(cluster.get("p1", "a"), "1") << "readers see it before the disk has it";
  EXPECT_EQ(cluster.get("r1", "a"), "0") << "replicas get only what is flushed";
  EXPECT_EQ(status().loss->commits, 1u);
  cluster.hold_jobs("p1", false);
  cluster.settle();
  EXPECT_EQ(cluster.get("r1", "a"), "1");
  EXPECT_EQ(status().loss, LossStatus{});
}

TEST_F(MissingTest, ACheckpointUnderOffIsNeverAheadOfTheFlushedLog) {
  policy(Rung::kOff, "block");
  cluster.call("p1", HoldStage{{Stage::kFlushed, {}}});
  put("1");
  RequestId asked = cluster.send("p1", TakeCheckpoint{});
  cluster.settle();
  EXPECT_EQ(last(asked), std::nullopt) << "it is written, and waits for the log";
  EXPECT_EQ(status().checkpoint_newest, Lsn{});
  cluster.call("p1", ReleaseStage{});
  ASSERT_TRUE(last(asked));
  EXPECT_EQ(status().checkpoint_newest, status().flushed);
}

TEST_F(MissingTest, AfterOffEverythingIsHeldToTheNewRung) {
  policy(Rung::kOff, "block");
  put("1");
  policy(Rung::kSemiSync, "block");
  cluster.call("r1", HoldStage{{Stage::kReceived, {}}});
  RequestId write = put("2");
  EXPECT_EQ(met(write), std::nullopt);
  EXPECT_EQ(cluster.get("p1", "a"), "1");
}

// --- reject ------------------------------------------------------------------------------------------------------------

TEST_F(MissingTest, RejectFailsNewWritesAtOnceAndLogsNothing) {
  policy(Rung::kSemiSync, "reject");
  EXPECT_EQ(met(put("1")), Rung::kSemiSync);
  cluster.kill("r1");
  cluster.settle();
  Lsn end = status().appended;
  RequestId write = put("2");
  EXPECT_THAT(failure(write), HasSubstr("on-missing reject"));
  EXPECT_EQ(status().appended, end);
  EXPECT_EQ(cluster.get("p1", "a"), "1");
  EXPECT_THAT(failure(put("2", Rung::kAsync)), HasSubstr("on-missing reject"))
      << "readers would not see it either: visibility follows the switch";
  ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  cluster.pass(3s);
  EXPECT_EQ(met(put("3")), Rung::kSemiSync);
}

TEST_F(MissingTest, RejectLooksAtAStrongerSessionsOwnRungToo) {
  policy(Rung::kAsync, "reject");
  cluster.kill("r1");
  cluster.settle();
  EXPECT_EQ(met(put("1")), Rung::kAsync);
  EXPECT_THAT(failure(put("2", Rung::kSync)), HasSubstr("on-missing reject"));
}

// --- degrade -----------------------------------------------------------------------------------------------------------

TEST_F(MissingTest, DegradeFallsBackToAsyncLogsItAndReArms) {
  policy(Rung::kSync, "degrade=2s");
  EXPECT_EQ(met(put("1")), Rung::kSync);
  cluster.kill("r1");
  RequestId write = put("2");
  cluster.pass(1900ms);
  EXPECT_EQ(met(write), std::nullopt);
  cluster.pass(200ms);
  EXPECT_EQ(met(write), Rung::kAsync) << "no acknowledgement claims more than it has";
  bool told = false;
  for (const ReplyBody& reply : cluster.replies("p1", write))
    if (const auto* notice = std::get_if<ClientNotice>(&reply))
      told |= notice->text.find("degraded") != std::string::npos;
  EXPECT_TRUE(told);
  EXPECT_THAT(status().degraded, HasSubstr("r1"));
  EXPECT_EQ(status().rung, "sync");
  EXPECT_EQ(status().loss->commits, 1u);
  EXPECT_EQ(met(put("3")), Rung::kAsync);

  ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  cluster.pass(5s);
  EXPECT_EQ(status().degraded, "");
  EXPECT_EQ(met(put("4")), Rung::kSync);
  for (const RungStatus& rung : status().rungs)
    EXPECT_EQ(rung.degraded, rung.rung == "sync" ? 1u : 0u) << rung.rung;
  EXPECT_EQ(cluster.get("r1", "a"), "4");
}

TEST_F(MissingTest, ADegradeIsKeptOverARestartAndEndsByItself) {
  policy(Rung::kSync, "degrade=2s");
  cluster.kill("r1");
  put("1");
  cluster.pass(3s);
  ASSERT_NE(status().degraded, "");
  cluster.kill("p1");
  ASSERT_EQ(cluster.restart("p1"), std::nullopt);
  cluster.settle();
  EXPECT_NE(status().degraded, "");
  EXPECT_EQ(cluster.get("p1", "a"), "1") << "async governs, so reads are served";
  ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  cluster.pass(5s);
  EXPECT_EQ(status().degraded, "");
}

TEST_F(MissingTest, ANewPolicyEndsADegrade) {
  policy(Rung::kSync, "degrade=2s");
  cluster.kill("r1");
  put("1");
  cluster.pass(3s);
  ASSERT_NE(status().degraded, "");
  policy(Rung::kSync, "block");
  EXPECT_EQ(status().degraded, "");
  EXPECT_EQ(met(put("2")), std::nullopt);
  policy(Rung::kSync, "degrade=2s");
  cluster.pass(3s);
  ASSERT_NE(status().degraded, "");
  policy(Rung::kSync, "degrade=2s");
  EXPECT_EQ(status().degraded, "") << "the same switch thrown again is a new promise";
}

TEST_F(MissingTest, ASessionThatNamedItsRungIsNotDegraded) {
  policy(Rung::kSync, "degrade=2s");
  cluster.kill("r1");
  RequestId own = put("1", Rung::kSync);
  cluster.pass(5s);
  EXPECT_NE(status().degraded, "");
  EXPECT_EQ(met(own), std::nullopt);
  ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  cluster.pass(5s);
  EXPECT_EQ(met(own), Rung::kSync);
}

// --- the loss meter ------------------------------------------------------------------------------------------------------

TEST_F(MissingTest, NothingIsLostInAHealthyWaitingMode) {
  for (Rung rung : {Rung::kSemiSync, Rung::kDurable, Rung::kSync}) {
    policy(rung, "block");
    put("1");
    EXPECT_EQ(status().loss, LossStatus{}) << to_string(rung);
  }
}

TEST_F(MissingTest, CountsWhatIsAcknowledgedAndOnNoReplica) {
  Lsn before = status().visible;
  cluster.call("p1", HoldStage{{Stage::kSent, {}}});
  put("1");
  put("2");
  EXPECT_EQ(status().loss->commits, 2u);
  EXPECT_EQ(status().loss->bytes, status().visible - before);
  cluster.call("p1", ReleaseStage{});
  EXPECT_EQ(status().loss, LossStatus{});
}

TEST_F(MissingTest, AReplicaThatIsAwayStillHoldsWhatItHadOnItsDisk) {
  cluster.kill("r1");
  EXPECT_EQ(status().loss, LossStatus{});
  put("1");
  EXPECT_EQ(status().loss->commits, 1u);
}

TEST_F(MissingTest, AnEarlyAnswerCountsBeforeItIsVisible) {
  policy(Rung::kSync, "block");
  cluster.call("p1", HoldStage{{Stage::kSent, {}}});
  EXPECT_EQ(met(put("1", Rung::kAsync)), Rung::kAsync);
  EXPECT_EQ(status().loss->commits, 1u);
  cluster.call("p1", ReleaseStage{});
  EXPECT_EQ(status().loss, LossStatus{});
}

}  // namespace
}  // namespace wallaby::node
