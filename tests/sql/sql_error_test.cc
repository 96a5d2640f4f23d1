#include "sql/sql_error.h"

#include <gtest/gtest.h>

namespace wallaby::sql {
namespace {

TEST(SqlError, carries_postgresqls_fields) {
  SqlError error = sql_error("23505", "duplicate key value violates unique constraint \"{}\"", "t_pkey")
                       .detail("Key ({})=({}) already exists.", "id", 1)
                       .at(8);
  EXPECT_EQ(error.code(), "23505");
  EXPECT_EQ(error.message(), "duplicate key value violates unique constraint \"t_pkey\"");
  EXPECT_EQ(error.fields().detail, "Key (id)=(1) already exists.");
  EXPECT_EQ(error.fields().position, 8);
  EXPECT_EQ(error.fields().severity, "ERROR");
}

TEST(SqlError, converts_to_any_result) {
  auto fails = []() -> SqlResult<int> { return sql_error("22012", "division by zero"); };
  ASSERT_FALSE(fails());
  EXPECT_EQ(fails().error().code(), "22012");
}

TEST(SqlError, positions_count_characters_not_bytes) {
  EXPECT_EQ(position_of("SELECT 1", 7), 8);
  EXPECT_EQ(position_of("SELECT 'ä', x", 13), 13);  // ä takes two bytes
  EXPECT_EQ(position_of("SELECT 1", -1), 0);
}

TEST(SqlError, a_nodes_refusal_keeps_its_sentence_and_gets_a_code) {
  SqlError error = from_node(Error{ErrorCode::kReadOnly, "r1 is a replica"});
  EXPECT_EQ(error.code(), "25006");
  EXPECT_EQ(error.message(), "r1 is a replica");
}

TEST(SqlError, what_is_not_supported_is_named) {
  SqlError error = not_supported("FOREIGN KEY");
  EXPECT_EQ(error.code(), "0A000");
  EXPECT_EQ(error.message(), "FOREIGN KEY is not supported");
}

}  // namespace
}  // namespace wallaby::sql
