// When replicas flush: who waits for it is known on the primary, who puts it off is the replica.
#include <algorithm>

#include <gtest/gtest.h>

#include "replication/flush_pace.h"
#include "tests/node/test_cluster.h"

namespace wallaby::node {
namespace {

using replication::FlushPace;
using replication::Rung;
using testing::TestCluster;
using namespace std::chrono_literals;

class FlushPaceOfNodes : public ::testing::Test {
 protected:
  FlushPaceOfNodes() {
    cluster.start_primary("p1");
    cluster.start_replica("r1", "p1");
    cluster.start_replica("r2", "r1");
    cluster.pass(3s);
  }

  RequestId put(const std::string& value, std::optional<Rung> ack = {}) {
    Write write;
    write.changes.push_back({engine::ChangeKind::kPut, "t", "a", value});
    write.ack = ack;
    RequestId request = cluster.send("p1", write);
    cluster.come_to_rest();
    return request;
  }
  bool has_flushed(const std::string& node) {
    return cluster.status(node).flushed == cluster.status("p1").flushed;
  }
  bool has_received(const std::string& node) {
    return cluster.status(node).appended == cluster.status("p1").flushed;
  }

  /// The primary has heard of all that it sent.
  bool is_reported(const std::string& replica) {
    NodeStatus primary = cluster.status("p1");
    auto found = std::ranges::find(primary.replicas, replica, &ReplicaStatus::name);
    return found != primary.replicas.end() && found->positions.received == primary.flushed;
  }

  TestCluster cluster;
};

TEST_F(FlushPaceOfNodes, WhatNobodyWaitsForIsPutOffForAMoment) {
  put("1");
  EXPECT_TRUE(has_flushed("r1")) << "the first after a pause is not";
  put("2");
  EXPECT_TRUE(has_received("r1"));
  EXPECT_FALSE(has_flushed("r1"));
  cluster.pass(FlushPace::kGap);
  EXPECT_TRUE(has_flushed("r1"));
}

TEST_F(FlushPaceOfNodes, ASessionThatAsksForMoreDoesNotWaitForThat) {
  put("1");
  put("2");
  EXPECT_FALSE(has_flushed("r1"));
  RequestId asked = put("3", Rung::kDurable);
  ASSERT_FALSE(cluster.replies("p1", asked).empty()) << "no time has passed";
  EXPECT_TRUE(std::holds_alternative<Written>(cluster.replies("p1", asked).back()));
  EXPECT_TRUE(has_flushed("r1"));
}

TEST_F(FlushPaceOfNodes, UnderSyncNothingIsPutOffNorOnAReplicaThatAReplicaFeeds) {
  cluster.call("p1", SetPolicy{Rung::kSync, {}});
  for (const char* value : {"1", "2", "3"}) {
    RequestId asked = put(value);
    EXPECT_FALSE(cluster.replies("p1", asked).empty());
    EXPECT_TRUE(has_flushed("r2"));
  }
}

TEST_F(FlushPaceOfNodes, ReceiptThatNobodyWaitsForIsReportedWithTheFlush) {
  put("1");
  put("2");
  EXPECT_TRUE(has_received("r1"));
  EXPECT_FALSE(is_reported("r1"));
  cluster.pass(FlushPace::kGap);
  EXPECT_TRUE(is_reported("r1"));
}

TEST_F(FlushPaceOfNodes, UnderSemiSyncReceiptIsReportedAtOnceAndTheFlushPutOff) {
  cluster.call("p1", SetPolicy{Rung::kSemiSync, {}});
  put("1");
  RequestId asked = put("2");
  EXPECT_FALSE(cluster.replies("p1", asked).empty()) << "no time has passed";
  EXPECT_TRUE(is_reported("r1"));
  EXPECT_FALSE(has_flushed("r1"));
}

TEST_F(FlushPaceOfNodes, WhatAReplicaIsSentLeavesLastUnlessItIsWaitedFor) {
  uint64_t before = cluster.sent_at_leisure("p1");
  put("1");
  uint64_t after = cluster.sent_at_leisure("p1");
  EXPECT_GT(after, before);
  cluster.call("p1", SetPolicy{Rung::kSync, {}});
  before = cluster.sent_at_leisure("p1");
  put("2");
  EXPECT_EQ(cluster.sent_at_leisure("p1"), before);
}

TEST_F(FlushPaceOfNodes, AReaderWhoWaitsForAPositionIsAReason) {
  put("1");
  RequestId written = put("2");
  EXPECT_FALSE(has_flushed("r1"));
  Token token = *std::get<Written>(cluster.replies("p1", written).back()).token;
  RequestId read = cluster.send("r1", Get{"t", "a", token});
  cluster.come_to_rest();
  ASSERT_FALSE(cluster.replies("r1", read).empty());
  EXPECT_EQ(std::get<Value>(cluster.replies("r1", read).back()).value, "2");
}

}  // namespace
}  // namespace wallaby::node
