#include "sql/parser/literals.h"

#include <gtest/gtest.h>

namespace wallaby::sql {
namespace {

/// "shape | literals", or "-".
std::string taken(std::string_view text) {
  auto shape = take_literals(text);
  if (!shape) return "-";
  std::string out = shape->text + " |";
  for (const Literal& literal : shape->literals) {
    const auto* number = std::get_if<int64_t>(&literal);
    out += number ? " " + std::to_string(*number) : " '" + std::get<std::string>(literal) + "'";
  }
  return out;
}

bool safe(std::string_view text) {
  auto shape = take_literals(text);
  if (!shape) return false;
  auto parsed = parse_shape(shape->text);
  return parsed && !parsed->empty();
}

TEST(Literals, are_taken_out_of_the_text) {
  EXPECT_EQ(taken("SELECT * FROM t WHERE id=5"), "SELECT * FROM t WHERE id=$1 | 5");
  EXPECT_EQ(taken("INSERT INTO t2 VALUES (1, 'it''s', '')"),
            "INSERT INTO t2 VALUES ($1, $2, $3) | 1 'it's' ''");
  EXPECT_EQ(taken("UPDATE t SET a = a + -7 WHERE \"x 1\" = 8"),
            "UPDATE t SET a = a + -$1 WHERE \"x 1\" = $2 | 7 8");
  EXPECT_EQ(taken("SELECT 9223372036854775807"), "SELECT $1 | 9223372036854775807");
  EXPECT_EQ(taken("SELECT 'a\\n'"), "SELECT $1 | 'a\\n'") << "standard_conforming_strings";
  EXPECT_EQ(taken("SELECT 'a' AS \"b\"\"1\""), "SELECT $1 AS \"b\"\"1\" | 'a'");
}

TEST(Literals, the_end_is_that_of_the_statement) {
  EXPECT_EQ(take_literals("SELECT 1 ; ")->length, 9U);
  EXPECT_EQ(take_literals("SELECT 1")->length, 8U);
}

TEST(Literals, what_is_not_plain_is_left_to_the_grammar) {
  for (const char* text : {"SELECT 1; SELECT 2",
                           "SELECT 1 -- one",
                           "SELECT 1 /* one */",
                           "SELECT 1.5",
                           "SELECT .5",
                           "SELECT 1e3",
                           "SELECT 1.",
                           "SELECT a$1, 5",
                           "SELECT \"$\", 5",
                           "SELECT 1a",
                           "SELECT 1, $1",
                           "SELECT $$a$$",
                           "SELECT E'a'",
                           "SELECT U&'a'",
                           "SELECT B'1'",
                           "SELECT n'a'",
                           "SELECT 'a'\n'b'",
                           "SELECT 'a",
                           "SELECT \"a",
                           "SELECT 1 \"a",
                           "SELECT 2147483648",
                           "SELECT 9223372036854775808",
                           "SELECT 'a'b",
                           "SELECT 'a'5x",
                           "SELECT a",
                           "BEGIN",
                           "",
                           ";",
                           "SELECT '\xff'",
                           "SELECT 5 = \\1"})
    EXPECT_EQ(taken(text), "-") << text;
  EXPECT_EQ(taken("SELECT '" + std::string(100'000, 'x') + "'"), "-");
}

TEST(Literals, stand_where_a_parameter_means_the_same) {
  for (const char* text :
       {"SELECT * FROM t WHERE id = 5", "SELECT a + b FROM t WHERE 5 < id AND (name = 'x' OR NOT id <> -3)",
        "SELECT * FROM t, u WHERE t.id = u.id AND t.a BETWEEN 3 AND 5 ORDER BY id LIMIT 10 OFFSET 5",
        "INSERT INTO t VALUES (1, 'a', DEFAULT), (-2, 'b', now()) RETURNING id",
        "INSERT INTO public.t (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET n = n + 1, b = 'x' WHERE t.id > "
        "5",
        "UPDATE t SET n = n - 1, name = name || 'x', b = 3 WHERE id = 1", "DELETE FROM t WHERE id >= 7;"})
    EXPECT_TRUE(safe(text)) << text;
}

TEST(Literals, elsewhere_they_stay) {
  for (const char* text : {"SELECT 1",
                           "SELECT a + 1 FROM t",
                           "SELECT * FROM t WHERE id + 1 = 2",
                           "SELECT * FROM t WHERE f(1) = 2",
                           "SELECT * FROM t WHERE 1 = 1",
                           "SELECT * FROM t WHERE id IN (1, 2)",
                           "SELECT * FROM t WHERE name LIKE 'a%'",
                           "SELECT * FROM t ORDER BY 1",
                           "SELECT a FROM t GROUP BY 1",
                           "SELECT * FROM (SELECT * FROM t WHERE a = 1) s",
                           "SELECT * FROM t WHERE a = 1::bigint",
                           "SELECT * FROM t WHERE d = date '2020-01-01'",
                           "SELECT * FROM t JOIN u ON t.id = 5",
                           "SELECT * FROM t WHERE a = (SELECT 1)",
                           "SELECT a FROM t HAVING a = 1",
                           "SELECT * FROM pg_class WHERE relname = 'x'",
                           "SELECT * FROM pg_catalog.x WHERE a = 5",
                           "SELECT * FROM t WHERE a = 5 UNION SELECT 7",
                           "WITH w AS (SELECT 1) SELECT * FROM w WHERE a = 5",
                           "INSERT INTO t SELECT 1",
                           "INSERT INTO t VALUES (1 + 1)",
                           "INSERT INTO t VALUES (1) RETURNING 5",
                           "UPDATE t SET a = 1 FROM u WHERE t.id = 5",
                           "UPDATE t SET a = upper('x')",
                           "DELETE FROM t USING u WHERE t.id = 1",
                           "CREATE TABLE t (a varchar(5))",
                           "SET work_mem = 5",
                           "EXPLAIN SELECT * FROM t WHERE id = 5",
                           "PREPARE p AS SELECT * FROM t WHERE id = 5",
                           "EXECUTE p (5)",
                           "COPY t FROM 'file'",
                           "SELECT * FROM t WHERE a = 'x' 5",
                           "FETCH 5 FROM c"})
    EXPECT_FALSE(safe(text)) << text;
}

}  // namespace
}  // namespace wallaby::sql
