// What psql 15 asks behind \d and its like (psql -E), and what drivers and query builders ask; answered by a session.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sql/session_fixture.h"

namespace wallaby::sql {
namespace {

/// "name type, name type", then the rows.
class CatalogQueries : public SessionTest {
 protected:
  std::string columns(std::string_view text) {
    auto prepared = one.session->prepare(one.now, one.session->parse(text)->front(), {});
    if (!prepared) return prepared.error().message();
    std::string out;
    for (const ResultColumn& column : (*prepared)->columns)
      out += (out.empty() ? "" : ", ") + column.name + " " + to_string(column.type.id);
    return out;
  }
  std::string answer(std::string_view text, const Row& parameters = {}) {
    auto prepared = one.session->prepare(one.now, one.session->parse(text)->front(), {});
    if (!prepared) return prepared.error().message();
    std::string out;
    for (const ResultColumn& column : (*prepared)->columns) out += (out.empty() ? "" : "|") + column.name;
    auto portal = *one.session->bind(one.now, *prepared, parameters);
    one.out.clear();
    if (one.session->execute(one.now, *portal, 0, true, one) != Outcome::kDone) return one.failure();
    return out + "\n" + one.out;
  }
};

TEST_F(CatalogQueries, an_empty_catalog_answers_with_no_rows) {
  EXPECT_EQ(
      answer("SELECT n.nspname as \"Schema\", c.relname as \"Name\" FROM pg_catalog.pg_class c LEFT JOIN "
             "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','') ORDER BY 1,2"),
      "Schema|Name\n");
}

TEST_F(CatalogQueries, unknown_catalogs_functions_and_columns_are_no_errors) {
  EXPECT_EQ(answer("SELECT p.polname, pg_catalog.pg_what(p.x) FROM pg_catalog.pg_policy p"),
            "polname|pg_what\n");
  EXPECT_EQ(answer("SELECT nspname, no_such, pg_no_such(oid) FROM pg_namespace WHERE nspname = 'public'"),
            "nspname|no_such|pg_no_such\npublic,NULL,NULL | ");
}

TEST_F(CatalogQueries, the_schemas_and_the_database) {
  EXPECT_EQ(answer("SELECT n.nspname AS \"Name\", pg_catalog.pg_get_userbyid(n.nspowner) AS \"Owner\" FROM "
                   "pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> "
                   "'information_schema' ORDER BY 1"),
            "Name|Owner\npublic,pg_database_owner | ");
  EXPECT_EQ(
      answer(
          "SELECT d.datname as \"Name\", pg_catalog.pg_encoding_to_char(d.encoding), CASE d.datlocprovider "
          "WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' END FROM pg_catalog.pg_database d ORDER BY 1"),
      "Name|pg_encoding_to_char|case\nshop,UTF8,libc | ");
}

TEST_F(CatalogQueries, whoever_is_connected_is_a_role_and_owns_what_there_is) {
  EXPECT_EQ(
      answer("SELECT r.rolname, r.rolsuper, ARRAY(SELECT b.rolname FROM pg_catalog.pg_auth_members m JOIN "
             "pg_catalog.pg_roles b ON (m.roleid = b.oid) WHERE m.member = r.oid) as memberof FROM "
             "pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY 1"),
      "rolname|rolsuper|memberof\nalice,t,{} | ");
  one.run("CREATE TABLE t (id int)");
  const char* owners =
      "SELECT tableowner, r.rolname, pg_get_userbyid(c.relowner), pg_get_userbyid(7) FROM "
      "pg_class c JOIN pg_tables ON tablename = relname JOIN pg_roles r ON r.oid = c.relowner";
  EXPECT_EQ(answer(owners),
            "tableowner|rolname|pg_get_userbyid|pg_get_userbyid\n"
            "alice,alice,alice,unknown (OID=7) | ");
  one.run("CREATE ROLE alice LOGIN");
  EXPECT_EQ(answer(owners),
            "tableowner|rolname|pg_get_userbyid|pg_get_userbyid\n"
            "alice,alice,alice,unknown (OID=7) | ");
}

TEST_F(CatalogQueries, unions_orders_limits_and_counts) {
  EXPECT_EQ(answer("SELECT nspname FROM pg_namespace UNION SELECT 'a' UNION SELECT 'a' ORDER BY 1 DESC LIMIT "
                   "2 OFFSET 1"),
            "nspname\npg_catalog | information_schema | ");
  EXPECT_EQ(answer("SELECT count(*) FROM pg_am WHERE amname = $1", {Value(std::string("btree"))}),
            "count\n1 | ");
  EXPECT_EQ(answer("SELECT count(*) FROM pg_policy"), "count\n0 | ");
  EXPECT_EQ(answer("SELECT 1 FROM pg_am WHERE amname = $1", {Value()}), "?column?\n");
}

TEST_F(CatalogQueries, a_left_join_keeps_rows_without_partner) {
  EXPECT_EQ(
      answer("SELECT a.amname, c.relname FROM pg_am a LEFT JOIN pg_class c ON c.relam = a.oid ORDER BY 1"),
      "amname|relname\nbtree,NULL | heap,NULL | ");
}

// What pgbench asks before it runs its built-in scripts.
TEST_F(CatalogQueries, lateral_tables_and_counts_by_group) {
  EXPECT_EQ(
      answer(
          "SELECT o.n, a.amtype, count(c.oid), count(*) FROM pg_am a CROSS JOIN LATERAL (SELECT "
          "array_position(current_schemas(true), 'public')) AS o(n) LEFT JOIN pg_class c ON c.relam = a.oid "
          "GROUP BY 1, 2 ORDER BY 2 DESC LIMIT 1"),
      "n|amtype|count|count\n2,t,0,1 | ");
}

TEST_F(CatalogQueries, patterns_are_tested_as_in_any_query) {
  EXPECT_EQ(answer("SELECT amname FROM pg_am WHERE amname OPERATOR(pg_catalog.~) '^(h.*)$' COLLATE "
                   "pg_catalog.default"),
            "amname\nheap | ");
  EXPECT_EQ(answer("SELECT amname FROM pg_am WHERE amname LIKE 'b%'"), "amname\nbtree | ");
}

// The unknown catalog in each sends it to the lenient reader.
TEST_F(CatalogQueries, columns_have_the_types_that_can_be_seen) {
  EXPECT_EQ(columns("SELECT c.relname, c.relnatts + 1 AS n, c.relhasindex, c.relkind = 'r' AS is_table, "
                    "count(*), pg_table_size(c.oid), c.no_such, coalesce(c.relnatts, 0) AS other, "
                    "CASE WHEN c.relhasindex THEN 1 END AS one, CASE WHEN true THEN 1 ELSE 'x' END AS mixed, "
                    "(SELECT a.attnum FROM pg_attribute a), EXISTS (SELECT 1 FROM pg_index), c.oid::regclass "
                    "FROM pg_class c LEFT JOIN pg_no_such x ON x.oid = c.oid GROUP BY 1"),
            "relname name, n smallint, relhasindex boolean, is_table boolean, count bigint, "
            "pg_table_size bigint, no_such text, other smallint, one integer, mixed text, "
            "attnum smallint, exists boolean, oid text");
  EXPECT_EQ(
      columns(
          "WITH a (method) AS (SELECT amname FROM pg_am) SELECT d.*, a.* FROM a, (SELECT 1 AS one, oid FROM "
          "pg_no_such) d"),
      "one integer, oid text, method name");
}

TEST_F(CatalogQueries, values_come_in_their_types) {
  one.run("CREATE TABLE t (id serial PRIMARY KEY, name text UNIQUE, extra int)");
  EXPECT_EQ(answer("SELECT i.indisprimary, i.indnatts, c.relname, (SELECT 1 FROM pg_no_such) FROM pg_index i "
                   "JOIN pg_class c ON c.oid = i.indexrelid ORDER BY 3 DESC"),
            "indisprimary|indnatts|relname|?column?\nt,1,t_pkey,NULL | f,1,t_name_key,NULL | ");
  EXPECT_EQ(answer("SELECT t.* FROM pg_am t LEFT JOIN pg_no_such n ON n.x = t.oid ORDER BY amname"),
            "oid|amname|amtype\n403,btree,i | 2,heap,t | ");
}

// As many programs look for a primary key.
TEST_F(CatalogQueries, a_key_column_is_found_in_the_vector_of_its_index) {
  one.run("CREATE TABLE t (a int, b int, c int, PRIMARY KEY (c, a))");
  EXPECT_EQ(
      answer("SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = "
             "ANY(i.indkey) WHERE i.indrelid = 't'::regclass AND i.indisprimary ORDER BY 1"),
      "attname\na | c | ");
}

TEST_F(CatalogQueries, functions_answer_as_in_any_query) {
  one.run("CREATE TABLE t (id int PRIMARY KEY, v text DEFAULT 'x')");
  EXPECT_EQ(
      answer("SELECT pg_get_constraintdef(r.oid, true), pg_get_indexdef(r.conindid), "
             "pg_get_indexdef(r.conindid, 1, true), pg_size_pretty(pg_table_size(r.conrelid)), "
             "array_to_string(ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = r.conrelid), ', ') "
             "FROM pg_constraint r LEFT JOIN pg_no_such n ON n.oid = r.oid"),
      "pg_get_constraintdef|pg_get_indexdef|pg_get_indexdef|pg_size_pretty|array_to_string\n"
      "PRIMARY KEY (id),CREATE UNIQUE INDEX t_pkey ON public.t USING btree (id),id,0 bytes,id, v | ");
  EXPECT_EQ(answer("SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d"), "pg_get_expr\n'x'::text | ");
}

TEST_F(CatalogQueries, nothing_is_done_by_a_query_that_is_understood_half) {
  EXPECT_EQ(answer("SELECT pg_terminate_backend(2), set_config('application_name', 'x', false) FROM pg_am "
                   "LEFT JOIN pg_no_such ON true LIMIT 1"),
            "pg_terminate_backend|set_config\nNULL,NULL | ");
  EXPECT_EQ(two.session->tick(two.now), std::nullopt);
}

// \d of a sequence: its numbers are numbers, so psql aligns them to the right.
TEST_F(CatalogQueries, a_sequence) {
  one.run("CREATE SEQUENCE s START 5");
  EXPECT_EQ(
      columns("SELECT pg_catalog.format_type(seqtypid, NULL) AS \"Type\", seqstart AS \"Start\", CASE WHEN "
              "seqcycle THEN 'yes' ELSE 'no' END AS \"Cycles?\" FROM pg_catalog.pg_sequence"),
      "Type text, Start bigint, Cycles? text");
}

}  // namespace
}  // namespace wallaby::sql
