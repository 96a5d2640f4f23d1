// Replicas at a feeder's door: which roles may replicate, and what a replica makes of being turned away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/replica.h"
#include "replication/messages.h"
#include "tests/node/guest.h"

namespace wallaby::node {
namespace {

using ::testing::HasSubstr;
using namespace testing;
using namespace std::chrono_literals;

struct ReplicaAccess : GuestTest {};

std::string hello() {
  replication::Hello said;
  said.name = *parse_node_name("r1");
  said.directory = DirectoryId{7};
  std::string bytes;
  replication::encode_message(said, bytes);
  return bytes;
}

TEST_F(ReplicaAccess, a_hello_needs_a_role_that_may_replicate) {
  start();
  Guest alice(cluster);
  EXPECT_EQ(alice.comes_in(access_of("alice")), "in");
  alice.say(hello());
  EXPECT_THAT(alice.heard(), HasSubstr("ALTER ROLE alice REPLICATION"));
  EXPECT_TRUE(alice.closed());
  for (const char* role : {"copier", "admin"}) {
    Guest guest(cluster);
    EXPECT_EQ(guest.comes_in(access_of(role)), "in");
    guest.say(hello());
    EXPECT_EQ(guest.heard(), "answer") << role;
  }
  Guest nobody(cluster);
  nobody.say(hello());
  EXPECT_THAT(nobody.heard(), HasSubstr("asks who comes from elsewhere"));
}

TEST_F(ReplicaAccess, a_replica_logs_in_and_feeds_another_one) {
  start();
  cluster.defaults.access = access_of("copier");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  cluster.start_replica("r2", "r1");
  cluster.pass(3s);
  EXPECT_NE(cluster.ready("r1"), "");
  EXPECT_NE(cluster.ready("r2"), "");
  EXPECT_EQ(cluster.status("p1").digest, cluster.status("r2").digest);
  // And once more after the link was lost.
  cluster.kill("p1");
  ASSERT_EQ(cluster.restart("p1"), std::nullopt);
  cluster.pass(5s);
  EXPECT_EQ(cluster.status("r1").upstream->state, "streaming");
}

TEST_F(ReplicaAccess, a_base_copy_comes_over_the_same_link) {
  cluster.defaults.max_slot_keep = 1 << 10;
  cluster.defaults.checkpoint_log = 1 << 10;
  start();
  cluster.client_address = "127.0.0.1:50000";
  for (int i = 0; i < 300; ++i) cluster.put("p1", "k" + std::to_string(i), std::string(1000, 'x'));
  cluster.call("p1", TakeCheckpoint{});
  cluster.pass(3s);
  cluster.defaults.access = access_of("admin");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  EXPECT_THAT(cluster.status("r1").upstream->way, HasSubstr("snapshot"));
  EXPECT_EQ(cluster.status("p1").digest, cluster.status("r1").digest);
}

TEST_F(ReplicaAccess, a_replica_that_is_turned_away_says_why_and_comes_again) {
  start();
  cluster.defaults.access = access_of("copier", "wrong");
  cluster.start_replica("r1", "p1");
  cluster.pass(5s);
  EXPECT_EQ(cluster.ready("r1"), "");
  EXPECT_THAT(cluster.said("r1").back(), HasSubstr("password authentication failed for role 'copier'"));
  cluster.defaults.access = {};
  cluster.start_replica("r2", "p1");
  cluster.pass(5s);
  EXPECT_EQ(cluster.status("r2").upstream->state, "refused");
  EXPECT_THAT(cluster.status("r2").upstream->last_failure, HasSubstr("give --tls-ca FILE"));
}

TEST_F(ReplicaAccess, a_replica_that_knows_no_roles_yet_lets_nobody_log_in) {
  start();
  cluster.start_replica("r1", "p1");
  cluster.settle();
  Guest guest(cluster, "10.0.0.9:50000", "r1");
  EXPECT_THAT(guest.comes_in(access_of("alice")), HasSubstr("r1 knows no roles yet"));
}

TEST_F(ReplicaAccess, replicas_come_in_to_a_primary_that_waits_for_them) {
  start();
  cluster.defaults.access = access_of("copier");
  cluster.start_replica("r1", "p1");
  cluster.pass(3s);
  cluster.client_address = "127.0.0.1:50000";
  cluster.call("p1", SetPolicy{replication::Rung::kSync, {}, {}});
  cluster.put("p1", "k", "v");
  cluster.kill("r1");
  cluster.kill("p1");
  ASSERT_EQ(cluster.restart("p1"), std::nullopt);
  cluster.settle();
  EXPECT_THAT(cluster.get("p1", "k"), HasSubstr("does not know whether"));
  ASSERT_EQ(cluster.restart("r1"), std::nullopt);
  cluster.pass(5s);
  EXPECT_EQ(cluster.get("p1", "k"), "v");
}

}  // namespace
}  // namespace wallaby::node
