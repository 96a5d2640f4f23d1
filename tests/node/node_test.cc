#include "node/node.h"

#include <gmock/gmock.h>

#include "tests/node/test_cluster.h"

namespace wallaby::node {
namespace {

using replication::Rung;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::TestCluster;
using namespace std::chrono_literals;

Token token_of(const std::optional<ReplyBody>& reply) {
  if (!reply || !std::holds_alternative<Written>(*reply)) return {};
  return std::get<Written>(*reply).token.value_or(Token{});
}

std::string failure_of(const std::optional<ReplyBody>& reply) {
  if (!reply) return "(no answer)";
  if (const auto* failed = std::get_if<Failed>(&*reply)) return failed->error.message;
  return "(no failure)";
}

TEST(Node, APrimaryAloneWritesAndReads) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.settle();
  EXPECT_THAT(cluster.ready("p1"),
              StartsWith("primary p1, listening on 127.0.0.1:7400, timeline 1, log end 0/"));
  EXPECT_NE(token_of(cluster.put("p1", "hello", "world")), Token{});
  EXPECT_EQ(cluster.get("p1", "hello"), "world");
  EXPECT_EQ(cluster.get("p1", "nobody"), "(none)");
}

TEST(Node, ARestartedPrimaryHasEverythingThatWasFlushed) {
  TestCluster cluster;
  cluster.start_primary("p1");
  for (int i = 0; i < 50; ++i) cluster.put("p1", "k" + std::to_string(i), std::string(100, 'x'));
  cluster.kill("p1");
  cluster.disk("p1").cut_power_losing_all();
  ASSERT_EQ(cluster.restart("p1"), std::nullopt);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(cluster.get("p1", "k" + std::to_string(i)), std::string(100, 'x'));
}

TEST(Node, AReplicaFollowsBecomesAMemberAndRefusesWrites) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.put("p1", "before", "1");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  EXPECT_THAT(cluster.ready("r1"),
              StartsWith("replica r1, listening on 127.0.0.1:7401, following 127.0.0.1:7400, timeline 1"));
  EXPECT_THAT(cluster.status("p1").members, ::testing::ElementsAre("r1"));
  cluster.put("p1", "after", "2");
  EXPECT_EQ(cluster.get("r1", "before"), "1");
  EXPECT_EQ(cluster.get("r1", "after"), "2");
  EXPECT_THAT(failure_of(cluster.put("r1", "x", "y")), HasSubstr("127.0.0.1:7400"));
  EXPECT_EQ(cluster.status("p1").digest, cluster.status("r1").digest);
}

TEST(Node, SyncWaitsForEveryMemberAndAsyncReleases) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.start_replica("r1", "p1");
  cluster.start_replica("r2", "p1");
  cluster.pass(3s);
  ASSERT_EQ(cluster.status("p1").members.size(), 2u);
  ASSERT_TRUE(std::holds_alternative<PolicyReply>(*cluster.call("p1", SetPolicy{Rung::kSync, {}})));
  EXPECT_NE(token_of(cluster.put("p1", "a", "1")), Token{});
  cluster.kill("r2");
  RequestId waiting =
      cluster.send("p1", Write{{engine::Change{engine::ChangeKind::kPut, "t", "b", "2"}}, {}});
  cluster.pass(1100ms);
  auto replies = cluster.replies("p1", waiting);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_THAT(std::get<ClientNotice>(replies[0]).text, HasSubstr("r2"));
  EXPECT_EQ(cluster.get("p1", "b"), "(none)");
  EXPECT_EQ(cluster.get("r1", "b"), "2");
  cluster.call("p1", SetPolicy{Rung::kAsync, {}});
  EXPECT_TRUE(std::holds_alternative<Written>(cluster.replies("p1", waiting).back()));
  EXPECT_EQ(cluster.get("p1", "b"), "2");
}

TEST(Node, ARestartInAWaitingModeRefusesReadsUntilAcknowledgedAgain) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  cluster.call("p1", SetPolicy{Rung::kSync, {}});
  cluster.kill("r1");
  EXPECT_EQ(cluster.put("p1", "a", "1"), std::nullopt);
  cluster.kill("p1");
  ASSERT_EQ(cluster.restart("p1"), std::nullopt);
  cluster.settle();
  EXPECT_THAT(cluster.get("p1", "a"), HasSubstr("was restarted"));
  ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  cluster.pass(3s);
  EXPECT_EQ(cluster.get("p1", "a"), "1");
}

