#include <gtest/gtest.h>

#include "tests/sql/session_fixture.h"

namespace wallaby::sql {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The clock goes on, and the session hears of it as soon as it wanted to.
std::string after(TestClient& client, Duration passed) {
  client.woken = false;
  client.now += passed;
  if (client.session->next_deadline() <= client.now) client.session->tick(client.now);
  return client.woken ? client.resume() : "asleep";
}

using SessionWaits = SessionTest;

TEST_F(SessionWaits, a_wait_for_a_position_ends_at_its_limit) {
  EXPECT_EQ(one.run("SELECT wallaby_wait_for_lsn('0/100@1', 100)"), "...");
  EXPECT_EQ(after(one, milliseconds(99)), "asleep");
  EXPECT_EQ(after(one, milliseconds(1)), "f | SELECT 1");
}

TEST_F(SessionWaits, a_wait_for_a_position_ends_when_it_is_there) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  backend.hold = true;
  one.run("INSERT INTO t VALUES (1)");
  std::string token = to_string(Token{backend.store.applied(), TimelineId{1}});
  EXPECT_EQ(two.run("SELECT wallaby_wait_for_lsn('" + token + "', 100)"), "...");
  backend.release(two.now);
  EXPECT_TRUE(two.woken);
  EXPECT_EQ(two.resume(), "t | SELECT 1");
  EXPECT_EQ(after(two, seconds(1)), "asleep");
}

TEST_F(SessionWaits, a_column_waits_and_the_others_keep_their_time) {
  EXPECT_EQ(one.run("SELECT 'asleep', clock_timestamp(), pg_sleep(2), clock_timestamp(), now()"), "...");
  EXPECT_EQ(after(one, seconds(2)),
            "asleep,2023-11-14 22:30:00+00,,2023-11-14 22:30:02+00,2023-11-14 22:30:00+00 | SELECT 1");
}

TEST_F(SessionWaits, each_row_waits) {
  EXPECT_EQ(one.run("SELECT n, pg_sleep(n) FROM generate_series(1, 2) n"), "...");
  EXPECT_EQ(after(one, seconds(1)), "...");
  EXPECT_EQ(after(one, seconds(1)), "asleep");
  EXPECT_EQ(after(one, seconds(1)), "1, | 2, | SELECT 2");
}

TEST_F(SessionWaits, waits_follow_each_other_in_an_expression) {
  EXPECT_EQ(one.run("SELECT pg_sleep(1)::text || wallaby_step(2) || pg_sleep(3)::text AS whole"), "...");
  EXPECT_EQ(after(one, seconds(1)), "...");
  EXPECT_EQ(backend.commands.size(), 1U);
  EXPECT_EQ(after(one, seconds(3)), "done | SELECT 1");
  EXPECT_EQ(backend.commands.size(), 1U);
}

TEST_F(SessionWaits, only_the_branch_that_is_taken_waits) {
  EXPECT_EQ(one.run("SELECT CASE WHEN 1 = 2 THEN wallaby_step(1) ELSE 'no' END"), "no | SELECT 1");
  EXPECT_TRUE(backend.commands.empty());
  EXPECT_EQ(one.run("SELECT pg_sleep(NULL), coalesce('x', wallaby_step(1))"), "NULL,x | SELECT 1");
}

TEST_F(SessionWaits, in_from_and_in_queries_of_several_parts) {
  EXPECT_EQ(one.run("SELECT s FROM wallaby_step(1) s"), "done | SELECT 1");
  EXPECT_EQ(one.run("SELECT * FROM (SELECT 1 AS a, pg_sleep(1)) q WHERE a = 1 UNION ALL SELECT 2, NULL"),
            "...");
  EXPECT_EQ(after(one, seconds(1)), "1, | 2,NULL | SELECT 2");
  EXPECT_EQ(one.run("WITH w AS (SELECT count(*), wallaby_step(1) AS s FROM generate_series(1, 3)) "
                    "SELECT DISTINCT s, count FROM w ORDER BY s LIMIT 1"),
            "done,3 | SELECT 1");
}

