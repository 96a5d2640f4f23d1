// Literals that became parameters: nobody may notice.
#include "tests/sql/session_fixture.h"

namespace wallaby::sql {
namespace {

struct LiteralsTest : SessionTest {
  LiteralsTest() {
    one.run(
        "CREATE TABLE t (id int PRIMARY KEY, small smallint, name varchar(5), big bigint, at timestamptz, "
        "yes bool)");
  }
  /// As run(), by a plan that others share.
  std::string shared(std::string_view text) {
    std::string said = one.run(text);
    EXPECT_TRUE(one.with_parameters) << text;
    return said;
  }
  /// As run(), by a plan of its own.
  std::string own(std::string_view text) {
    std::string said = one.run(text);
    EXPECT_FALSE(one.with_parameters) << text;
    return said;
  }
};

TEST_F(LiteralsTest, share_one_plan) {
  EXPECT_EQ(shared("INSERT INTO t VALUES (1, 2, 'ann', 3, '2020-01-01 00:00:00+00', 'yes')"), "INSERT 0 1");
  size_t plans = services.plans.size();
  EXPECT_EQ(shared("INSERT INTO t VALUES (2, -2, 'bob', -3, '2021-01-01 00:00:00+00', 'off')"), "INSERT 0 1");
  EXPECT_EQ(services.plans.size(), plans + 1) << "-$2 is another shape";
  EXPECT_EQ(shared("INSERT INTO t VALUES (3, -2, 'cy', -3, '2021-01-01 00:00:00+00', 'off')"), "INSERT 0 1");
  EXPECT_EQ(services.plans.size(), plans + 1);
  EXPECT_EQ(shared("SELECT name, small, yes FROM t WHERE id = 2"), "bob,-2,f | SELECT 1");
  EXPECT_EQ(shared("SELECT name, small, yes FROM t WHERE id = 1"), "ann,2,t | SELECT 1");
  EXPECT_EQ(shared("SELECT id FROM t WHERE at > '2020-06-01' ORDER BY id LIMIT 1"), "2 | SELECT 1");
  EXPECT_EQ(shared("UPDATE t SET big = big + 10 WHERE name = 'bob'"), "UPDATE 1");
  EXPECT_EQ(shared("SELECT big FROM t WHERE big = 7"), "7 | SELECT 1");
  EXPECT_EQ(shared("DELETE FROM t WHERE id > 2"), "DELETE 1");
}

TEST_F(LiteralsTest, errors_are_those_of_the_text_itself) {
  EXPECT_EQ(own("SELECT nme FROM t WHERE id = 5"), "ERROR 42703 column \"nme\" does not exist");
  EXPECT_EQ(own("SELECT * FROM t WHERE id = 'x'"),
            "ERROR 22P02 invalid input syntax for type integer: \"x\"");
  EXPECT_EQ(own("SELECT * FROM nothing WHERE id = 5"), "ERROR 42P01 relation \"nothing\" does not exist");
  EXPECT_EQ(own("INSERT INTO t VALUES (1, 2, 3, 4, 5, 6, 7)"),
            "ERROR 42601 INSERT has more expressions than target columns");
  EXPECT_EQ(shared("INSERT INTO t (id, name) VALUES (1, 'longer')"),
            "ERROR 22001 value too long for type character varying(5)");
  EXPECT_EQ(shared("INSERT INTO t (id, small) VALUES (1, 40000)"), "ERROR 22003 smallint out of range");
  EXPECT_EQ(shared("INSERT INTO t (id) VALUES (4294967296)"), "ERROR 22003 integer out of range");
  EXPECT_EQ(shared("SELECT * FROM t LIMIT -1"), "ERROR 2201W LIMIT must not be negative");
}

TEST_F(LiteralsTest, the_activity_shows_the_text) {
  shared("SELECT * FROM t WHERE id = 5 ;");
  EXPECT_EQ(two.run("SELECT query FROM pg_stat_activity WHERE pid = 1"),
            "SELECT * FROM t WHERE id = 5  | SELECT 1");
}

TEST_F(LiteralsTest, in_transactions_and_after_definitions) {
  one.run("BEGIN");
  EXPECT_EQ(shared("INSERT INTO t (id) VALUES (1)"), "INSERT 0 1");
  one.run("ALTER TABLE t ADD COLUMN more text");
  EXPECT_EQ(shared("INSERT INTO t (id, more) VALUES (2, 'm')"), "INSERT 0 1");
  EXPECT_EQ(shared("INSERT INTO t (id) VALUES (1)").substr(0, 11), "ERROR 23505");
  EXPECT_EQ(own("SELECT * FROM t WHERE id = 1").substr(0, 11), "ERROR 25P02");
  one.run("ROLLBACK");
  EXPECT_EQ(shared("SELECT * FROM t WHERE id = 1"), "SELECT 0");
  one.run("ALTER TABLE t ADD COLUMN more text");
  EXPECT_EQ(shared("INSERT INTO t (id) VALUES (1)"), "INSERT 0 1");
  EXPECT_EQ(shared("SELECT more FROM t WHERE id = 1"), "NULL | SELECT 1");
}

TEST_F(LiteralsTest, with_definitions_that_are_not_visible_yet) {
  backend.hold = true;
  EXPECT_EQ(two.run("BEGIN; DROP TABLE t; CREATE TABLE t (id int, name int); COMMIT").substr(0, 5), "BEGIN");
  // Planned on the table that is visible, run on the newest.
  one.run("SET synchronous_commit = off");
  EXPECT_EQ(shared("INSERT INTO t (id, name) VALUES (1, '5')"), "INSERT 0 1");
  EXPECT_EQ(shared("INSERT INTO t (id, name) VALUES (2, 'x')"),
            "ERROR 22P02 invalid input syntax for type integer: \"x\"");
  EXPECT_EQ(one.error->fields().position, 37) << "as in the text";
  EXPECT_EQ(shared("INSERT INTO t (id, big) VALUES (2, 3)"),
            "ERROR 42703 column \"big\" of relation \"t\" does not exist");
  EXPECT_EQ(one.error->fields().position, 20);
  EXPECT_EQ(shared("SELECT id FROM t WHERE name = '5'"), "...") << "its own write is not visible yet";
  backend.release(one.now);
  EXPECT_EQ(one.resume(), "1 | SELECT 1");
  two.resume();
}

}  // namespace
}  // namespace wallaby::sql
