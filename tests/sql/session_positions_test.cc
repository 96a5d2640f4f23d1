// Functions that speak of positions and files of the log.
#include "tests/sql/session_fixture.h"

namespace wallaby::sql {
namespace {

TEST_F(SessionTest, the_file_of_a_position_is_that_of_the_byte_before_it) {
  one.run("CREATE TABLE t (id int PRIMARY KEY)");
  EXPECT_EQ(one.run("SELECT pg_walfile_name(pg_current_wal_lsn())"),
            "00000001-0000000000000000.wal | SELECT 1");
  EXPECT_EQ(one.run("SELECT pg_walfile_name('0/0')").substr(0, 38), "ERROR 22023 no file of the log holds 0");
  EXPECT_EQ(one.run("SELECT pg_walfile_name('7/0')").substr(0, 40),
            "ERROR 22023 no file of the log holds 7/0");
  EXPECT_EQ(one.run("SELECT pg_walfile_name(NULL)"), "NULL | SELECT 1");
  backend.replica = true;
  EXPECT_EQ(one.run("SELECT pg_walfile_name('0/8')"), "ERROR 55000 recovery is in progress");
}

}  // namespace
}  // namespace wallaby::sql
