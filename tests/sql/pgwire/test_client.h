// tests/sql/pgwire/test_client.h
//
// One client before one connection with a made-up session: bytes in, lines out.
//
//     TestClient client;
//     client.log_in();
//     EXPECT_EQ(client.say(frontend::query("rows 1")), (Lines{"RowDescription ...", "DataRow 1 n1", ...}));
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/pgwire/connection.h"
#include "tests/sql/pgwire/fake_session.h"
#include "tests/sql/pgwire/frontend.h"

namespace wallaby::sql::pgwire::testing {

using Lines = std::vector<std::string>;

class TestClient final : public ConnectionHost {
 public:
  explicit TestClient(DoorOptions options = {}, std::string peer = "127.0.0.1:40000")
      : options_(options), connection(7, std::move(peer), now, options_, *this) {}

  /// Sends bytes, runs until nothing more is done by itself, and tells what came back.
  Lines say(std::string_view bytes) {
    connection.received(bytes);
    return go_on();
  }
  Lines go_on() { return backend_lines(take()); }
  std::string take() {
    std::string out;
    do {
      progress = connection.run(now);
      std::string more = connection.take_output();
      connection.sent(more.size());
      out += more;
    } while (progress == Progress::kResting || progress == Progress::kFull);
    return out;
  }
  void log_in() { say(frontend::startup({{"user", "alice"}})); }

  SqlResult<Login> admit(TimePoint, const Visitor& who) override {
    visitor = who;
    if (refusal) return std::unexpected(*refusal);
    return login;
  }
  CancelKey enroll(Connection&) override { return {42, 4711}; }
  SqlResult<std::unique_ptr<Session>> open_session(TimePoint, SessionStart start,
                                                   ClientChannel& client) override {
    if (bad_setting) return std::unexpected(*bad_setting);
    auto made = std::make_unique<FakeSession>(std::move(start), client);
    session = made.get();
    return made;
  }
  void cancel(TimePoint, CancelKey key) override { cancelled.emplace_back(key.pid, key.key); }
  void fill_with_chance(std::span<uint8_t> bytes) override {
    for (uint8_t& byte : bytes) byte = 'r';
  }
  void touched(Connection&) override { ++touches; }
  void log(node::LogLevel, std::string text) override { logged.push_back(std::move(text)); }

  TimePoint now{std::chrono::hours(1)};
  Login login{.trusted = true};
  std::optional<SqlError> refusal, bad_setting;
  std::optional<Visitor> visitor;
  FakeSession* session = nullptr;
  std::vector<std::pair<int32_t, uint32_t>> cancelled;
  std::vector<std::string> logged;
  int touches = 0;
  Progress progress = Progress::kIdle;

 private:
  DoorOptions options_;

 public:
  Connection connection;
};

}  // namespace wallaby::sql::pgwire::testing
