#include <gtest/gtest.h>

#include "tests/sql/pgwire/test_client.h"

namespace wallaby::sql::pgwire {
namespace {

using testing::Lines;
using testing::TestClient;
using frontend_parameters = testing::frontend::Parameters;
namespace frontend = testing::frontend;

struct ExtendedQuery : ::testing::Test {
  ExtendedQuery() { client.log_in(); }
  Lines say(std::string_view bytes) { return client.say(bytes); }
  Lines& journal() { return client.session->journal; }

  TestClient client;
};

std::string run(std::string_view text, std::string_view portal = "") {
  return frontend::parse("", text) + frontend::bind(portal, "") + frontend::execute(portal);
}

TEST_F(ExtendedQuery, a_drivers_batch_is_answered_in_one_piece) {
  EXPECT_EQ(say(frontend::extended("param", {"42"})),
            (Lines{"ParseComplete", "BindComplete", "RowDescription p:23", "DataRow 42",
                   "CommandComplete SELECT 1", "ReadyForQuery I"}));
}

TEST_F(ExtendedQuery, any_split_gives_the_same_answers_and_the_same_work) {
  std::string bytes = frontend::extended("param", {"42"}) + frontend::extended("write a") + run("write b") +
                      run("write c") + frontend::sync() + frontend::extended("fail 22012") +
                      frontend::extended("") + run("begin") + frontend::sync() + run("write d") +
                      frontend::sync() + run("rollback") + frontend::sync();
  TestClient whole;
  whole.log_in();
  const Lines expected = whole.say(bytes);
  const Lines work = {"write a alone", "write b in transaction", "write c in transaction",
                      "commit",        "write d in transaction", "rollback"};
  EXPECT_EQ(whole.session->journal, work);
  for (size_t split = 1; split < bytes.size(); ++split) {
    TestClient parts;
    parts.log_in();
    parts.connection.received(bytes.substr(0, split));
    std::string answer = parts.take();
    parts.connection.received(bytes.substr(split));
    answer += parts.take();
    ASSERT_EQ(testing::backend_lines(answer), expected) << "split at " << split;
    ASSERT_EQ(parts.session->journal, work) << "split at " << split;
  }
}

/// A client that is woken up for BindComplete alone only loses time.
TEST_F(ExtendedQuery, small_answers_stay_while_a_statement_waits) {
  auto has_output_after = [&](const std::string& bytes) {
    client.connection.received(bytes);
    EXPECT_EQ(client.connection.run(client.now), Progress::kWaiting);
    return client.connection.has_output();
  };
  EXPECT_FALSE(has_output_after(run("wait a") + frontend::sync()));
  client.session->release();
  EXPECT_TRUE(client.connection.has_output());
  EXPECT_EQ(client.go_on(),
            (Lines{"ParseComplete", "BindComplete", "CommandComplete INSERT 0 1", "ReadyForQuery I"}));

  EXPECT_TRUE(has_output_after(frontend::flush() + run("wait b") + frontend::sync()))
      << "a Flush lets them go";
  client.connection.take_output();
  client.connection.notice(sql_error("00000", "still waiting"));
  EXPECT_TRUE(client.connection.has_output()) << "a notice is for now";
  client.session->release();
  client.go_on();
}

TEST_F(ExtendedQuery, a_statement_is_run_when_the_message_behind_it_shows) {
  EXPECT_EQ(say(run("write a")), (Lines{"ParseComplete", "BindComplete"}));
  EXPECT_EQ(journal(), Lines{});
  EXPECT_EQ(say("S"), Lines{"CommandComplete INSERT 0 1"});
  EXPECT_EQ(journal(), Lines{"write a alone"});
  EXPECT_EQ(say(frontend::sync().substr(1)), Lines{"ReadyForQuery I"});
}

TEST_F(ExtendedQuery, flush_brings_answers_but_no_end) {
  EXPECT_EQ(say(run("write a") + frontend::flush()),
            (Lines{"ParseComplete", "BindComplete", "CommandComplete INSERT 0 1"}));
  EXPECT_EQ(journal(), Lines{"write a in transaction"});
  EXPECT_EQ(say(frontend::sync()), Lines{"ReadyForQuery I"});
  EXPECT_EQ(journal().back(), "commit");
}

TEST_F(ExtendedQuery, a_query_joins_a_transaction_that_has_begun_without_a_sync) {
  say(run("write a") + frontend::query("write b"));
  EXPECT_EQ(journal(), (Lines{"write a in transaction", "write b in transaction", "commit"}));
}

TEST_F(ExtendedQuery, a_driver_may_wait_between_describe_and_bind) {
  EXPECT_EQ(say(frontend::parse("s", "param") + frontend::describe('S', "s") + frontend::flush()),
            (Lines{"ParseComplete", "ParameterDescription 23", "RowDescription p:23"}));
  EXPECT_EQ(say(frontend::bind("", "s", {"7"}) + frontend::execute("") + frontend::sync()),
            (Lines{"BindComplete", "DataRow 7", "CommandComplete SELECT 1", "ReadyForQuery I"}));
}

TEST_F(ExtendedQuery, a_pipeline_up_to_sync_is_one_transaction) {
  EXPECT_EQ(say(run("write a") + run("fail 22012") + run("write c") + frontend::sync()),
            (Lines{"ParseComplete", "BindComplete", "CommandComplete INSERT 0 1", "ParseComplete",
                   "BindComplete", "Error ERROR 22012: failed as it was told", "ReadyForQuery I"}));
  EXPECT_EQ(journal(), (Lines{"write a in transaction", "rollback"}));
}

TEST_F(ExtendedQuery, a_commit_that_fails_at_sync_is_told_there) {
  EXPECT_EQ(say(run("write a") + run("failcommit") + frontend::sync()),
            (Lines{"ParseComplete", "BindComplete", "CommandComplete INSERT 0 1", "ParseComplete",
                   "BindComplete", "CommandComplete UPDATE 1",
                   "Error ERROR 40001: could not serialize access", "ReadyForQuery I"}));
}

TEST_F(ExtendedQuery, after_an_error_all_is_skipped_to_sync) {
  EXPECT_EQ(say(frontend::parse("", "syntax") + frontend::bind("", "") + frontend::query("rows 1") +
                frontend::describe('X', "") + frontend::sync()),
            (Lines{"Error ERROR 42601: syntax error at or near \"syntax\" P=1", "ReadyForQuery I"}));
  EXPECT_EQ(say(frontend::parse("", "syntax") + frontend::terminate()).size(), 1u);
  EXPECT_TRUE(client.connection.ended());
}

TEST_F(ExtendedQuery, waiting_holds_up_the_pipeline_in_order) {
  EXPECT_EQ(say(run("wait a") + frontend::sync() + run("rows 1") + frontend::sync()),
            (Lines{"ParseComplete", "BindComplete"}));
  client.session->release();
  EXPECT_EQ(client.go_on(),
            (Lines{"CommandComplete INSERT 0 1", "ReadyForQuery I", "ParseComplete", "BindComplete",
                   "DataRow 1 n1", "CommandComplete SELECT 1", "ReadyForQuery I"}));
}

TEST_F(ExtendedQuery, names_of_statements) {
  EXPECT_EQ(say(frontend::parse("s", "rows 1") + frontend::parse("s", "rows 1") + frontend::sync()),
            (Lines{"ParseComplete", "Error ERROR 42P05: prepared statement \"s\" already exists",
                   "ReadyForQuery I"}));
  EXPECT_EQ(say(frontend::bind("", "t") + frontend::sync()),
            (Lines{"Error ERROR 26000: prepared statement \"t\" does not exist", "ReadyForQuery I"}));
  EXPECT_EQ(say(frontend::bind("", "") + frontend::sync()),
            (Lines{"Error ERROR 26000: unnamed prepared statement does not exist", "ReadyForQuery I"}));
  EXPECT_EQ(say(frontend::close('S', "s") + frontend::close('S', "never") + frontend::describe('S', "s") +
                frontend::sync()),
            (Lines{"CloseComplete", "CloseComplete",
                   "Error ERROR 26000: prepared statement \"s\" does not exist", "ReadyForQuery I"}));
  EXPECT_EQ(say(frontend::parse("", "rows 1; rows 2") + frontend::sync()),
            (Lines{"Error ERROR 42601: cannot insert multiple commands into a prepared statement",
                   "ReadyForQuery I"}));
}

TEST_F(ExtendedQuery, the_unnamed_statement_lasts_until_the_next_one_or_a_query) {
  EXPECT_EQ(say(frontend::parse("", "rows 1") + frontend::sync()),
            (Lines{"ParseComplete", "ReadyForQuery I"}));
  EXPECT_EQ(say(frontend::describe('S', "") + frontend::sync()),
            (Lines{"ParameterDescription", "RowDescription id:23 name:25", "ReadyForQuery I"}));
  say(frontend::query("rows 0"));
  EXPECT_EQ(say(frontend::describe('S', "") + frontend::sync())[0],
            "Error ERROR 26000: unnamed prepared statement does not exist");
}

TEST_F(ExtendedQuery, names_of_portals) {
  EXPECT_EQ(say(frontend::parse("", "rows 3") + frontend::bind("p", "") + frontend::bind("p", "") +
                frontend::sync()),
            (Lines{"ParseComplete", "BindComplete", "Error ERROR 42P03: cursor \"p\" already exists",
                   "ReadyForQuery I"}));
  EXPECT_EQ(say(frontend::execute("p") + frontend::sync()),  // gone with its transaction
            (Lines{"Error ERROR 34000: portal \"p\" does not exist", "ReadyForQuery I"}));
  EXPECT_EQ(say(frontend::describe('P', "") + frontend::sync()),
            (Lines{"Error ERROR 34000: portal \"\" does not exist", "ReadyForQuery I"}));
}

TEST_F(ExtendedQuery, rows_can_be_taken_a_few_at_a_time) {
  say(frontend::query("begin"));
  EXPECT_EQ(say(frontend::parse("", "rows 3") + frontend::bind("p", "") + frontend::execute("p", 2) +
                frontend::sync()),
            (Lines{"ParseComplete", "BindComplete", "DataRow 1 n1", "DataRow 2 n2", "PortalSuspended",
                   "ReadyForQuery T"}));
  EXPECT_EQ(say(frontend::execute("p", 2) + frontend::sync()),
            (Lines{"DataRow 3 n3", "CommandComplete SELECT 1", "ReadyForQuery T"}));
  EXPECT_EQ(say(frontend::execute("p", 2) + frontend::sync()),
            (Lines{"CommandComplete SELECT 0", "ReadyForQuery T"}));
  EXPECT_EQ(say(run("commit") + frontend::execute("p") + frontend::sync()).at(3),
            "Error ERROR 34000: portal \"p\" does not exist");
}

TEST_F(ExtendedQuery, a_change_is_not_made_twice_by_one_portal) {
  EXPECT_EQ(say(run("write a") + frontend::execute("") + frontend::sync()),
            (Lines{"ParseComplete", "BindComplete", "CommandComplete INSERT 0 1",
                   "Error ERROR 55000: portal \"\" cannot be run", "ReadyForQuery I"}));
}

TEST_F(ExtendedQuery, the_empty_query_has_all_the_steps) {
  EXPECT_EQ(say(frontend::extended("")),
            (Lines{"ParseComplete", "BindComplete", "NoData", "EmptyQuery", "ReadyForQuery I"}));
  EXPECT_EQ(say(frontend::parse("", "") + frontend::describe('S', "") + frontend::sync()),
            (Lines{"ParseComplete", "ParameterDescription", "NoData", "ReadyForQuery I"}));
}

TEST_F(ExtendedQuery, parameters_come_as_text_or_binary) {
  say(frontend::parse("s", "param") + frontend::sync());
  auto bound = [&](const frontend_parameters& parameters, const std::vector<int>& in,
                   const std::vector<int>& out) {
    return say(frontend::bind("", "s", parameters, in, out) + frontend::execute("") + frontend::sync());
  };
  EXPECT_EQ(bound({frontend::int32(513)}, {1}, {})[1], "DataRow 513");
  EXPECT_EQ(bound({"513"}, {0}, {1})[1], "DataRow " + frontend::int32(513));
  EXPECT_EQ(bound({std::nullopt}, {}, {})[1], "DataRow NULL");
  EXPECT_EQ(bound({"abc"}, {}, {})[0],
            "Error ERROR 22P02: invalid input syntax for type integer: \"abc\" W=unnamed portal parameter $1 "
            "= '...'");
  EXPECT_EQ(bound({"1", "2"}, {}, {})[0],
            "Error ERROR 08P01: bind message supplies 2 parameters, but prepared statement \"s\" requires 1");
  EXPECT_EQ(bound({"1"}, {0, 0}, {})[0],
            "Error ERROR 08P01: bind message has 2 parameter formats but 1 parameters");
  EXPECT_EQ(bound({"1"}, {}, {0, 0})[0],
            "Error ERROR 08P01: bind message has 2 result formats but query has 1 columns");
  EXPECT_EQ(bound({"1"}, {2}, {})[0],
            "Error ERROR 22023: unsupported format code: 2 W=unnamed portal parameter $1");
  EXPECT_EQ(bound({"1"}, {}, {-1}),
            (Lines{"BindComplete", "Error ERROR 22023: unsupported format code: -1", "ReadyForQuery I"}));
  EXPECT_EQ(
      bound({"\xff"}, {}, {})[0],
      "Error ERROR 22021: invalid byte sequence for encoding \"UTF8\": 0xff W=unnamed portal parameter $1");
  EXPECT_EQ(
      say(frontend::bind("p", "s", {"x"}) + frontend::sync())[0],
      "Error ERROR 22P02: invalid input syntax for type integer: \"x\" W=portal \"p\" parameter $1 = '...'");
}

/// Counts and lengths that promise more than there is: an error like any other.
TEST_F(ExtendedQuery, a_message_that_does_not_fit_is_an_error_and_the_session_goes_on) {
  say(frontend::parse("s", "param") + frontend::sync());
  auto bind = [&](std::string_view values) {
    Lines lines = say(frontend::message('B', std::string("\0s\0", 3) + std::string(values)) +
                      frontend::execute("") + frontend::sync());
    EXPECT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines.back(), "ReadyForQuery I");
    return lines.front();
  };
  using namespace std::string_view_literals;
  const std::string insufficient = "Error ERROR 08P01: insufficient data left in message";
  EXPECT_EQ(bind("\xff\xff"sv), insufficient);
  EXPECT_EQ(
      bind("\0\0\xff\xff"sv),
      "Error ERROR 08P01: bind message supplies 65535 parameters, but prepared statement \"s\" requires 1");
  EXPECT_EQ(bind("\0\0\0\1\xff\xff\xff\xfe"sv), insufficient + " W=unnamed portal parameter $1");
  EXPECT_EQ(bind("\0\0\0\1\x7f\xff\xff\xff"sv), insufficient + " W=unnamed portal parameter $1");
  EXPECT_EQ(bind("\0\0\0\1\0\0\0\1"
                 "7\xff\xff"sv),
            insufficient);
  EXPECT_EQ(bind("\0\0\0\1\0\0\0\1"
                 "7\0\0more"sv),
            "Error ERROR 08P01: invalid message format");

