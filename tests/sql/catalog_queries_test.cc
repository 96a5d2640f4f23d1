// What psql 15 asks behind \d and its like (psql -E), answered from a catalog with one table.
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sql/parser/parser.h"
#include "sql/views/catalog_eval.h"

namespace wallaby::sql {
namespace {

std::string answer(std::string_view text, const Catalog& catalog, std::vector<Cell> parameters = {}) {
  auto parsed = parse(text);
  EXPECT_TRUE(parsed) << parsed.error();
  if (!parsed) return {};
  CatalogFacts facts{catalog, "alice", "mydb"};
  CatalogAnswer answer =
      answer_catalog_query(std::get<ast::Select>(parsed->front()->node), facts, parameters);
  std::string out;
  for (size_t at = 0; at < answer.columns.size(); ++at) out += (at ? "|" : "") + answer.columns[at];
  for (const auto& row : answer.rows) {
    out += "\n";
    for (size_t at = 0; at < row.size(); ++at) out += (at ? "|" : "") + row[at].value_or("NULL");
  }
  return out;
}

TEST(CatalogQueries, an_empty_catalog_answers_with_no_rows) {
  Catalog catalog;
  EXPECT_EQ(
      answer("SELECT n.nspname as \"Schema\", c.relname as \"Name\" FROM pg_catalog.pg_class c LEFT JOIN "
             "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','') ORDER BY 1,2",
             catalog),
      "Schema|Name");
}

TEST(CatalogQueries, unknown_catalogs_functions_and_columns_are_no_errors) {
  Catalog catalog;
  EXPECT_EQ(answer("SELECT p.polname, pg_catalog.pg_what(p.x) FROM pg_catalog.pg_policy p", catalog),
            "polname|pg_what");
  EXPECT_EQ(
      answer("SELECT nspname, no_such, pg_no_such(oid) FROM pg_namespace WHERE nspname = 'public'", catalog),
      "nspname|no_such|pg_no_such\npublic|NULL|NULL");
}

TEST(CatalogQueries, the_schemas_and_the_database) {
  Catalog catalog;
  EXPECT_EQ(answer("SELECT n.nspname AS \"Name\", pg_catalog.pg_get_userbyid(n.nspowner) AS \"Owner\" FROM "
                   "pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> "
                   "'information_schema' ORDER BY 1",
                   catalog),
            "Name|Owner\npublic|alice");
  EXPECT_EQ(
      answer(
          "SELECT d.datname as \"Name\", pg_catalog.pg_encoding_to_char(d.encoding), CASE d.datlocprovider "
          "WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' END FROM pg_catalog.pg_database d ORDER BY 1",
          catalog),
      "Name|pg_encoding_to_char|case\nmydb|UTF8|libc");
}

TEST(CatalogQueries, whoever_is_connected_is_a_role) {
  Catalog catalog;
  EXPECT_EQ(
      answer("SELECT r.rolname, r.rolsuper, ARRAY(SELECT b.rolname FROM pg_catalog.pg_auth_members m JOIN "
             "pg_catalog.pg_roles b ON (m.roleid = b.oid) WHERE m.member = r.oid) as memberof FROM "
             "pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY 1",
             catalog),
      "rolname|rolsuper|memberof\nalice|t|{}");
}

TEST(CatalogQueries, unions_orders_limits_and_counts) {
  Catalog catalog;
  EXPECT_EQ(answer("SELECT nspname FROM pg_namespace UNION SELECT 'a' UNION SELECT 'a' ORDER BY 1 DESC LIMIT "
                   "2 OFFSET 1",
                   catalog),
            "nspname\npg_catalog\ninformation_schema");
  EXPECT_EQ(answer("SELECT count(*) FROM pg_am WHERE amname = $1", catalog, {"btree"}), "count\n1");
  EXPECT_EQ(answer("SELECT 1 FROM pg_am WHERE amname = $1", catalog, {Cell()}), "?column?");
}

TEST(CatalogQueries, a_left_join_keeps_rows_without_partner) {
  Catalog catalog;
  EXPECT_EQ(
      answer("SELECT a.amname, c.relname FROM pg_am a LEFT JOIN pg_class c ON c.relam = a.oid ORDER BY 1",
             catalog),
      "amname|relname\nbtree|NULL\nheap|NULL");
}

// What pgbench asks before it runs its built-in scripts.
TEST(CatalogQueries, lateral_tables_and_counts_by_group) {
  Catalog catalog;
  EXPECT_EQ(
      answer(
          "SELECT o.n, a.amtype, count(c.oid), count(*) FROM pg_am a CROSS JOIN LATERAL (SELECT "
          "array_position(current_schemas(true), 'public')) AS o(n) LEFT JOIN pg_class c ON c.relam = a.oid "
          "GROUP BY 1, 2 ORDER BY 2 DESC LIMIT 1",
          catalog),
      "n|amtype|count|count\n2|t|0|1");
}

TEST(CatalogQueries, patterns_are_tested_as_in_any_query) {
  Catalog catalog;
  EXPECT_EQ(
      answer(
          "SELECT amname FROM pg_am WHERE amname OPERATOR(pg_catalog.~) '^(h.*)$' COLLATE pg_catalog.default",
          catalog),
      "amname\nheap");
  EXPECT_EQ(answer("SELECT amname FROM pg_am WHERE amname LIKE 'b%'", catalog), "amname\nbtree");
}

}  // namespace
}  // namespace wallaby::sql
