#include "server/door.h"

#include <gtest/gtest.h>

#include "tests/server/peers.h"

namespace wallaby::server {
namespace {

TEST(Door, PortZeroIsAnyFreeOne) {
  auto door = open_door({.listen = {"127.0.0.1", 0}, .given = true});
  ASSERT_TRUE(door.has_value()) << door.error();
  EXPECT_NE(door->socket.address.port, 0);
  EXPECT_EQ(door->reached_as, to_string(door->socket.address));
  EXPECT_TRUE(door->notices.empty());
  EXPECT_TRUE(connect_to(door->socket.address, std::chrono::seconds(5)).has_value());
}

TEST(Door, AGivenPortThatIsTakenIsAnError) {
  auto first = open_door({.listen = {"127.0.0.1", 0}, .given = true});
  ASSERT_TRUE(first.has_value());
  auto second = open_door({.listen = first->socket.address, .given = true});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
  EXPECT_NE(second.error().message.find(to_string(first->socket.address) + " is taken"), std::string::npos)
      << second.error();
}

TEST(Door, ADefaultPortThatIsTakenMovesOnAndSaysSo) {
  auto first = open_door({.listen = {"127.0.0.1", 0}, .given = true});
  ASSERT_TRUE(first.has_value());
  auto second = open_door({.listen = first->socket.address});
  ASSERT_TRUE(second.has_value()) << second.error();
  EXPECT_GT(second->socket.address.port, first->socket.address.port);
  ASSERT_EQ(second->notices.size(), 1u);
  EXPECT_NE(second->notices[0].find(std::to_string(second->socket.address.port)), std::string::npos);
}

TEST(Door, BeyondLoopbackOnlyWhenToldThatItIsInsecure) {
  auto careful = open_door({.listen = {"0.0.0.0", 0}, .given = true});
  ASSERT_FALSE(careful.has_value());
  EXPECT_EQ(careful.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(careful.error().message.find("--insecure"), std::string::npos);
  EXPECT_NE(careful.error().message.find("--tls-cert"), std::string::npos);

  auto told = open_door({.listen = {"0.0.0.0", 0}, .given = true, .insecure = true});
  ASSERT_TRUE(told.has_value()) << told.error();
  EXPECT_EQ(told->reached_as.find("0.0.0.0"), std::string::npos);
  EXPECT_EQ(told->notices.size(), 1u);
}

TEST(Door, AGuardedOneMayBeReachedFromElsewhere) {
  auto careful = open_door({.listen = {"0.0.0.0", 0}, .given = true, .flag = "--sql"});
  ASSERT_FALSE(careful.has_value());
  EXPECT_NE(careful.error().message.find("--sql 0.0.0.0:0 can be reached"), std::string::npos);
  EXPECT_NE(careful.error().message.find("--tls-cert"), std::string::npos);

  auto guarded = open_door({.listen = {"0.0.0.0", 0}, .given = true, .guarded = true, .flag = "--sql"});
  ASSERT_TRUE(guarded.has_value()) << guarded.error();
  EXPECT_TRUE(guarded->notices.empty());
}

TEST(Door, LocalhostIsLoopback) {
  auto door = open_door({.listen = {"localhost", 0}, .given = true});
  ASSERT_TRUE(door.has_value()) << door.error();
  EXPECT_TRUE(door->reached_as.starts_with("localhost:"));
}

TEST(Door, NoSuchHostAndNotThisMachine) {
  auto nobody = open_door({.listen = {"no such host", 1}, .given = true, .insecure = true});
  ASSERT_FALSE(nobody.has_value());
  EXPECT_EQ(nobody.error().code, ErrorCode::kInvalidArgument);
  auto elsewhere = open_door({.listen = {"192.0.2.1", 1}, .given = true, .insecure = true});
  ASSERT_FALSE(elsewhere.has_value());
  EXPECT_EQ(elsewhere.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace wallaby::server
