#include "sql/parser/parser.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "sql/parser/parse_cache.h"

namespace wallaby::sql {
namespace {

template <typename T>
const T& only(const SqlResult<std::vector<ast::StatementPtr>>& parsed) {
  EXPECT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->size(), 1U);
  return std::get<T>(parsed->front()->node);
}

SqlError refused(std::string_view text) {
  auto parsed = parse(text);
  EXPECT_FALSE(parsed) << text;
  return parsed ? sql_error("00000", "it parsed") : parsed.error();
}

template <typename T>
const T& node(const ast::ExprPtr& expr) {
  return std::get<T>(expr->node);
}

TEST(Parser, a_query_becomes_a_tree) {
  auto parsed =
      parse("SELECT u.name AS n, count(*) FROM users u WHERE id >= $2 ORDER BY 1 DESC NULLS LAST LIMIT 5");
  const auto& query = only<ast::Select>(parsed);
  EXPECT_EQ(parsed->front()->parameters, 2);
  ASSERT_EQ(query.targets.size(), 2U);
  EXPECT_EQ(query.targets[0].alias, "n");
  EXPECT_EQ(node<ast::ColumnRef>(query.targets[0].expr).names, (std::vector<std::string>{"u", "name"}));
  EXPECT_EQ(query.targets[0].expr->location, 7);
  EXPECT_TRUE(node<ast::Call>(query.targets[1].expr).star);
  const auto& table = std::get<ast::RangeVar>(query.from[0]->node);
  EXPECT_EQ(table.name, "users");
  EXPECT_EQ(table.alias, "u");
  EXPECT_EQ(node<ast::Operator>(query.where).name, ">=");
  EXPECT_TRUE(query.order_by[0].descending);
  EXPECT_EQ(query.order_by[0].nulls, ast::NullsOrder::kLast);
  EXPECT_EQ(node<ast::IntConst>(query.limit).value, 5);
}

TEST(Parser, numbers_keep_their_values) {
  auto parsed =
      parse("SELECT 0, -5, 2147483648, -2147483648, 9223372036854775807, 9223372036854775808, 1.50, 1e3");
  const auto& query = only<ast::Select>(parsed);
  EXPECT_EQ(node<ast::IntConst>(query.targets[0].expr).value, 0);
  EXPECT_EQ(node<ast::IntConst>(query.targets[1].expr).value, -5);
  EXPECT_EQ(node<ast::IntConst>(query.targets[2].expr).value, 2147483648);
  EXPECT_EQ(node<ast::IntConst>(query.targets[4].expr).value, 9223372036854775807);
  EXPECT_EQ(node<ast::DecimalConst>(query.targets[5].expr).text, "9223372036854775808");
  EXPECT_EQ(node<ast::DecimalConst>(query.targets[6].expr).text, "1.50");
  EXPECT_EQ(node<ast::DecimalConst>(query.targets[7].expr).text, "1e3");
}

TEST(Parser, all_kinds_of_expressions_have_their_place) {
  for (std::string_view expression : {"a IN (1, 2)",
                                      "a NOT IN (1)",
                                      "a BETWEEN 1 AND 2",
                                      "a NOT BETWEEN SYMMETRIC 1 AND 2",
                                      "a LIKE 'x%'",
                                      "a ILIKE 'x' ESCAPE '!'",
                                      "a IS NULL",
                                      "a IS NOT TRUE",
                                      "a IS DISTINCT FROM b",
                                      "a = ANY ($1)",
                                      "a <> ALL (ARRAY[1,2])",
                                      "CASE a WHEN 1 THEN 'x' ELSE 'y' END",
                                      "coalesce(a, b)",
                                      "greatest(1, 2)",
                                      "nullif(a, 1)",
                                      "current_timestamp",
                                      "current_timestamp(3)",
                                      "a::int",
                                      "CAST(a AS varchar(20))",
                                      "extract(year from a)",
                                      "count(DISTINCT a) FILTER (WHERE b)",
                                      "EXISTS (SELECT 1)",
                                      "a IN (SELECT 1)",
                                      "(SELECT 1)",
                                      "row(1, 2)",
                                      "a COLLATE \"C\"",
                                      "NOT a AND b OR c",
                                      "a ~ '^x'",
                                      "-a",
                                      "interval '1 day'",
                                      "trim(both 'x' from a)",
                                      "substring(a from 1 for 2)",
                                      "position('a' in b)",
                                      "a OPERATOR(pg_catalog.~) 'x'"}) {
    auto parsed = parse("SELECT " + std::string(expression));
    EXPECT_TRUE(parsed) << expression << ": " << parsed.error();
  }
}

TEST(Parser, plain_distinct_and_distinct_on_are_told_apart) {
  EXPECT_TRUE(only<ast::Select>(parse("SELECT DISTINCT a FROM t")).distinct);
  EXPECT_EQ(only<ast::Select>(parse("SELECT DISTINCT ON (a) a FROM t")).distinct_on.size(), 1U);
}

TEST(Parser, joins_tell_their_kind) {
  auto kind = [](std::string_view join) {
    auto parsed = parse("SELECT * FROM a " + std::string(join));
    return std::get<ast::Join>(only<ast::Select>(parsed).from[0]->node).kind;
  };
  EXPECT_EQ(kind("JOIN b ON true"), ast::JoinKind::kInner);
  EXPECT_EQ(kind("JOIN b USING (id)"), ast::JoinKind::kInner);
  EXPECT_EQ(kind("LEFT JOIN b ON true"), ast::JoinKind::kLeft);
  EXPECT_EQ(kind("CROSS JOIN b"), ast::JoinKind::kCross);
}

TEST(Parser, changes_become_trees) {
  auto parsed = parse(
      "INSERT INTO t (a, b) VALUES (1, DEFAULT), (2, 'x') ON CONFLICT (a) DO UPDATE SET b = excluded.b WHERE "
      "t.a > 0 "
      "RETURNING a, b");
  const auto& insert = only<ast::Insert>(parsed);
  EXPECT_EQ(insert.columns[1].name, "b");
  EXPECT_EQ(insert.source->values.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<ast::Default>(insert.source->values[0][1]->node));
  EXPECT_EQ(insert.on_conflict->columns, std::vector<std::string>{"a"});
  EXPECT_EQ(insert.on_conflict->assignments[0].column, "b");
  EXPECT_EQ(insert.returning.size(), 2U);
  auto defaults = parse("INSERT INTO t DEFAULT VALUES");
  EXPECT_EQ(only<ast::Insert>(defaults).source, nullptr);
}

TEST(Parser, a_table_definition_keeps_its_defaults_as_text) {
  auto parsed = parse(
      "CREATE TABLE IF NOT EXISTS t (id serial PRIMARY KEY, n varchar(20) NOT NULL DEFAULT 'x' || 'y', at "
      "timestamptz "
      "DEFAULT now(), UNIQUE (n, at)) WITH (fillfactor=100)");
  const auto& table = only<ast::CreateTable>(parsed);
  EXPECT_TRUE(table.if_not_exists);
  EXPECT_EQ(table.unsupported, "");
  EXPECT_TRUE(table.columns[0].primary_key);
  EXPECT_EQ(table.columns[0].type.name, "serial");
  EXPECT_EQ(table.columns[1].type.name, "varchar");
  EXPECT_TRUE(table.columns[1].not_null);
  EXPECT_EQ(table.columns[1].default_text, "'x' || 'y'");
  EXPECT_EQ(table.columns[2].default_text, "now()");
  EXPECT_EQ(table.constraints[0].columns, (std::vector<std::string>{"n", "at"}));
}

TEST(Parser, what_a_definition_may_not_say_is_noted) {
  EXPECT_EQ(only<ast::CreateTable>(parse("CREATE TEMP TABLE t (a int)")).unsupported, "a temporary table");
  EXPECT_EQ(only<ast::CreateTable>(parse("CREATE TABLE t (a int CHECK (a > 0))")).columns[0].unsupported,
            "a CHECK constraint");
  EXPECT_EQ(only<ast::CreateTable>(parse("CREATE TABLE t (a int REFERENCES b)")).columns[0].unsupported,
            "a FOREIGN KEY constraint");
  EXPECT_EQ(only<ast::CreateIndex>(parse("CREATE INDEX ON t (a) WHERE a > 0")).unsupported,
            "a partial index");
}

TEST(Parser, the_sessions_statements_become_trees) {
  EXPECT_EQ(only<ast::Transaction>(parse("START TRANSACTION READ ONLY")).options[0].name,
            "transaction_read_only");
  EXPECT_EQ(only<ast::Transaction>(parse("ROLLBACK TO SAVEPOINT s")).savepoint, "s");
  auto set = parse("SET search_path TO a, 'b'");
  EXPECT_EQ(only<ast::Set>(set).values, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(only<ast::Set>(parse("SET x = -5")).values[0], "-5");
  EXPECT_TRUE(only<ast::Set>(parse("RESET ALL")).all);
  EXPECT_EQ(only<ast::Show>(parse("SHOW transaction_isolation")).name, "transaction_isolation");
  EXPECT_EQ(only<ast::AlterSystem>(parse("ALTER SYSTEM SET ack_mode = 'sync'")).set.values[0], "sync");
  auto copy = parse("COPY t (a, b) FROM STDIN (FORMAT csv, HEADER true, DELIMITER ';')");
  EXPECT_TRUE(only<ast::Copy>(copy).from);
  EXPECT_EQ(only<ast::Copy>(copy).options[2].value, ";");
  EXPECT_TRUE(only<ast::Fetch>(parse("FETCH ALL FROM c")).all);
  EXPECT_EQ(only<ast::Fetch>(parse("FETCH BACKWARD 3 c")).direction, ast::FetchDirection::kBackward);
  EXPECT_EQ(only<ast::Utility>(parse("VACUUM t")).tables[0].name, "t");
  EXPECT_EQ(only<ast::Utility>(parse("CREATE VIEW v AS SELECT 1")).command, "CREATE VIEW");
  EXPECT_EQ(only<ast::CreateRole>(parse("CREATE USER a PASSWORD 'p'")).password, "p");
}

TEST(Parser, a_prepared_statements_parameters_are_its_own) {
  auto parsed = parse("PREPARE p (int) AS SELECT $1");
  EXPECT_EQ(parsed->front()->parameters, 0);
  EXPECT_EQ(only<ast::Prepare>(parsed).statement->parameters, 1);
}

TEST(Parser, several_statements_know_their_part_of_the_text) {
  auto parsed = parse("SELECT 1;  SELECT 22 ; ");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->size(), 2U);
  EXPECT_EQ((*parsed)[0]->length, 8);
  EXPECT_EQ((*parsed)[1]->begin, 9);
  EXPECT_EQ((*parsed)[1]->text->substr(9, static_cast<size_t>((*parsed)[1]->length)), "  SELECT 22 ");
}

TEST(Parser, nothing_is_no_statement) {
  for (std::string_view text : {"", ";", " ; ", "-- nothing", "/* nothing */ ;"}) {
    auto parsed = parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_TRUE(parsed->empty()) << text;
  }
}

TEST(Parser, syntax_errors_are_postgresqls) {
  SqlError error = refused("SELCT 1");
  EXPECT_EQ(error.code(), "42601");
  EXPECT_EQ(error.message(), "syntax error at or near \"SELCT\"");
  EXPECT_EQ(error.fields().position, 1);
  EXPECT_EQ(refused("SELECT 'ä' FROM WHERE").fields().position, 17);
  EXPECT_EQ(refused("SELECT 1; SELEC 2").fields().position, 11);
  EXPECT_EQ(refused("SELECT (1").message(), "syntax error at end of input");
  EXPECT_EQ(refused("SELECT 'x").message(), "unterminated quoted string at or near \"'x\"");
}

TEST(Parser, what_the_tree_cannot_hold_is_named_at_its_place) {
  SqlError error = refused("SELECT a SIMILAR TO 'x' FROM t");
  EXPECT_EQ(error.code(), "0A000");
  EXPECT_EQ(error.message(), "SIMILAR TO is not supported");
  EXPECT_EQ(error.fields().position, 10);
  EXPECT_EQ(refused("SELECT * FROM t TABLESAMPLE system (1)").code(), "0A000");
  EXPECT_EQ(refused("SELECT B'101'").code(), "0A000");
  EXPECT_EQ(refused("INSERT INTO t (a.b) VALUES (1)").code(), "0A000");
}

TEST(Parser, bytes_that_are_no_text_are_refused) {
  EXPECT_EQ(refused("SELECT '\xff'").code(), "22021");
  EXPECT_EQ(refused("SELECT '\xc0\x80'").code(), "22021");
  EXPECT_EQ(refused(std::string_view("SELECT 1\0", 9)).code(), "22021");
  EXPECT_EQ(refused(std::string(kMaxQuery + 1, ' ')).code(), "54000");
}

TEST(Parser, comments_that_would_cost_the_scanner_a_square_are_refused) {
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "/*";
  EXPECT_EQ(refused("SELECT 1 " + many).code(), "54000");
  EXPECT_EQ(refused("/*/" + many).code(), "54000");
  EXPECT_TRUE(parse("SELECT /*" + std::string(100'000, '*') + "*/ 1"));
  EXPECT_TRUE(parse("SELECT /* a /* b */ */ 1 /**/ + /**/ 2"));
}

TEST(Parser, deep_nesting_is_refused_whatever_builds_it) {
  auto repeated = [](std::string_view piece, int times) {
    std::string text;
    for (int n = 0; n < times; ++n) text += piece;
    return text;
  };
  for (int times : {1500, 20'000, 300'000}) {
    EXPECT_EQ(refused("SELECT 1" + repeated("+1", times)).code(), "54001") << times;
    EXPECT_EQ(refused("SELECT 1" + repeated("::int", times)).code(), "54001") << times;
    EXPECT_EQ(refused("SELECT " + repeated("NOT ", times) + "true").code(), "54001") << times;
    EXPECT_EQ(refused("SELECT " + repeated("CASE WHEN true THEN ", times)).code(), "54001") << times;
  }
  // Parentheses leave nothing in the tree; the grammar has its own stack for them.
  EXPECT_TRUE(parse("SELECT " + repeated("(", 1500) + "1" + repeated(")", 1500)));
  EXPECT_EQ(refused("SELECT " + repeated("(", 20'000) + "1" + repeated(")", 20'000)).code(), "54001");
}

TEST(Parser, long_but_flat_texts_are_taken) {
  std::string rows = "INSERT INTO t VALUES (-1, -2, 'x')";
  for (int n = 0; n < 5000; ++n) rows += ", (-1, -2, 'x')";
  EXPECT_TRUE(parse(rows));
  std::string ors = "SELECT * FROM t WHERE a = 0";
  for (int n = 0; n < 400; ++n) ors += " OR a = " + std::to_string(n);
  EXPECT_TRUE(parse(ors));
}

TEST(ParseCache, gives_the_same_tree_again_and_forgets_the_oldest) {
  ParseCache cache(parse, 2);
  auto first = cache.get("SELECT 1");
  auto again = cache.get("SELECT 1");
  ASSERT_TRUE(first && again);
  EXPECT_EQ(*first, *again);
  ASSERT_TRUE(cache.get("SELECT 2"));
  ASSERT_TRUE(cache.get("SELECT 1"));
  ASSERT_TRUE(cache.get("SELECT 3"));  // 2 goes
  EXPECT_EQ(cache.entries(), 2U);
  EXPECT_EQ(*cache.get("SELECT 1"), *first);
  EXPECT_FALSE(cache.get("SELEC"));
  EXPECT_EQ(cache.entries(), 2U);
}

TEST(ParseCache, is_bounded_in_bytes) {
  ParseCache cache(parse, 1000, 10'000);
  for (int n = 0; n < 100; ++n) ASSERT_TRUE(cache.get("SELECT " + std::to_string(n)));
  EXPECT_LE(cache.bytes(), 10'000U);
  EXPECT_TRUE(cache.get("SELECT '" + std::string(20'000, 'x') + "'"));
  EXPECT_LE(cache.bytes(), 10'000U);
}

}  // namespace
}  // namespace wallaby::sql
