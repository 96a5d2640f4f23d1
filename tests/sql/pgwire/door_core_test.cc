#include "sql/pgwire/door_core.h"

#include <map>

#include <gtest/gtest.h>

#include "tests/sql/pgwire/fake_session.h"
#include "tests/sql/pgwire/frontend.h"

namespace wallaby::sql::pgwire {
namespace {

using namespace std::chrono_literals;
using node::ConnectionId;
using testing::FakeSession;
using Lines = std::vector<std::string>;
namespace frontend = testing::frontend;

/// A door, and everybody who knocks at it.
struct DoorCoreTest : ::testing::Test, DoorServices {
  SqlResult<std::shared_ptr<const Catalog>> catalog() override {
    if (not_serving) return std::unexpected(*not_serving);
    return std::make_shared<const Catalog>();
  }
  SqlResult<std::unique_ptr<Session>> open_session(TimePoint, SessionStart start,
                                                   ClientChannel& client) override {
    auto session = std::make_unique<FakeSession>(std::move(start), client);
    sessions[session->start.pid] = session.get();
    return session;
  }

  void open(DoorOptions options = {}) {
    door = std::make_unique<DoorCore>(options, *this, [this](std::span<uint8_t> bytes) {
      for (uint8_t& byte : bytes) byte = ++chance;
    });
  }
  void accept(ConnectionId id, std::string peer = "127.0.0.1:1000") {
    door->step(now, node::ConnectionAccepted{id, std::move(peer), node::Door::kSql});
  }
  void send(ConnectionId id, std::string_view bytes) { door->step(now, node::BytesReceived{id, bytes}); }
  /// Takes what is to be done, and does it.
  void turn() {
    for (const node::NodeOutput& output : door->take_outputs(now)) {
      if (const auto* sent = std::get_if<node::SendBytes>(&output)) {
        ++sends;
        for (const SharedBytes& piece : sent->pieces) {
          for (std::string& line : testing::backend_lines(piece.view())) heard[sent->id].push_back(line);
          if (reads) door->step(now, node::BytesSent{sent->id, piece.size()});
        }
      } else if (const auto* tls = std::get_if<node::StartTls>(&output)) {
        heard[tls->id].push_back("TLS");
      } else if (const auto* closed = std::get_if<node::CloseConnection>(&output)) {
        heard[closed->id].push_back("closed");
      } else if (const auto* reading = std::get_if<node::SetReading>(&output)) {
        heard[reading->id].push_back(reading->reading ? "reading" : "not reading");
      } else if (const auto* line = std::get_if<node::LogLine>(&output)) {
        logged.push_back(line->text);
      }
    }
  }
  Lines hear(ConnectionId id) {
    turn();
    return std::exchange(heard[id], {});
  }
  Lines log_in(ConnectionId id, std::string peer = "127.0.0.1:1000") {
    accept(id, std::move(peer));
    send(id, frontend::startup({{"user", "alice"}}));
    return hear(id);
  }

