#include <gtest/gtest.h>

#include "tests/sql/pgwire/test_client.h"

namespace wallaby::sql::pgwire {
namespace {

using testing::Lines;
using testing::TestClient;
namespace frontend = testing::frontend;

struct SimpleQuery : ::testing::Test {
  SimpleQuery() { client.log_in(); }
  Lines ask(std::string_view text) { return client.say(frontend::query(text)); }
  Lines& journal() { return client.session->journal; }

  TestClient client;
};

TEST_F(SimpleQuery, rows_come_with_their_description_and_tag) {
  EXPECT_EQ(ask("rows 2"), (Lines{"RowDescription id:23 name:25", "DataRow 1 n1", "DataRow 2 n2",
                                  "CommandComplete SELECT 2", "ReadyForQuery I"}));
  EXPECT_EQ(ask("rows 0"),
            (Lines{"RowDescription id:23 name:25", "CommandComplete SELECT 0", "ReadyForQuery I"}));
}

TEST_F(SimpleQuery, an_empty_text_is_answered_too) {
  for (std::string_view text : {"", ";", " ; ; "})
    EXPECT_EQ(ask(text), (Lines{"EmptyQuery", "ReadyForQuery I"})) << text;
}

TEST_F(SimpleQuery, one_statement_commits_by_itself) {
  EXPECT_EQ(ask("write a"), (Lines{"CommandComplete INSERT 0 1", "ReadyForQuery I"}));
  EXPECT_EQ(journal(), Lines{"write a alone"});
}

TEST_F(SimpleQuery, several_statements_are_one_transaction_with_one_end) {
  EXPECT_EQ(ask("write a; rows 1; write b"),
            (Lines{"CommandComplete INSERT 0 1", "RowDescription id:23 name:25", "DataRow 1 n1",
                   "CommandComplete SELECT 1", "CommandComplete INSERT 0 1", "ReadyForQuery I"}));
  EXPECT_EQ(journal(), (Lines{"write a in transaction", "write b in transaction", "commit"}));
}

TEST_F(SimpleQuery, an_error_undoes_what_came_before_it_and_skips_what_comes_behind) {
  EXPECT_EQ(
      ask("write a; fail 22012; write b"),
      (Lines{"CommandComplete INSERT 0 1", "Error ERROR 22012: failed as it was told", "ReadyForQuery I"}));
  EXPECT_EQ(journal(), (Lines{"write a in transaction", "rollback"}));
  EXPECT_EQ(ask("rows 0").size(), 3u);
}

TEST_F(SimpleQuery, a_syntax_error_anywhere_runs_nothing) {
  EXPECT_EQ(ask("write a; syntax"),
            (Lines{"Error ERROR 42601: syntax error at or near \"syntax\" P=1", "ReadyForQuery I"}));
  EXPECT_EQ(journal(), Lines{});
}

TEST_F(SimpleQuery, a_statement_is_planned_when_those_before_it_have_run) {
  EXPECT_EQ(ask("write a; unknown"),
            (Lines{"CommandComplete INSERT 0 1", "Error ERROR 42P01: relation \"unknown\" does not exist",
                   "ReadyForQuery I"}));
}

TEST_F(SimpleQuery, a_commit_that_fails_is_the_last_statements_error) {
  EXPECT_EQ(ask("write a; failcommit"),
            (Lines{"CommandComplete INSERT 0 1", "Error ERROR 40001: could not serialize access",
                   "ReadyForQuery I"}));
}

TEST_F(SimpleQuery, ready_tells_how_the_transaction_stands) {
  EXPECT_EQ(ask("begin").back(), "ReadyForQuery T");
  EXPECT_EQ(ask("fail 22012").back(), "ReadyForQuery E");
  EXPECT_EQ(ask("rows 1")[0].substr(0, 18), "Error ERROR 25P02:");
  EXPECT_EQ(ask("syntax").back(), "ReadyForQuery E");
  EXPECT_EQ(ask("commit"), (Lines{"CommandComplete ROLLBACK", "ReadyForQuery I"}));
}

TEST_F(SimpleQuery, an_answer_waits_for_its_promise) {
  EXPECT_EQ(ask("wait a"), Lines{});
  EXPECT_EQ(client.progress, Progress::kWaiting);
  EXPECT_EQ(client.say(frontend::query("rows 0")), Lines{});  // must not be run before
  client.session->release();
  EXPECT_EQ(client.go_on(),
            (Lines{"CommandComplete INSERT 0 1", "ReadyForQuery I", "RowDescription id:23 name:25",
                   "CommandComplete SELECT 0", "ReadyForQuery I"}));
}

TEST_F(SimpleQuery, the_last_statement_is_answered_when_the_commit_is) {
  EXPECT_EQ(ask("write a; wait b"), Lines{"CommandComplete INSERT 0 1"});
  client.session->release();
  EXPECT_EQ(client.go_on(), (Lines{"CommandComplete INSERT 0 1", "ReadyForQuery I"}));
}

TEST_F(SimpleQuery, notices_and_settings_come_before_the_end) {
  EXPECT_EQ(ask("notice mind the gap"),
            (Lines{"Notice NOTICE 00000: mind the gap", "CommandComplete OK", "ReadyForQuery I"}));
  EXPECT_EQ(ask("set TimeZone=UTC"),
            (Lines{"CommandComplete OK", "ParameterStatus TimeZone=UTC", "ReadyForQuery I"}));
}

TEST_F(SimpleQuery, parameters_have_no_place_in_it) {
  EXPECT_EQ(ask("param"), (Lines{"Error ERROR 42P02: there is no parameter $1", "ReadyForQuery I"}));
}

TEST_F(SimpleQuery, cancel_ends_what_waits_and_the_session_goes_on) {
  EXPECT_EQ(ask("wait a"), Lines{});
  client.connection.cancel(client.now);
  EXPECT_EQ(client.go_on(),
            (Lines{"Error ERROR 57014: canceling statement due to user request", "ReadyForQuery I"}));
  EXPECT_EQ(ask("rows 0").size(), 3u);
}

TEST_F(SimpleQuery, cancel_of_a_waiting_commit_leaves_its_outcome_unknown) {
  EXPECT_EQ(ask("write a; wait b").size(), 1u);
  client.connection.cancel(client.now);
  EXPECT_EQ(client.go_on(), (Lines{"Error ERROR 40003: outcome unknown", "ReadyForQuery I"}));
}

TEST_F(SimpleQuery, cancel_of_nothing_does_nothing) {
  client.connection.cancel(client.now);
  EXPECT_EQ(journal(), Lines{});
  EXPECT_EQ(ask("rows 0").size(), 3u);
}

TEST_F(SimpleQuery, a_client_that_does_not_read_gets_no_more_than_a_little) {
  client.connection.received(frontend::query("endless"));
  Progress progress = Progress::kResting;
  while (progress == Progress::kResting) progress = client.connection.run(client.now);
  EXPECT_EQ(progress, Progress::kFull);
  std::string out = client.connection.take_output();
  EXPECT_GE(out.size(), Connection::kMaxUnsent);
  EXPECT_LT(out.size(), Connection::kMaxUnsent + 1000);
  EXPECT_EQ(client.connection.run(client.now), Progress::kFull);  // nothing has left yet
  client.connection.sent(1000);
  progress = Progress::kResting;
  while (progress == Progress::kResting) progress = client.connection.run(client.now);
  EXPECT_EQ(progress, Progress::kFull);
  EXPECT_LT(client.connection.take_output().size(), 2000u);
  // Even so it can be cancelled.
  client.connection.cancel(client.now);
  client.connection.run(client.now);
  EXPECT_EQ(testing::backend_lines(client.connection.take_output()).back(), "ReadyForQuery I");
}

TEST_F(SimpleQuery, a_statement_rests_so_that_others_have_their_turn) {
  client.connection.received(frontend::query("rest 3"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.connection.run(client.now), Progress::kResting);
  EXPECT_EQ(client.connection.run(client.now), Progress::kIdle);
}

TEST_F(SimpleQuery, input_is_not_read_without_end_while_a_statement_waits) {
  ask("wait a");
  EXPECT_TRUE(client.connection.wants_reading());
  for (int i = 0; i < 10'000; ++i) client.connection.received(frontend::query("rows 0"));
  client.connection.run(client.now);
  EXPECT_FALSE(client.connection.wants_reading());
  client.session->release();
  client.take();
  EXPECT_TRUE(client.connection.wants_reading());
}

TEST_F(SimpleQuery, many_small_messages_do_not_take_the_turn_of_others) {
  std::string syncs;
  for (int i = 0; i < 100'000; ++i) syncs += frontend::sync();
  client.connection.received(syncs);
  EXPECT_EQ(client.connection.run(client.now), Progress::kResting);
  EXPECT_FALSE(client.connection.wants_reading());
  size_t answered = client.take().size();
  EXPECT_GT(answered, 0u);
}

TEST_F(SimpleQuery, the_stop_of_the_server_is_told) {
  client.connection.stop(client.now);
  EXPECT_EQ(client.go_on(), Lines{"Error FATAL 57P01: terminating connection due to administrator command"});
  EXPECT_EQ(client.progress, Progress::kEnded);
}

TEST_F(SimpleQuery, at_the_stop_a_waiting_commit_gets_its_answer_first) {
  ask("write a; wait b");
  client.connection.stop(client.now);
  EXPECT_EQ(client.go_on(),
            (Lines{"Error ERROR 40003: outcome unknown", "ReadyForQuery I",
                   "Error FATAL 57P01: terminating connection due to administrator command"}));
}

TEST_F(SimpleQuery, a_timeout_of_the_session_ends_it) {
  client.session->deadline = client.now + std::chrono::seconds(1);
  EXPECT_EQ(client.connection.deadline(), client.now + std::chrono::seconds(1));
  client.now += std::chrono::seconds(1);
  client.connection.tick(client.now);
  EXPECT_EQ(client.go_on(),
            Lines{"Error FATAL 25P03: terminating connection due to idle-in-transaction timeout"});
  EXPECT_TRUE(client.connection.ended());
}

TEST_F(SimpleQuery, functions_by_number_and_unknown_messages) {
  Lines answer = client.say(frontend::message('F', "x"));
  EXPECT_EQ(answer[0].substr(0, 18), "Error ERROR 0A000:");
  EXPECT_EQ(answer[1], "ReadyForQuery I");
  EXPECT_EQ(client.say("z"), Lines{"Error FATAL 08P01: invalid frontend message type 122"});
  EXPECT_TRUE(client.connection.ended());
}

TEST_F(SimpleQuery, terminate_ends_it_without_an_answer) {
  EXPECT_EQ(client.say(frontend::terminate()), Lines{});
  EXPECT_TRUE(client.connection.ended());
}

}  // namespace
}  // namespace wallaby::sql::pgwire
