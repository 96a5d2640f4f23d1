#include "server/load_generator.h"

#include <atomic>
#include <set>

#include <gtest/gtest.h>

#include "tests/server/peers.h"

namespace wallaby::server {
namespace {

using namespace std::chrono_literals;

node::Get get(size_t client, uint64_t n) {
  return node::Get{"t", std::to_string(client) + "/" + std::to_string(n), {}};
}

TEST(Load, SendsAsManyRequestsAsAskedFor) {
  std::set<std::string> keys;
  ScriptServer server(answering([&](const node::Request& request) {
    keys.insert(std::get<node::Get>(request.body).key);
    return node::Value{"v"};
  }));
  LoadOptions options{.address = server.address(), .clients = 8, .depth = 4, .requests = 5000, .make = get};
  uint64_t replies = 0;
  options.on_reply = [&](size_t, uint64_t, const node::ReplyBody& body, Duration latency) {
    EXPECT_EQ(body, node::ReplyBody(node::Value{"v"}));
    EXPECT_GE(latency, 0ns);
    ++replies;
  };
  auto result = run_load(options);
  server.stop();
  ASSERT_TRUE(result.has_value()) << result.error();
  EXPECT_EQ(result->done, 5000u);
  EXPECT_EQ(result->failed, 0u);
  EXPECT_EQ(result->latency.count(), 5000u);
  EXPECT_GT(result->elapsed, 0ns);
  EXPECT_EQ(replies, 5000u);
  EXPECT_EQ(keys.size(), 5000u);  // each once
}

TEST(Load, EndsWithItsTime) {
  ScriptServer server(answering([](const node::Request&) { return node::Value{"v"}; }));
  auto result = run_load({.address = server.address(), .clients = 2, .duration = 100ms, .make = get});
  ASSERT_TRUE(result.has_value()) << result.error();
  EXPECT_GT(result->done, 0u);
  EXPECT_EQ(result->failed, 0u);
  EXPECT_GE(result->elapsed, 50ms);
}

TEST(Load, EndsWhenThereIsNothingMoreToSend) {
  ScriptServer server(answering([](const node::Request&) { return node::Value{"v"}; }));
  LoadOptions options{.address = server.address(), .clients = 3, .depth = 2};
  options.make = [](size_t client, uint64_t n) -> std::optional<node::RequestBody> {
    if (n == 10 * client) return std::nullopt;
    return get(client, n);
  };
  auto result = run_load(options);
  ASSERT_TRUE(result.has_value()) << result.error();
  EXPECT_EQ(result->done, 30u);
}

TEST(Load, CountsFailuresAndKeepsTheFirstReason) {
  Error why{ErrorCode::kReadOnly, "this is a replica"};
  ScriptServer server(answering([&](const node::Request& request) -> node::ReplyBody {
    if (request.id % 2 == 0) return node::Failed{why, {}};
    return node::Value{"v"};
  }));
  auto result = run_load({.address = server.address(), .requests = 100, .make = get});
  ASSERT_TRUE(result.has_value()) << result.error();
  EXPECT_EQ(result->done, 50u);
  EXPECT_EQ(result->failed, 50u);
  EXPECT_EQ(result->first_error, why);
}

TEST(Load, StopsOnTheFirstFailureWhenAskedTo) {
  ScriptServer server(answering([&](const node::Request& request) -> node::ReplyBody {
    if (request.id == 10) return node::Failed{{ErrorCode::kDiskFull, "full"}, {}};
    return node::Value{"v"};
  }));
  auto result =
      run_load({.address = server.address(), .requests = 100, .stop_on_failure = true, .make = get});
  ASSERT_TRUE(result.has_value()) << result.error();
  EXPECT_EQ(result->done, 9u);
  EXPECT_EQ(result->failed, 1u);
}

TEST(Load, AConnectionThatEndsFailsOnlyItsOwnRequests) {
  ScriptServer server(answering([](const node::Request& request) -> std::optional<node::ReplyBody> {
    if (std::get<node::Get>(request.body).key == "1/20") return std::nullopt;
    return node::Value{"v"};
  }));
  LoadOptions options{.address = server.address(), .clients = 2, .depth = 4};
  options.make = [](size_t client, uint64_t n) -> std::optional<node::RequestBody> {
    if (n == 100) return std::nullopt;
    return get(client, n);
  };
  auto result = run_load(options);
  ASSERT_TRUE(result.has_value()) << result.error();
  EXPECT_EQ(result->done, 120u);  // all of client 0, 20 of client 1
  EXPECT_GE(result->failed, 1u);
  EXPECT_LE(result->failed, 4u);
  ASSERT_TRUE(result->first_error.has_value());
  EXPECT_EQ(result->first_error->code, ErrorCode::kUnknownOutcome);
}

TEST(Load, GivesUpOnAnswersThatDoNotCome) {
  ScriptServer server([](ScriptCore&, const node::NodeEvent&) {});
  auto result =
      run_load({.address = server.address(), .depth = 3, .requests = 3, .drain_timeout = 10ms, .make = get});
  ASSERT_TRUE(result.has_value()) << result.error();
  EXPECT_EQ(result->failed, 3u);
}

TEST(Load, NobodyListens) {
  auto result = run_load({.address = free_address(), .requests = 1, .make = get});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kUnreachable);
}

}  // namespace
}  // namespace wallaby::server