  const Lines no_string = {"Error ERROR 08P01: invalid string in message", "ReadyForQuery I"};
  EXPECT_EQ(say(frontend::message('P', "no end") + frontend::execute("") + frontend::sync()), no_string);
  EXPECT_EQ(say(frontend::message('Q', "no end")), no_string) << "a Query has no Sync behind it";
  EXPECT_EQ(say(frontend::message('S', "more")),
            (Lines{"Error ERROR 08P01: invalid message format", "ReadyForQuery I"}));
  EXPECT_EQ(say(frontend::query("rows 0")).back(), "ReadyForQuery I");
}

TEST_F(ExtendedQuery, describe_of_a_portal_tells_the_formats) {
  EXPECT_EQ(say(frontend::parse("", "rows 0") + frontend::bind("", "", {}, {}, {1, 0}) +
                frontend::describe('P', "") + frontend::sync())[2],
            "RowDescription id:23:binary name:25");
}

TEST_F(ExtendedQuery, in_a_failed_transaction_only_its_end_is_taken) {
  say(frontend::parse("r", "rows 1") + frontend::parse("c", "commit") + frontend::sync());
  say(run("begin") + run("fail 22012") + frontend::sync());
  const std::string aborted =
      "Error ERROR 25P02: current transaction is aborted, commands ignored until end of transaction block";
  EXPECT_EQ(say(frontend::bind("", "r") + frontend::sync()), (Lines{aborted, "ReadyForQuery E"}));
  EXPECT_EQ(say(frontend::describe('S', "r") + frontend::sync()), (Lines{aborted, "ReadyForQuery E"}));
  EXPECT_EQ(say(frontend::parse("", "rows 1") + frontend::sync()), (Lines{aborted, "ReadyForQuery E"}));
  EXPECT_EQ(say(frontend::bind("", "c") + frontend::execute("") + frontend::sync()),
            (Lines{"BindComplete", "CommandComplete ROLLBACK", "ReadyForQuery I"}));
}

TEST_F(ExtendedQuery, a_subtype_that_does_not_exist_is_named) {
  EXPECT_EQ(say(frontend::describe('X', "") + frontend::sync())[0],
            "Error ERROR 08P01: invalid DESCRIBE message subtype 88");
  EXPECT_EQ(say(frontend::close('X', "") + frontend::sync())[0],
            "Error ERROR 08P01: invalid CLOSE message subtype 88");
}

TEST_F(ExtendedQuery, portals_are_limited) {
  std::string many = frontend::parse("s", "rows 1");
  for (size_t i = 0; i <= Connection::kMaxPortals; ++i) many += frontend::bind("p" + std::to_string(i), "s");
  Lines answer = say(many + frontend::sync());
  EXPECT_EQ(answer[Connection::kMaxPortals + 1],
            "Error ERROR 54000: a session cannot have more than 1000 portals");
}

}  // namespace
}  // namespace wallaby::sql::pgwire