  TimePoint now{1h};
  std::unique_ptr<DoorCore> door;
  std::optional<SqlError> not_serving;
  std::map<int32_t, FakeSession*> sessions;
  std::map<ConnectionId, Lines> heard;
  Lines logged;
  uint8_t chance = 0;
  int sends = 0;
  bool reads = true;
};

TEST_F(DoorCoreTest, a_turn_answers_a_whole_batch_with_one_send) {
  open();
  log_in(1);
  sends = 0;
  for (int i = 0; i < 50; ++i) send(1, frontend::extended("param", {"1"}));
  EXPECT_EQ(hear(1).size(), 50u * 6);
  EXPECT_EQ(sends, 1);
}

TEST_F(DoorCoreTest, sessions_are_numbered_and_their_keys_unpredictable) {
  open();
  EXPECT_EQ(log_in(1).at(3).substr(0, 16), "BackendKeyData 1");
  EXPECT_EQ(log_in(3).at(3).substr(0, 16), "BackendKeyData 2");
  EXPECT_TRUE(door->owns(1));
  EXPECT_FALSE(door->owns(5));
}

TEST_F(DoorCoreTest, one_that_waits_does_not_stop_the_others) {
  open();
  log_in(1);
  log_in(3);
  send(1, frontend::query("wait a"));
  send(3, frontend::query("rows 1"));
  EXPECT_EQ(hear(3).size(), 4u);
  EXPECT_EQ(hear(1), Lines{});
  sessions[1]->release();  // from inside the node
  EXPECT_EQ(hear(1), (Lines{"CommandComplete INSERT 0 1", "ReadyForQuery I"}));
}

TEST_F(DoorCoreTest, a_long_statement_gets_one_slice_a_turn) {
  open();
  log_in(1);
  log_in(3);
  send(1, frontend::query("rest 3"));
  EXPECT_EQ(door->next_deadline(), now);  // asks for the next turn at once
  for (int slice = 0; slice < 2; ++slice) {
    send(3, frontend::query("rows 0"));
    EXPECT_EQ(hear(3).size(), 3u);
    EXPECT_EQ(hear(1), Lines{});  // a second call in the same turn gives no slice
  }
  door->step(now, node::Tick{});
  EXPECT_EQ(hear(1), (Lines{"CommandComplete OK", "ReadyForQuery I"}));
  EXPECT_EQ(door->next_deadline(), kNever);
}

TEST_F(DoorCoreTest, a_client_that_does_not_read_is_not_read_and_goes_on_when_it_does) {
  open();
  log_in(1);
  reads = false;
  send(1, frontend::query("endless"));
  std::string more;
  while (more.size() <= Connection::kMaxBuffered) more += frontend::query("rows 0");
  send(1, more);
  Lines lines = hear(1);
  EXPECT_EQ(lines.back(), "not reading");
  EXPECT_EQ(hear(1), Lines{});
  door->step(now, node::Tick{});
  EXPECT_EQ(hear(1), Lines{});  // still full, and no turn is asked for
  EXPECT_EQ(door->next_deadline(), kNever);
  door->step(now, node::BytesSent{1, 500'000});
  EXPECT_GT(hear(1).size(), 1000u);
}

TEST_F(DoorCoreTest, cancel_needs_the_right_key) {
  open();
  Lines welcome = log_in(1);
  uint32_t key = static_cast<uint32_t>(std::stoul(welcome.at(3).substr(17)));
  send(1, frontend::query("wait a"));
  accept(3);
  send(3, frontend::cancel_request(1, key + 1));
  EXPECT_EQ(hear(3), Lines{"closed"});
  EXPECT_EQ(hear(1), Lines{});
  accept(5);
  send(5, frontend::cancel_request(1, key));
  EXPECT_EQ(hear(1),
            (Lines{"Error ERROR 57014: canceling statement due to user request", "ReadyForQuery I"}));
  EXPECT_EQ(hear(5), Lines{"closed"});
}

TEST_F(DoorCoreTest, sessions_are_limited_and_cancel_comes_through_a_full_house) {
  open(DoorOptions{.max_connections = 2});
  Lines welcome = log_in(1);
  log_in(3);
  EXPECT_EQ(log_in(5), (Lines{"Error FATAL 53300: sorry, too many clients already", "closed"}));
  send(1, frontend::query("wait a"));
  accept(7);
  send(7, frontend::cancel_request(1, static_cast<uint32_t>(std::stoul(welcome.at(3).substr(17)))));
  EXPECT_EQ(hear(1).size(), 2u);
  send(3, frontend::terminate());
  EXPECT_EQ(hear(3), Lines{"closed"});
  EXPECT_EQ(log_in(9).back(), "ReadyForQuery I");  // its place is free again
}

TEST_F(DoorCoreTest, visitors_who_say_nothing_are_limited_in_number_and_time) {
  open(DoorOptions{.max_connections = 1, .login_timeout = 10s});
  ConnectionId id = 1;
  for (size_t i = 0; i <= DoorCore::kMaxVisitors; ++i) accept(id += 2);
  accept(id += 2);
  EXPECT_EQ(hear(id), (Lines{"Error FATAL 53300: sorry, too many clients already", "closed"}));
  EXPECT_EQ(door->next_deadline(), now + 10s);
  now += 10s;
  door->step(now, node::Tick{});
  turn();
  for (const auto& [who, lines] : heard) {
    EXPECT_EQ(lines, who == id ? Lines{} : Lines{"closed"});
  }
  EXPECT_EQ(door->next_deadline(), kNever);
}

TEST_F(DoorCoreTest, a_node_that_does_not_serve_says_so_in_the_words_that_clients_understand) {
  open();
  not_serving = sql_error("57P03", "the database system is not yet accepting connections");
  EXPECT_EQ(log_in(1),
            (Lines{"Error FATAL 57P03: the database system is not yet accepting connections", "closed"}));
}

TEST_F(DoorCoreTest, from_elsewhere_tls_and_a_password_are_needed) {
  open();
  EXPECT_EQ(log_in(1, "192.0.2.7:1000").at(0).substr(0, 63),
            "Error FATAL 28000: a connection from 192.0.2.7:1000 needs TLS H");
  open(DoorOptions{.rules = {.require_tls_elsewhere = false}});
  EXPECT_EQ(log_in(1, "192.0.2.7:1000"), Lines{"AuthenticationSASL SCRAM-SHA-256"});
  open(DoorOptions{.rules = {.trust_loopback = false}});
  EXPECT_EQ(log_in(1, "[::1]:1000"), Lines{"AuthenticationSASL SCRAM-SHA-256"});
  open(DoorOptions{.rules = node::kInsecure});
  EXPECT_EQ(log_in(1, "192.0.2.7:1000").back(), "ReadyForQuery I");
}

TEST_F(DoorCoreTest, tls_begins_behind_its_answer) {
  open(DoorOptions{.tls = true});
  accept(1, "192.0.2.7:1000");
  send(1, frontend::ssl_request());
  EXPECT_EQ(hear(1), (Lines{"rest 1 bytes", "TLS"}));  // the byte S
  send(1, frontend::startup({{"user", "alice"}}));
  EXPECT_EQ(hear(1), Lines{"AuthenticationSASL SCRAM-SHA-256"});
}

TEST_F(DoorCoreTest, the_stop_ends_all_and_lets_nobody_in) {
  open();
  log_in(1);
  log_in(3);
  accept(5);
  send(3, frontend::query("wait a"));
  turn();
  door->step(now, node::StopRequested{});
  const std::string farewell = "Error FATAL 57P01: terminating connection due to administrator command";
  EXPECT_EQ(hear(1), (Lines{farewell, "closed"}));
  EXPECT_EQ(hear(3), (Lines{farewell, "closed"}));
  EXPECT_EQ(hear(5), (Lines{"Error FATAL 57P03: the database system is shutting down", "closed"}));
  EXPECT_EQ(log_in(7), (Lines{"Error FATAL 57P03: the database system is shutting down", "closed"}));
}

TEST_F(DoorCoreTest, a_lost_connection_takes_its_session_along) {
  open();
  log_in(1);
  send(1, frontend::query("wait a"));
  turn();
  door->step(now, node::ConnectionLost{1, "reset"});
  EXPECT_FALSE(door->owns(1));
  turn();
  send(1, "late");  // no harm
  EXPECT_EQ(hear(1), Lines{});
}

TEST_F(DoorCoreTest, one_session_can_end_another) {
  open();
  log_in(1);
  log_in(3);
  sessions[1]->terminate(now);
  turn();
  EXPECT_EQ(door->next_deadline(), now);
  door->step(now, node::Tick{});
  EXPECT_EQ(hear(1).at(0), "Error FATAL 57P01: terminating connection due to administrator command");
  EXPECT_TRUE(door->owns(3));
}

TEST_F(DoorCoreTest, a_sessions_timeout_is_asked_for_and_told) {
  open();
  log_in(1);
  sessions[1]->deadline = now + 5s;
  send(1, frontend::query("begin"));
  EXPECT_EQ(hear(1).back(), "ReadyForQuery T");
  EXPECT_EQ(door->next_deadline(), now + 5s);
  now += 5s;
  door->step(now, node::Tick{});
  EXPECT_EQ(hear(1).at(0), "Error FATAL 25P03: terminating connection due to idle-in-transaction timeout");
  EXPECT_FALSE(door->owns(1));
}

}  // namespace
}  // namespace wallaby::sql::pgwire
