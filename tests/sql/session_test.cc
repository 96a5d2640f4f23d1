#include "tests/sql/session_fixture.h"

namespace wallaby::sql {
namespace {

TEST_F(SessionTest, reads_what_it_wrote) {
  EXPECT_EQ(one.run("CREATE TABLE t (id int PRIMARY KEY, v text)"), "CREATE TABLE");
  EXPECT_EQ(one.run("INSERT INTO t VALUES (1, 'a'), (2, 'b')"), "INSERT 0 2");
  EXPECT_EQ(two.run("SELECT * FROM t ORDER BY id"), "1,a | 2,b | SELECT 2");
  EXPECT_EQ(one.run("UPDATE t SET v = 'c' WHERE id = 1 RETURNING id, v"), "1,c | UPDATE 1");
  EXPECT_EQ(one.run("DELETE FROM t"), "DELETE 2");
}

TEST_F(SessionTest, rows_can_be_taken_a_few_at_a_time_and_each_tag_counts_its_own) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  EXPECT_EQ(one.execute("INSERT INTO t VALUES (1), (2), (3) RETURNING id", {2, 0, 0}),
            "1 | 2 | suspended; 3 | INSERT 0 1; INSERT 0 0");
  EXPECT_EQ(one.execute("SELECT id FROM t ORDER BY id", {3, 3, 0}),
            "1 | 2 | 3 | suspended; SELECT 0; SELECT 0");
  EXPECT_EQ(one.execute("DELETE FROM t WHERE id = 3 RETURNING id", {1, 1}), "3 | suspended; DELETE 0");
  EXPECT_EQ(two.run("SELECT count(*) FROM t"), "2 | SELECT 1") << "it was run to its end, once";
  EXPECT_EQ(one.execute("UPDATE t SET id = id + 5", {1}), "UPDATE 2");
  EXPECT_EQ(one.execute("SHOW work_mem", {1, 1, 0}), "4MB | suspended; SHOW; SHOW");
  one.run("BEGIN; DECLARE c SCROLL CURSOR FOR SELECT id FROM t");
  EXPECT_EQ(one.execute("FETCH ALL FROM c", {1, 2, 2}), "6 | suspended; 7 | FETCH 1; FETCH 0");
  EXPECT_EQ(one.execute("FETCH RELATIVE 0 FROM c", {1, 1}), "FETCH 0; FETCH 0");
  one.run("FETCH PRIOR FROM c");
  EXPECT_EQ(one.execute("FETCH RELATIVE 0 FROM c", {1, 1}), "7 | suspended; FETCH 0");
}

TEST_F(SessionTest, a_query_of_several_statements_is_one_transaction) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  EXPECT_EQ(one.run("INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)"),
            "INSERT 0 1; ERROR 23505 duplicate key value violates unique constraint \"t_pkey\"");
  EXPECT_EQ(one.run("SELECT count(*) FROM t"), "0 | SELECT 1");
  EXPECT_EQ(one.run("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)"), "INSERT 0 1; INSERT 0 1");
  EXPECT_EQ(one.run("SELECT count(*) FROM t"), "2 | SELECT 1");
}

TEST_F(SessionTest, a_transaction_is_seen_when_it_commits_and_not_before) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  EXPECT_EQ(one.run("BEGIN"), "BEGIN");
  EXPECT_EQ(one.status(), 'T');
  EXPECT_EQ(one.run("INSERT INTO t VALUES (1)"), "INSERT 0 1");
  EXPECT_EQ(one.run("SELECT * FROM t"), "1 | SELECT 1");
  EXPECT_EQ(two.run("SELECT * FROM t"), "SELECT 0");
  EXPECT_EQ(one.run("COMMIT"), "COMMIT");
  EXPECT_EQ(one.status(), 'I');
  EXPECT_EQ(two.run("SELECT * FROM t"), "1 | SELECT 1");
}

TEST_F(SessionTest, a_failed_transaction_takes_only_its_end) {
  one.run("BEGIN");
  EXPECT_EQ(one.run("SELECT 1/0"), "ERROR 22012 division by zero");
  EXPECT_EQ(one.status(), 'E');
  EXPECT_EQ(one.run("SELECT 1"),
            "ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block");
  EXPECT_EQ(one.run("COMMIT"), "ROLLBACK");
  EXPECT_EQ(one.status(), 'I');
}