TEST(Node, APausedReplicaStepsAndResumes) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  cluster.put("p1", "a", "0");
  cluster.call("r1", HoldStage{});
  Token first = token_of(cluster.put("p1", "a", "1"));
  Token second = token_of(cluster.put("p1", "a", "2"));
  EXPECT_EQ(cluster.get("r1", "a"), "0");
  RequestId waiting = cluster.send("r1", Get{"t", "a", second});
  auto stepped = cluster.call("r1", Step{1});
  ASSERT_TRUE(stepped && std::holds_alternative<Stepped>(*stepped)) << failure_of(stepped);
  EXPECT_EQ(std::get<Stepped>(*stepped).records.at(0).token, first);
  EXPECT_EQ(cluster.get("r1", "a"), "1");
  EXPECT_TRUE(cluster.replies("r1", waiting).empty());
  cluster.call("r1", ReleaseStage{});
  ASSERT_EQ(cluster.replies("r1", waiting).size(), 1u);
  EXPECT_EQ(cluster.get("r1", "a"), "2");
}

TEST(Node, AReplicaThatWasAwayTooLongTakesABaseCopy) {
  TestCluster cluster;
  cluster.defaults.max_slot_keep = 64 << 10;
  cluster.defaults.checkpoint_log = 100 << 10;
  cluster.start_primary("p1");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  cluster.kill("r1");
  for (int i = 0; i < 1500; ++i)
    cluster.put("p1", "k" + std::to_string(i % 100), std::string(500, 'a' + i % 26));
  cluster.pass(3s);
  ASSERT_GT(cluster.status("p1").log_oldest, Lsn{});
  ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  cluster.pass(5s);
  EXPECT_THAT(cluster.status("r1").upstream->way, HasSubstr("snapshot"));
  cluster.put("p1", "last", "1");
  EXPECT_EQ(cluster.get("r1", "last"), "1");
  EXPECT_EQ(cluster.status("p1").digest, cluster.status("r1").digest);
  cluster.kill("r1");
  ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  EXPECT_EQ(cluster.get("r1", "last"), "1");
}

TEST(Node, AReplicaWithAFullDiskStopsReceivingAndGoesOnWhenThereIsSpace) {
  TestCluster cluster;
  cluster.defaults.log.segment_file_size = 4096;
  cluster.start_primary("p1");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  cluster.disk("r1").set_capacity(cluster.disk("r1").used() + 100);
  for (int i = 0; i < 40; ++i) cluster.put("p1", "k" + std::to_string(i), std::string(100, 'x'));
  cluster.pass(2s);
  EXPECT_LT(cluster.status("r1").visible, cluster.status("p1").visible);
  EXPECT_EQ(cluster.get("r1", "k0"), std::string(100, 'x'));
  cluster.disk("r1").set_capacity(1 << 30);
  cluster.pass(4s);
  EXPECT_EQ(cluster.status("r1").visible, cluster.status("p1").visible);
}

TEST(Node, ACleanStopLeavesNothingToAcknowledgeAgain) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  cluster.call("p1", SetPolicy{Rung::kSync, {}});
  cluster.put("p1", "a", "1");
  cluster.stop("p1");
  EXPECT_THAT(cluster.stopped("p1"), StartsWith("clean: "));
  cluster.stop("r1");
  EXPECT_THAT(cluster.stopped("r1"), StartsWith("clean: "));
  ASSERT_EQ(cluster.restart("p1"), std::nullopt);
  EXPECT_EQ(cluster.get("p1", "a"), "1");
}

TEST(Node, ACascadeOfThreeStreamsThrough) {
  TestCluster cluster;
  cluster.start_primary("p1");
  cluster.start_replica("r1", "p1");
  cluster.start_replica("r2", "r1");
  cluster.pass(5s);
  EXPECT_THAT(cluster.ready("r2"), HasSubstr("following"));
  cluster.put("p1", "a", "1");
  EXPECT_EQ(cluster.get("r2", "a"), "1");
  EXPECT_THAT(cluster.status("p1").members, ::testing::ElementsAre("r1"));
  EXPECT_THAT(failure_of(cluster.put("r2", "x", "y")), HasSubstr("127.0.0.1:7400"));
}

}  // namespace
}  // namespace wallaby::node