TEST_F(SessionWaits, of_a_prepared_statement) {
  one.run("PREPARE nap (float8) AS SELECT 'slept', pg_sleep($1)");
  EXPECT_EQ(one.run("EXECUTE nap(1.5)"), "...");
  EXPECT_EQ(after(one, milliseconds(1500)), "slept, | SELECT 1");
}

TEST_F(SessionWaits, can_be_cancelled) {
  EXPECT_EQ(one.run("SELECT 'asleep', pg_sleep(600)"), "...");
  one.session->cancel(one.now);
  EXPECT_TRUE(one.woken);
  EXPECT_EQ(one.resume(), "ERROR 57014 canceling statement due to user request");
  EXPECT_EQ(one.run("SELECT wallaby_wait_for_lsn('0/100@1'), 1"), "...");
  one.session->cancel(one.now);
  EXPECT_EQ(one.resume(), "ERROR 57014 canceling statement due to user request");
  EXPECT_EQ(one.run("SELECT 1"), "1 | SELECT 1");
}

TEST_F(SessionWaits, are_shown_with_what_they_wait_for) {
  const std::string look =
      "SELECT state, wait_event_type, wait_event, query FROM pg_stat_activity WHERE pid = 1";
  one.run("SELECT 'asleep', pg_sleep(600)");
  EXPECT_EQ(two.run(look), "active,Timeout,PgSleep,SELECT 'asleep', pg_sleep(600) | SELECT 1");
  one.session->cancel(one.now);
  one.resume();
  EXPECT_EQ(two.run("SELECT state, wait_event FROM pg_stat_activity WHERE pid = 1"),
            "idle,ClientRead | SELECT 1");
  one.run("SELECT wallaby_wait_for_lsn('0/100@1')");
  EXPECT_EQ(two.run(look),
            "active,Extension,wallaby_wait_for_lsn,SELECT wallaby_wait_for_lsn('0/100@1') | SELECT 1");
}

TEST_F(SessionWaits, are_refused_where_nothing_can_wait) {
  one.run("CREATE TABLE t (id int PRIMARY KEY, v text)");
  one.run("INSERT INTO t VALUES (1)");
  for (const char* statement :
       {"SELECT id FROM t WHERE pg_sleep(1)::text = ''", "SELECT id FROM t ORDER BY pg_sleep(1)::text",
        "SELECT max(wallaby_step(id)) FROM t", "SELECT (SELECT wallaby_step(1))",
        "SELECT (SELECT wallaby_step(t.id)) FROM t",
        "SELECT id FROM t WHERE id IN (SELECT 1 FROM pg_sleep(1))",
        "SELECT generate_series FROM generate_series(1, length(wallaby_step(1)))",
        "SELECT wallaby_step(1) FROM t GROUP BY 1", "VALUES (pg_sleep(1))",
        "INSERT INTO t VALUES (2, wallaby_step(1))", "INSERT INTO t SELECT 2, wallaby_step(1)",
        "UPDATE t SET v = wallaby_step(1)", "INSERT INTO t VALUES (2) RETURNING wallaby_step(1)",
        "SELECT wallaby_step(1) FROM t FOR UPDATE", "COPY (SELECT wallaby_step(1)) TO STDOUT"}) {
    std::string said = one.run(statement);
    EXPECT_TRUE(said.starts_with("ERROR 0A000 ")) << statement << ": " << said;
    EXPECT_NE(said.find("here is not supported"), std::string::npos) << statement << ": " << said;
  }
  EXPECT_TRUE(backend.commands.empty());
  EXPECT_EQ(one.run("SELECT * FROM t"), "1,NULL | SELECT 1");
}

TEST_F(SessionWaits, a_rest_that_has_to_be_read_at_once_cannot_wait) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  one.run("BEGIN");
  one.run("DECLARE c CURSOR FOR SELECT n, wallaby_step(n) FROM generate_series(1, 2) n");
  EXPECT_TRUE(one.run("FETCH c").starts_with("ERROR 0A000 wallaby_step() here is not supported"));
}

}  // namespace
}  // namespace wallaby::sql