TEST_F(SessionTest, savepoints_bring_back_what_was_there) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  one.run("BEGIN");
  one.run("INSERT INTO t VALUES (1)");
  EXPECT_EQ(one.run("SAVEPOINT s"), "SAVEPOINT");
  one.run("INSERT INTO t VALUES (2)");
  one.run("SELECT 1/0");
  EXPECT_EQ(one.status(), 'E');
  EXPECT_EQ(one.run("ROLLBACK TO s"), "ROLLBACK");
  EXPECT_EQ(one.status(), 'T');
  EXPECT_EQ(one.run("RELEASE s"), "RELEASE");
  EXPECT_EQ(one.run("ROLLBACK TO s"), "ERROR 3B001 savepoint \"s\" does not exist");
  one.run("ROLLBACK");
  EXPECT_EQ(one.run("SAVEPOINT s"), "ERROR 25P01 SAVEPOINT can only be used in transaction blocks");
}

TEST_F(SessionTest, the_second_writer_of_a_row_loses_at_its_statement) {
  one.run("CREATE TABLE t (id int PRIMARY KEY, v int)");
  one.run("INSERT INTO t VALUES (1, 0)");
  one.run("BEGIN");
  one.run("SELECT * FROM t");
  EXPECT_EQ(two.run("UPDATE t SET v = 2"), "UPDATE 1");
  EXPECT_EQ(one.run("UPDATE t SET v = 1"), "ERROR 40001 could not serialize access due to concurrent update");
  EXPECT_EQ(one.run("ROLLBACK"), "ROLLBACK");
  EXPECT_EQ(two.run("SELECT v FROM t"), "2 | SELECT 1");
}

TEST_F(SessionTest, begin_and_commit_warn_where_they_change_nothing) {
  one.run("COMMIT");
  EXPECT_EQ(one.notices.back(), "WARNING 25P01 there is no transaction in progress");
  one.run("BEGIN");
  one.run("BEGIN");
  EXPECT_EQ(one.notices.back(), "WARNING 25001 there is already a transaction in progress");
  EXPECT_EQ(one.run("COMMIT AND CHAIN"), "COMMIT");
  EXPECT_EQ(one.status(), 'T');
  one.run("ROLLBACK");
}

TEST_F(SessionTest, read_only_transactions_and_replicas_refuse_writes) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  one.run("BEGIN READ ONLY");
  EXPECT_EQ(one.run("INSERT INTO t VALUES (1)"),
            "ERROR 25006 cannot execute INSERT in a read-only transaction");
  one.run("ROLLBACK");
  backend.replica = true;
  EXPECT_EQ(one.run("INSERT INTO t VALUES (1)"),
            "ERROR 25006 cannot execute INSERT in a read-only transaction");
  EXPECT_EQ(one.session->error().fields().hint, "send writes to 127.0.0.1:5432");
  EXPECT_EQ(one.run("SHOW transaction_read_only"), "on | SHOW");
  EXPECT_EQ(one.run("SELECT * FROM t"), "SELECT 0");
}

TEST_F(SessionTest, a_commit_waits_for_its_promise) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  backend.hold = true;
  EXPECT_EQ(one.run("INSERT INTO t VALUES (1)"), "...");
  EXPECT_EQ(two.run("SELECT state, wait_event FROM pg_stat_activity WHERE pid = 1"),
            "active,SyncRep | SELECT 1");
  EXPECT_EQ(two.run("SELECT * FROM t"), "SELECT 0");
  backend.release(one.now);
  EXPECT_TRUE(one.woken);
  EXPECT_EQ(one.resume(), "INSERT 0 1");
  EXPECT_EQ(two.run("SELECT * FROM t"), "1 | SELECT 1");
}

TEST_F(SessionTest, a_cancelled_wait_has_an_unknown_outcome) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  backend.hold = true;
  one.run("INSERT INTO t VALUES (1)");
  one.session->cancel(one.now);
  EXPECT_TRUE(one.woken);
  EXPECT_EQ(one.resume(), "ERROR 40003 the wait was ended");
  EXPECT_EQ(one.status(), 'I');
}

