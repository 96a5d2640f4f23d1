#include "node/doorkeeper.h"

#include <functional>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/guest.h"

namespace wallaby::node {
namespace {

using ::testing::HasSubstr;
using namespace testing;
using namespace std::chrono_literals;

struct DoorkeeperTest : GuestTest {};

TEST_F(DoorkeeperTest, from_this_machine_nobody_is_asked) {
  start();
  Guest guest(cluster, "127.0.0.1:50000");
  guest.ask(GetStatus{});
  EXPECT_EQ(guest.heard(), "answered");
}

TEST_F(DoorkeeperTest, from_elsewhere_tls_and_a_password_let_in) {
  start();
  Guest guest(cluster);
  EXPECT_EQ(guest.comes_in(access_of("alice")), "in");
  guest.ask(GetStatus{});
  EXPECT_EQ(guest.heard(), "answered");
}

TEST_F(DoorkeeperTest, from_elsewhere_without_them_a_request_is_refused_with_what_to_do) {
  start();
  Guest clear(cluster);
  clear.ask(GetStatus{});
  EXPECT_THAT(clear.heard(), HasSubstr("give --tls-ca FILE, --user NAME and --password-file FILE"));
  EXPECT_TRUE(clear.closed());
  Guest encrypted(cluster);
  encrypted.start_tls();
  encrypted.ask(GetStatus{});
  EXPECT_THAT(encrypted.heard(), HasSubstr("the password of a role"));
  EXPECT_TRUE(encrypted.closed());
  EXPECT_THAT(cluster.said("p1").back(), HasSubstr("connection from 10.0.0.9:50000: turned away: "));
}

TEST_F(DoorkeeperTest, a_refusal_does_not_wait_for_a_large_request) {
  start();
  Guest guest(cluster);
  std::string header;
  proto::write_message_header(header, MessageType::kRequest, 70 << 20);
  guest.say(header);
  EXPECT_THAT(guest.heard(), HasSubstr("asks who comes from elsewhere"));
}

TEST_F(DoorkeeperTest, a_login_in_clear_is_not_even_begun) {
  start();
  Guest guest(cluster);
  EXPECT_THAT(guest.comes_in({.login = Credentials{"alice", "s3cret"}}), HasSubstr("over TLS alone"));
  EXPECT_TRUE(guest.closed());
}

TEST_F(DoorkeeperTest, a_wrong_password_an_unknown_role_and_one_without_login_sound_the_same) {
  start();
  for (const auto& [role, password] :
       {std::pair<std::string, std::string>{"alice", "wrong"}, {"nobody", "s3cret"}, {"guest", "s3cret"}}) {
    Guest guest(cluster);
    EXPECT_EQ(guest.comes_in(access_of(role, password)),
              "password authentication failed for role '" + role + "'");
    EXPECT_TRUE(guest.closed());
  }
  // So do the salts: each name has one of its own, always the same.
  auto salt_of = [&](const std::string& role) {
    Guest guest(cluster);
    guest.start_tls();
    guest.log_in(role, "n,,n=,r=abc");
    std::string first = guest.scram_heard();
    return first.substr(first.find(",s="), first.rfind(',') - first.find(",s="));
  };
  EXPECT_EQ(salt_of("nobody"), salt_of("nobody"));
  EXPECT_NE(salt_of("nobody"), salt_of("somebody"));
  EXPECT_EQ(salt_of("nobody").size(), salt_of("alice").size());
}

TEST_F(DoorkeeperTest, who_logs_in_is_held_to_it_even_from_this_machine) {
  start();
  Guest guest(cluster, "127.0.0.1:50000");
  EXPECT_THAT(guest.comes_in({.login = Credentials{"alice", "wrong"}}),
              HasSubstr("password authentication failed"));
  Guest right(cluster, "127.0.0.1:50000");
  EXPECT_EQ(right.comes_in({.login = Credentials{"alice", "s3cret"}}), "in");
}

TEST_F(DoorkeeperTest, a_recorded_login_is_worth_nothing) {
  start();
  const uint8_t nonce[] = {1, 2, 3};
  Guest guest(cluster);
  guest.start_tls();
  ScramClient client("s3cret", nonce);
  guest.log_in("alice", client.first());
  std::string proof = *client.final(guest.scram_heard());
  guest.log_in({}, proof);
  EXPECT_TRUE(client.verify(guest.scram_heard()));
  Guest thief(cluster);
  thief.start_tls();
  thief.log_in("alice", client.first());
  EXPECT_NE(thief.scram_heard(), "nothing");
  thief.log_in({}, proof);
  EXPECT_THAT(thief.heard(), HasSubstr("r= is not the nonce of this login"));
  EXPECT_TRUE(thief.closed());
}

TEST_F(DoorkeeperTest, words_out_of_place_end_the_connection) {
  start();
  using Script = std::function<void(Guest&)>;
  const std::vector<std::pair<const char*, Script>> scripts = {
      {"bytes behind the request for TLS",
       [](Guest& guest) {
         std::string both;
         proto::write_message(both, MessageType::kStartTls, {});
         proto::write_message(both, MessageType::kStartTls, {});
         guest.say(both);
       }},
      {"TLS twice",
       [](Guest& guest) {
         guest.start_tls();
         guest.say(MessageType::kStartTls);
       }},
      {"TLS with a body", [](Guest& guest) { guest.say(MessageType::kStartTls, "x"); }},
      {"a request in the middle of a login",
       [](Guest& guest) {
         guest.start_tls();
         guest.log_in("alice", "n,,n=,r=abc");
         guest.scram_heard();
         guest.ask(GetStatus{});
       }},
      {"a login of no role",
       [](Guest& guest) {
         guest.start_tls();
         guest.log_in("", "n,,n=,r=abc");
       }},
      {"a second login",
       [](Guest& guest) {
         EXPECT_EQ(guest.comes_in(access_of("alice")), "in");
         guest.log_in("alice", "n,,n=,r=abc");
       }},
      {"a role's name without end",
       [](Guest& guest) {
         guest.start_tls();
         guest.log_in(std::string(64, 'x'), "n,,n=,r=abc");
       }},
      {"a login that is no Protobuf",
       [](Guest& guest) {
         guest.start_tls();
         guest.say(MessageType::kLogin, "\xff\xff");
       }},
      {"more than a login takes",
       [](Guest& guest) { guest.say(MessageType::kLogin, std::string(20'000, 'x')); }},
  };
  for (const auto& [what, script] : scripts) {
    Guest guest(cluster);
    script(guest);
    EXPECT_TRUE(guest.closed()) << what;
  }
}

TEST_F(DoorkeeperTest, a_node_without_a_certificate_says_so) {
  cluster.defaults.tls = false;
  start();
  Guest guest(cluster);
  EXPECT_THAT(guest.comes_in(access_of("alice")), HasSubstr("p1 has no certificate"));
}

TEST_F(DoorkeeperTest, insecure_asks_for_passwords_because_there_are_some) {
  cluster.defaults.admission = kInsecure;
  start();
  Guest guest(cluster);
  guest.ask(GetStatus{});
  EXPECT_THAT(guest.heard(), HasSubstr("give --user NAME and --password-file FILE"));
  Guest known(cluster);
  EXPECT_EQ(known.comes_in({.login = Credentials{"alice", "s3cret"}}), "in");
}

TEST_F(DoorkeeperTest, who_does_not_come_to_the_end_of_a_login_is_sent_away) {
  start();
  Guest slow(cluster), known(cluster);
  slow.start_tls();
  slow.log_in("alice", "n,,n=,r=abc");
  slow.scram_heard();
  EXPECT_EQ(known.comes_in(access_of("alice")), "in");
  cluster.pass(cluster.defaults.first_message_timeout + 2s);
  EXPECT_TRUE(slow.closed());
  EXPECT_FALSE(known.closed()) << "who has logged in may think";
}

TEST_F(DoorkeeperTest, strangers_do_not_take_the_places_of_others) {
  start();
  std::vector<Guest> strangers;
  for (size_t i = 0; i < Doorkeeper::kMaxVisitors; ++i) strangers.emplace_back(cluster);
  cluster.settle();
  EXPECT_FALSE(strangers.back().closed());
  Guest one_more(cluster);
  cluster.settle();
  EXPECT_THAT(one_more.heard(), HasSubstr("have not logged in yet"));
  Guest from_here(cluster, "127.0.0.1:50000");
  from_here.ask(GetStatus{});
  EXPECT_EQ(from_here.heard(), "answered");
  EXPECT_EQ(strangers[0].comes_in(access_of("alice")), "in");
  Guest next(cluster);
  EXPECT_EQ(next.comes_in(access_of("alice")), "in") << "one of them has become somebody";
}

}  // namespace
}  // namespace wallaby::node
