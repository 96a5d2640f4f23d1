#include "tests/sql/session_fixture.h"

namespace wallaby::sql {
namespace {

class CursorTest : public SessionTest {
 protected:
  CursorTest() {
    one.run("CREATE TABLE t (id int PRIMARY KEY)");
    one.run("INSERT INTO t VALUES (1), (2), (3), (4)");
  }
};

TEST_F(CursorTest, gives_rows_a_few_at_a_time) {
  EXPECT_EQ(one.run("DECLARE c CURSOR FOR SELECT * FROM t"),
            "ERROR 25P01 DECLARE CURSOR can only be used in transaction blocks");
  one.run("BEGIN");
  EXPECT_EQ(one.run("DECLARE c CURSOR FOR SELECT * FROM t"), "DECLARE CURSOR");
  EXPECT_EQ(one.run("FETCH 2 FROM c"), "1 | 2 | FETCH 2");
  EXPECT_EQ(one.run("MOVE c"), "MOVE 1");
  EXPECT_EQ(one.run("FETCH ALL FROM c"), "4 | FETCH 1");
  EXPECT_EQ(one.run("FETCH c"), "FETCH 0");
  EXPECT_EQ(one.run("CLOSE c"), "CLOSE CURSOR");
  EXPECT_EQ(one.run("FETCH c"), "ERROR 34000 cursor \"c\" does not exist");
}

TEST_F(CursorTest, sees_nothing_of_what_comes_after_it) {
  one.run("BEGIN");
  one.run("DECLARE c CURSOR FOR SELECT * FROM t");
  EXPECT_EQ(one.run("FETCH c"), "1 | FETCH 1");
  EXPECT_EQ(one.run("DELETE FROM t"), "DELETE 4");
  EXPECT_EQ(one.run("FETCH ALL FROM c"), "2 | 3 | 4 | FETCH 3");
}

TEST_F(CursorTest, moves_anywhere_with_scroll) {
  one.run("BEGIN");
  one.run("DECLARE c SCROLL CURSOR FOR SELECT * FROM t");
  EXPECT_EQ(one.run("FETCH LAST FROM c"), "4 | FETCH 1");
  EXPECT_EQ(one.run("FETCH PRIOR FROM c"), "3 | FETCH 1");
  EXPECT_EQ(one.run("FETCH FIRST FROM c"), "1 | FETCH 1");
  EXPECT_EQ(one.run("FETCH RELATIVE 2 FROM c"), "3 | FETCH 1");
  EXPECT_EQ(one.run("FETCH BACKWARD ALL FROM c"), "2 | 1 | FETCH 2");
  EXPECT_EQ(one.run("FETCH FORWARD ALL FROM c"), "1 | 2 | 3 | 4 | FETCH 4");
  one.run("ROLLBACK");
  one.run("BEGIN");
  one.run("DECLARE c NO SCROLL CURSOR FOR SELECT * FROM t");
  one.run("FETCH 3 FROM c");
  EXPECT_EQ(one.run("FETCH PRIOR FROM c"), "ERROR 55000 cursor can only scan forward");
}

TEST_F(CursorTest, goes_with_the_savepoint_it_was_made_after) {
  one.run("BEGIN");
  one.run("DECLARE a CURSOR FOR SELECT * FROM t");
  one.run("SAVEPOINT s");
  one.run("DECLARE b CURSOR FOR SELECT * FROM t");
  one.run("ROLLBACK TO s");
  EXPECT_EQ(one.run("FETCH a"), "1 | FETCH 1");
  EXPECT_EQ(one.run("FETCH b"), "ERROR 34000 cursor \"b\" does not exist");
}

TEST_F(CursorTest, prepared_statements_live_beyond_transactions) {
  EXPECT_EQ(one.run("PREPARE p (int) AS SELECT * FROM t WHERE id > $1 ORDER BY id"), "PREPARE");
  EXPECT_EQ(one.run("EXECUTE p(2)"), "3 | 4 | SELECT 2");
  EXPECT_EQ(one.run("EXECUTE p"), "ERROR 42601 wrong number of parameters for prepared statement \"p\"");
  EXPECT_EQ(one.run("PREPARE p AS SELECT 1"), "ERROR 42P05 prepared statement \"p\" already exists");
  EXPECT_EQ(one.run("DEALLOCATE p"), "DEALLOCATE");
  EXPECT_EQ(one.run("EXECUTE p(2)"), "ERROR 26000 prepared statement \"p\" does not exist");
}

}  // namespace
}  // namespace wallaby::sql
