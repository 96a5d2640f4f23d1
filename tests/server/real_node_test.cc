#include "tests/server/real_node.h"

#include <atomic>
#include <chrono>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/load_generator.h"
#include "tests/server/peers.h"

namespace wallaby::server {
namespace {

using namespace std::chrono_literals;
using node::Role;
using ::testing::HasSubstr;

Token written(Client& client, const node::Write& write) {
  auto reply = client.call(write, {}, 20s);
  if (!reply) {
    ADD_FAILURE() << reply.error();
    return {};
  }
  return std::get<node::Written>(*reply).token.value();
}

std::optional<std::string> read(Client& client, const std::string& key, std::optional<Token> after = {}) {
  auto reply = client.call(node::Get{"t", key, after}, {}, 20s);
  if (!reply) {
    ADD_FAILURE() << reply.error();
    return {};
  }
  return std::get<node::Value>(*reply).value;
}

TEST(RealNode, PutsAndGetsOverASocket) {
  TemporaryDirectory data;
  RealNode primary(Role::kPrimary, data / "p1");
  EXPECT_THAT(primary.wait_until_ready(),
              HasSubstr("primary p1, listening on " + to_string(primary.address())));
  Client client = primary.client();
  written(client, put("t", "hello", "world"));
  EXPECT_EQ(read(client, "hello"), "world");
  std::string large(5 << 20, 'x');
  written(client, put("t", "large", large));
  EXPECT_EQ(read(client, "large"), large);
  EXPECT_TRUE(primary.stop().clean);
}

TEST(RealNode, ALargeFirstRequestIsTaken) {
  TemporaryDirectory data;
  RealNode primary(Role::kPrimary, data / "p1");
  Client client = primary.client();
  written(client, put("t", "large", std::string(5 << 20, 'x')));
}

TEST(RealNode, KeepsEverythingOverARestart) {
  TemporaryDirectory data;
  {
    RealNode primary(Role::kPrimary, data / "p1");
    Client client = primary.client();
    for (int i = 0; i < 100; ++i) written(client, put("t", std::to_string(i), std::string(10'000, 'a')));
  }
  RealNode primary(Role::kPrimary, data / "p1");
  Client client = primary.client();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(read(client, std::to_string(i)), std::string(10'000, 'a'));
}

TEST(RealNode, AReplicaFollowsAndRefusesWrites) {
  TemporaryDirectory data;
  RealNode primary(Role::kPrimary, data / "p1");
  RealNode replica(Role::kReplica, data / "r1",
                   [&](node::NodeOptions& options) { options.primary = primary.address(); });
  EXPECT_THAT(replica.wait_until_ready(), HasSubstr("following " + to_string(primary.address())));
  Client writer = primary.client(), reader = replica.client();
  for (int i = 0; i < 50; ++i) {
    Token token = written(writer, put("t", "k", std::to_string(i)));
    EXPECT_EQ(read(reader, "k", token), std::to_string(i));
  }
  auto refused = reader.call(put("t", "k", "no"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kReadOnly);
  EXPECT_THAT(refused.error().message, HasSubstr(to_string(primary.address())));
}

TEST(RealNode, IdleConnectionsDoNotDisturbALoad) {
  TemporaryDirectory data;
  RealNode primary(Role::kPrimary, data / "p1");
  std::vector<Client> idle;
  for (int i = 0; i < 200; ++i) idle.push_back(primary.client());
  LoadOptions options{.address = primary.address(), .clients = 16, .depth = 4, .requests = 5000};
  options.make = [](size_t client, uint64_t n) {
    return put("t", std::to_string(client), std::to_string(n));
  };
  auto result = run_load(options);
  ASSERT_TRUE(result.has_value()) << result.error();
  EXPECT_EQ(result->done, 5000u);
  EXPECT_FALSE(result->first_error.has_value());
  for (Client& client : idle) EXPECT_TRUE(read(client, "0").has_value());
}

TEST(RealNode, AClientThatDoesNotReadHoldsUpNobody) {
  TemporaryDirectory data;
  RealNode primary(Role::kPrimary, data / "p1");
  Client client = primary.client();
  written(client, put("t", "k", std::string(1 << 20, 'x')));
  Peer slow = Peer::connect(primary.address());
  for (node::RequestId id = 1; id <= 200; ++id) {
    std::string bytes;
    node::encode_request(node::Request{id, node::Get{"t", "k", {}}}, bytes);
    slow.write(bytes);
  }
  for (int i = 0; i < 50; ++i) written(client, put("t", "other", std::to_string(i)));
  // Its 200 MiB of answers are still there for it.
  size_t received = 0;
  while (received < 200u << 20) {
    std::string bytes = slow.read_some();
    ASSERT_FALSE(bytes.empty()) << received;
    received += bytes.size();
  }
}

TEST(RealNode, GarbageAndHugeLengthsEndOnlyTheirConnection) {
  TemporaryDirectory data;
  RealNode primary(Role::kPrimary, data / "p1");
  Client client = primary.client();
  written(client, put("t", "k", "v"));
  std::string huge("\xff\xff\xff\x7f\x00\x00\x00\x00\x20\x00\x4c\x57", 12);
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), huge, std::string(100'000, '\0')}) {
    Peer peer = Peer::connect(primary.address());
    peer.write(bytes);
    peer.read_to_end();
  }
  EXPECT_EQ(read(client, "k"), "v");
}

TEST(RealNode, WhoSaysNothingIsShownTheDoor) {
  TemporaryDirectory data;
  RealNode primary(Role::kPrimary, data / "p1",
                   [](node::NodeOptions& options) { options.first_message_timeout = 50ms; });
  Peer silent = Peer::connect(primary.address());
  Peer slow = Peer::connect(primary.address());
  slow.write("\x10");
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_EQ(slow.read_to_end(), "");
}

TEST(RealNode, StopsCleanlyUnderLoadAndKeepsWhatItAcknowledged) {
  TemporaryDirectory data;
  std::set<std::string> acknowledged;
  {
    RealNode primary(Role::kPrimary, data / "p1");
    LoadOptions options{.address = primary.address(), .clients = 8, .depth = 4, .duration = 20s};
    options.make = [](size_t client, uint64_t n) {
      return put("t", std::to_string(client) + "/" + std::to_string(n), "v");
    };
    options.on_reply = [&](size_t client, uint64_t n, const node::ReplyBody& reply, Duration) {
      if (std::holds_alternative<node::Written>(reply)) {
        acknowledged.insert(std::to_string(client) + "/" + std::to_string(n));
      }
      if (acknowledged.size() == 2000) primary.request_stop();
    };
    auto result = run_load(options);
    ASSERT_TRUE(result.has_value()) << result.error();
    EXPECT_GE(result->done, 2000u);
    EXPECT_LT(result->elapsed, 15s);
    ASSERT_TRUE(result->first_error.has_value());
    EXPECT_TRUE(primary.stop().clean);
  }
  RealNode primary(Role::kPrimary, data / "p1");
  Client client = primary.client();
  for (const std::string& key : acknowledged) EXPECT_EQ(read(client, key), "v") << key;
}

}  // namespace
}  // namespace wallaby::server
