// The door with real sessions on a real node: that all parts meet. What SQL does is tested where SQL is.
#include "sql/pgwire/door.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "node/scram.h"
#include "tests/sql/pgwire/real_door.h"

namespace wallaby::sql::pgwire {
namespace {

using testing::RealDoor;
using Lines = std::vector<std::string>;
namespace frontend = testing::frontend;

Lines ask(RealDoor& door, node::ConnectionId id, std::string_view text) {
  return door.say(id, frontend::query(text));
}

TEST(Door, tells_a_client_what_it_needs_to_know) {
  RealDoor door;
  Lines welcome = door.log_in(1);
  EXPECT_EQ(welcome.front(), "AuthenticationOk");
  EXPECT_EQ(welcome.back(), "ReadyForQuery I");
  for (std::string_view line :
       {"ParameterStatus client_encoding=UTF8", "ParameterStatus standard_conforming_strings=on",
        "ParameterStatus DateStyle=ISO, MDY", "ParameterStatus integer_datetimes=on",
        "ParameterStatus in_hot_standby=off", "ParameterStatus default_transaction_read_only=off"})
    EXPECT_NE(std::ranges::find(welcome, line), welcome.end()) << line;
}

TEST(Door, runs_statements_of_two_clients) {
  RealDoor door;
  door.log_in(1);
  door.log_in(3);
  EXPECT_EQ(ask(door, 1, "CREATE TABLE t (k int PRIMARY KEY, v text)"),
            (Lines{"CommandComplete CREATE TABLE", "ReadyForQuery I"}));
  EXPECT_EQ(ask(door, 1, "INSERT INTO t VALUES (1, 'a'), (2, NULL)"),
            (Lines{"CommandComplete INSERT 0 2", "ReadyForQuery I"}));
  EXPECT_EQ(ask(door, 3, "SELECT * FROM t ORDER BY k"),
            (Lines{"RowDescription k:23 v:25", "DataRow 1 a", "DataRow 2 NULL", "CommandComplete SELECT 2",
                   "ReadyForQuery I"}));
  EXPECT_EQ(door.say(3, frontend::extended("SELECT v FROM t WHERE k = $1", {"1"})),
            (Lines{"ParseComplete", "BindComplete", "RowDescription v:25", "DataRow a",
                   "CommandComplete SELECT 1", "ReadyForQuery I"}));
}

TEST(Door, several_statements_are_one_transaction) {
  RealDoor door;
  door.log_in(1);
  ask(door, 1, "CREATE TABLE t (k int PRIMARY KEY)");
  EXPECT_EQ(ask(door, 1, "INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)").back(), "ReadyForQuery I");
  EXPECT_EQ(ask(door, 1, "SELECT count(*) FROM t").at(1), "DataRow 0");
  EXPECT_EQ(door.say(1, frontend::parse("", "INSERT INTO t VALUES (1)") + frontend::bind("", "") +
                            frontend::execute("") + frontend::parse("", "SELECT 1/0") +
                            frontend::bind("", "") + frontend::execute("") + frontend::sync())
                .back(),
            "ReadyForQuery I");
  EXPECT_EQ(ask(door, 1, "SELECT count(*) FROM t").at(1), "DataRow 0");
}

TEST(Door, copies_rows_in_and_out) {
  RealDoor door;
  door.log_in(1);
  ask(door, 1, "CREATE TABLE t (k int PRIMARY KEY, v text)");
  EXPECT_EQ(ask(door, 1, "COPY t FROM STDIN"), Lines{"CopyInResponse 2 columns"});
  EXPECT_EQ(
      door.say(1, frontend::copy_data("1\ta\n2\t") + frontend::copy_data("\\N\n") + frontend::copy_done()),
      (Lines{"CommandComplete COPY 2", "ReadyForQuery I"}));
  EXPECT_EQ(ask(door, 1, "COPY t TO STDOUT"),
            (Lines{"CopyOutResponse 2 columns", "CopyData 1\ta\n", "CopyData 2\t\\N\n", "CopyDone",
                   "CommandComplete COPY 2", "ReadyForQuery I"}));
}

TEST(Door, a_lost_connection_rolls_back) {
  RealDoor door;
  door.log_in(1);
  ask(door, 1, "CREATE TABLE t (k int PRIMARY KEY)");
  ask(door, 1, "BEGIN; INSERT INTO t VALUES (1)");
  door.lose(1);
  door.log_in(3);
  EXPECT_EQ(ask(door, 3, "SELECT count(*) FROM t").at(1), "DataRow 0");
}

TEST(Door, may_end_while_sessions_wait_for_their_commits) {
  RealDoor door;
  for (node::ConnectionId id : {1, 3, 5}) door.log_in(id);
  ask(door, 1, "CREATE TABLE t (k int PRIMARY KEY)");
  for (node::ConnectionId id : {1, 3, 5}) {
    ask(door, id, "SET ack_mode = 'semi-sync'");
    EXPECT_EQ(ask(door, id, "INSERT INTO t VALUES (" + std::to_string(id) + ")"), Lines{})
        << "no replica is there";
  }
}

TEST(Door, roles_made_in_sql_log_in_with_their_password) {
  RealDoor door(DoorOptions{.rules = {.require_tls_elsewhere = false}});
  door.log_in(1);
  ASSERT_EQ(ask(door, 1, "CREATE ROLE alice LOGIN PASSWORD 's3cret'").front(), "CommandComplete CREATE ROLE");
  auto log_in = [&door](node::ConnectionId id, std::string password) {
    const uint8_t nonce[] = {1, 2, 3};
    node::ScramClient scram(std::move(password), nonce);
    door.accept(id, "192.0.2.7:1000");
    EXPECT_EQ(door.say(id, frontend::startup({{"user", "alice"}})),
              Lines{"AuthenticationSASL SCRAM-SHA-256"});
    std::string first = door.say(id, frontend::sasl_initial("SCRAM-SHA-256", scram.first())).at(0);
    return door.say(id, frontend::password(*scram.final(first.substr(first.find(' ') + 1))));
  };
  EXPECT_EQ(log_in(3, "s3cret").back(), "ReadyForQuery I");
  EXPECT_EQ(log_in(5, "guess"),
            Lines{"Error FATAL 28P01: password authentication failed for user \"alice\""});
  EXPECT_TRUE(door.closed(5));
}

}  // namespace
}  // namespace wallaby::sql::pgwire