TEST_F(SessionTest, reads_its_own_write_after_an_early_answer) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  backend.hold = true;
  one.run("SET synchronous_commit = off");
  EXPECT_EQ(one.run("INSERT INTO t VALUES (1)"), "INSERT 0 1");
  EXPECT_EQ(one.run("SELECT * FROM t"), "...");
  backend.release(one.now);
  EXPECT_EQ(one.resume(), "1 | SELECT 1");
}

TEST_F(SessionTest, reads_what_it_was_told_of_whatever_became_of_a_later_commit) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  backend.hold = true;
  one.run("SET synchronous_commit = off");
  EXPECT_EQ(one.run("INSERT INTO t VALUES (1)"), "INSERT 0 1");
  one.run("SET synchronous_commit = on");
  EXPECT_EQ(one.run("INSERT INTO t VALUES (2)"), "...");
  one.session->cancel(one.now);
  EXPECT_EQ(one.resume(), "ERROR 40003 the wait was ended");
  ASSERT_EQ(one.run("SELECT id FROM t WHERE id = 1"), "...");
  backend.release(one.now);
  EXPECT_EQ(one.resume(), "1 | SELECT 1");
}

TEST_F(SessionTest, a_definition_that_is_committed_cannot_be_cancelled_any_more) {
  backend.hold = true;
  one.run("SET synchronous_commit = off");
  EXPECT_EQ(one.run("CREATE TABLE t (id int PRIMARY KEY)"), "...") << "until it is visible";
  one.session->cancel(one.now);
  EXPECT_TRUE(one.woken);
  EXPECT_EQ(one.resume(), "CREATE TABLE");
  EXPECT_EQ(one.run("SELECT 1"), "...") << "a read waits for it all the same";
  backend.release(one.now);
  EXPECT_EQ(one.resume(), "1 | SELECT 1");
}

TEST_F(SessionTest, a_statement_ends_at_its_timeout) {
  one.run("SET statement_timeout = '2s'");
  EXPECT_EQ(one.run("SELECT pg_sleep(10)"), "...");
  one.now += std::chrono::seconds(2);
  EXPECT_EQ(one.session->next_deadline(), one.now);
  EXPECT_FALSE(one.session->tick(one.now));
  EXPECT_TRUE(one.woken);
  EXPECT_EQ(one.resume(), "ERROR 57014 canceling statement due to statement timeout");
  EXPECT_EQ(one.run("SELECT 1"), "1 | SELECT 1");
}

TEST_F(SessionTest, who_is_terminated_hears_of_its_commit_first) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  backend.hold = true;
  EXPECT_EQ(one.run("INSERT INTO t VALUES (1)"), "...");
  one.session->terminate(one.now);
  EXPECT_TRUE(one.woken);
  EXPECT_FALSE(one.session->tick(one.now));
  EXPECT_EQ(one.resume(), "ERROR 40003 the wait was ended");
  EXPECT_LE(one.session->next_deadline(), one.now);
  EXPECT_EQ(one.session->tick(one.now)->code(), "57P01");
}

TEST_F(SessionTest, who_is_terminated_ends_with_what_it_runs) {
  EXPECT_EQ(one.run("SELECT pg_sleep(10)"), "...");
  one.session->terminate(one.now);
  EXPECT_TRUE(one.woken);
  EXPECT_EQ(one.resume(), "ERROR 57P01 terminating connection due to administrator command");
  EXPECT_EQ(one.session->error().fields().severity, "FATAL");
}

TEST_F(SessionTest, an_idle_transaction_ends_its_session) {
  one.run("SET idle_in_transaction_session_timeout = '1min'");
  one.run("BEGIN");
  one.now += std::chrono::minutes(1);
  auto fatal = one.session->tick(one.now);
  ASSERT_TRUE(fatal);
  EXPECT_EQ(fatal->code(), "25P03");
}

TEST_F(SessionTest, the_commit_token_is_reported_when_asked_for) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  one.run("SET report_commit_lsn = on");
  one.run("INSERT INTO t VALUES (1)");
  ASSERT_FALSE(one.parameters.empty());
  EXPECT_TRUE(one.parameters.back().starts_with("wallaby.commit_lsn=0/"));
}

TEST_F(SessionTest, a_base_copy_takes_the_transactions_snapshot_away) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  one.run("BEGIN");
  one.run("SELECT * FROM t");
  EXPECT_EQ(backend.store.views(), 1U);
}

}  // namespace
}  // namespace wallaby::sql
