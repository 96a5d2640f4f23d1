#include <algorithm>

#include <gtest/gtest.h>

#include "node/scram.h"
#include "sql/plan/first_role.h"
#include "tests/sql/statements.h"

namespace wallaby::sql {
namespace {

class DefinitionsTest : public StatementsTest {};

TEST_F(DefinitionsTest, NamesWhatATableBringsWithIt) {
  EXPECT_EQ(
      run("CREATE TABLE users (id serial PRIMARY KEY, name text UNIQUE, city varchar(20) DEFAULT 'Perth')"),
      "CREATE TABLE");
  EXPECT_EQ(run("CREATE INDEX ON users (city)"), "CREATE INDEX");
  EXPECT_EQ(run("CREATE INDEX ON users (city)"), "CREATE INDEX");
  auto now = catalog();
  auto users = now->find_table("users");
  ASSERT_TRUE(users);
  EXPECT_EQ(users->primary_key_name, "users_pkey");
  EXPECT_EQ(users->columns[0].default_text, "nextval('users_id_seq'::regclass)");
  EXPECT_TRUE(users->columns[0].not_null);
  EXPECT_EQ(users->columns[2].type, (Type{TypeId::kVarchar, 24}));
  EXPECT_EQ(users->columns[2].default_text, "'Perth'");
  EXPECT_EQ(now->find_sequence("users_id_seq")->owner_table, "users");
  for (const char* index : {"users_name_key", "users_city_idx", "users_city_idx1"})
    EXPECT_TRUE(now->find_index(index)) << index;
  EXPECT_EQ(now->tables().size(), 1u);
  EXPECT_EQ(users->oid, kFirstOid);

  EXPECT_EQ(run("CREATE TABLE users_id_seq1 (x int)"), "CREATE TABLE");
  EXPECT_EQ(run("CREATE TABLE t (id bigserial, a int, UNIQUE (a, id), PRIMARY KEY (id))"), "CREATE TABLE");
  EXPECT_TRUE(catalog()->find_index("t_a_id_key"));
}

TEST_F(DefinitionsTest, OneKeyForTheSameColumns) {
  EXPECT_EQ(run("CREATE TABLE d (a int UNIQUE PRIMARY KEY, b int, UNIQUE (b), CONSTRAINT named UNIQUE (b), "
                "UNIQUE (a))"),
            "CREATE TABLE");
  auto table = catalog()->find_table("d");
  ASSERT_EQ(table->indexes.size(), 1u);
  EXPECT_EQ(table->indexes[0].name, "named");
}

TEST_F(DefinitionsTest, RefusesAsPostgreSqlDoes) {
  const std::pair<const char*, const char*> cases[] = {
      {"create table a(x int, x int)", "42701 column \"x\" specified more than once"},
      {"create table a(x foo)", "42704 type \"foo\" does not exist @18"},
      {"create table a(x int primary key, primary key(x))",
       "42P16 multiple primary keys for table \"a\" are not allowed @35"},
      {"create table a(x int, primary key(y))", "42703 column \"y\" named in key does not exist @23"},
      {"create table a(x int, unique(x,x))", "42701 column \"x\" appears twice in unique constraint @23"},
      {"create table a(x int default 'abc')", "22P02 invalid input syntax for type integer: \"abc\" @30"},
      {"create table a(x int default y)", "0A000 cannot use column reference in DEFAULT expression @30"},
      {"create table a(x int default true)",
       "42804 column \"x\" is of type integer but default expression is of type boolean | You will need to "
       "rewrite or cast "
       "the expression."},
      {"create table a(x serial default 1)",
       "42601 multiple default values specified for column \"x\" of table \"a\""},
      {"create table a(x serial null)",
       "42601 conflicting NULL/NOT NULL declarations for column \"x\" of table \"a\""},
      {"create table a(x text generated always as identity)",
       "22023 identity column type must be smallint, integer, or bigint"},
      {"create table s.a(x int)", "3F000 schema \"s\" does not exist @14"},
      {"create table a(x numeric(10,2))",
       "0A000 numeric columns are not supported | Use float8, or bigint for exact amounts in the smallest "
       "unit. @18"},
      {"create table a(x varchar(0))", "22023 length for type varchar must be at least 1 @18"},
      {"create index on b(y)", "42P01 relation \"b\" does not exist"},
      {"drop table b", "42P01 table \"b\" does not exist"},
      {"drop table s.b", "3F000 schema \"s\" does not exist"},
      {"drop index zz", "42704 index \"zz\" does not exist"},
      {"drop sequence zz", "42P01 sequence \"zz\" does not exist"},
      {"alter table b add column x int", "42P01 relation \"b\" does not exist"},
      {"truncate b", "42P01 relation \"b\" does not exist"},
      {"create sequence q increment 0", "22023 INCREMENT must not be zero"},
      {"create sequence q start 0", "22023 START value (0) cannot be less than MINVALUE (1)"},
      {"create sequence q increment -1 start 5",
       "22023 START value (5) cannot be greater than MAXVALUE (-1)"},
      {"drop role nobody", "42704 role \"nobody\" does not exist"},
      {"alter role nobody login", "42704 role \"nobody\" does not exist"},
      {"create role pg_x",
       "42939 role name \"pg_x\" is reserved | Role names starting with \"pg_\" are reserved."},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(run(text), expected) << text;
  EXPECT_EQ(catalog()->version(), 0u) << "nothing of a refused statement stays";
}

TEST_F(DefinitionsTest, WhatIsThereAlready) {
  run("CREATE TABLE a (x int)");
  run("CREATE INDEX i ON a (x)");
  run("CREATE SEQUENCE q");
  EXPECT_EQ(run("create table a(x int)"), "42P07 relation \"a\" already exists");
  EXPECT_EQ(run("create table if not exists a(x int)"),
            "NOTICE relation \"a\" already exists, skipping\nCREATE TABLE");
  EXPECT_EQ(run("create table i(x int)"), "42P07 relation \"i\" already exists");
  EXPECT_EQ(run("create index i on a(x)"), "42P07 relation \"i\" already exists");
  EXPECT_EQ(run("create index if not exists i on a(x)"),
            "NOTICE relation \"i\" already exists, skipping\nCREATE INDEX");
  EXPECT_EQ(run("create index on a(y)"), "42703 column \"y\" does not exist");
  EXPECT_EQ(run("create sequence a"), "42P07 relation \"a\" already exists");
  EXPECT_EQ(run("create sequence if not exists q"),
            "NOTICE relation \"q\" already exists, skipping\nCREATE SEQUENCE");
  EXPECT_EQ(run("drop table i"), "42809 \"i\" is not a table | Use DROP INDEX to remove an index.");
  EXPECT_EQ(run("drop index a"), "42809 \"a\" is not an index | Use DROP TABLE to remove a table.");
  EXPECT_EQ(run("drop table q"), "42809 \"q\" is not a table | Use DROP SEQUENCE to remove a sequence.");
  EXPECT_EQ(run("truncate q"), "42809 \"q\" is not a table");
  EXPECT_EQ(run("create index on q(last_value)"),
            "42809 cannot create index on relation \"q\" | This operation is not supported for sequences.");
  EXPECT_EQ(run("insert into q values (1)"), "42809 cannot change sequence \"q\"");
}

TEST_F(DefinitionsTest, DropsWhatBelongsToATable) {
  run("CREATE TABLE users (id serial PRIMARY KEY, name text UNIQUE)");
  EXPECT_EQ(run("DROP INDEX users_pkey"),
            "2BP01 cannot drop index users_pkey because constraint users_pkey on table users requires it | "
            "You can drop "
            "constraint users_pkey on table users instead.");
  EXPECT_EQ(run("DROP SEQUENCE users_id_seq"),
            "2BP01 cannot drop sequence users_id_seq because other objects depend on it | default value for "
            "column id of "
            "table users depends on sequence users_id_seq | Use DROP ... CASCADE to drop the dependent "
            "objects too.");
  run("CREATE INDEX one ON users (name)");
  run("CREATE INDEX two ON users (name)");
  EXPECT_EQ(run("DROP INDEX one, two"), "DROP INDEX");
  EXPECT_EQ(catalog()->find_table("users")->indexes.size(), 1u);
  EXPECT_EQ(run("DROP TABLE IF EXISTS users, nothing"),
            "NOTICE table \"nothing\" does not exist, skipping\nDROP TABLE");
  EXPECT_EQ(store.visible_view().tables(), (std::vector<std::string>{"sql.catalog", "sql.sequences"}));
  EXPECT_EQ(store.visible_view().count("sql.catalog"), 1u) << "the state alone";
  EXPECT_EQ(run("CREATE TABLE users (id serial)"), "CREATE TABLE");
  EXPECT_EQ(run("INSERT INTO users DEFAULT VALUES RETURNING id"), "1\nINSERT 0 1");
}

TEST_F(DefinitionsTest, ARolledBackTableLeavesNoNumbersBehind) {
  {
    engine::Transaction tx = begin();
    EXPECT_EQ(run_in(tx, "CREATE TABLE t (id serial)"), "CREATE TABLE");
    EXPECT_EQ(run_in(tx, "INSERT INTO t DEFAULT VALUES RETURNING id"), "1\nINSERT 0 1");
  }
  EXPECT_EQ(run("CREATE TABLE t (id serial)"), "CREATE TABLE");
  EXPECT_EQ(run("INSERT INTO t DEFAULT VALUES RETURNING id"), "1\nINSERT 0 1");
}

TEST_F(DefinitionsTest, AnIndexIsFilledFromTheRows) {
  run("CREATE TABLE t (a int PRIMARY KEY, b int, c text)");
  run("INSERT INTO t VALUES (1, 10, 'x'), (2, 20, 'x'), (3, NULL, 'y'), (4, NULL, 'z')");
  EXPECT_EQ(run("CREATE UNIQUE INDEX u ON t (b)"), "CREATE INDEX");
  EXPECT_EQ(run("CREATE UNIQUE INDEX v ON t (c)"),
            "23505 could not create unique index \"v\" | Key (c)=(x) is duplicated.");
  EXPECT_EQ(run("CREATE INDEX v ON t (c, b)"), "CREATE INDEX");
  check_indexes();
  EXPECT_EQ(run("INSERT INTO t VALUES (5, 20, 'w')"),
            "23505 duplicate key value violates unique constraint \"u\" | Key (b)=(20) already exists.");
}

TEST_F(DefinitionsTest, ATransactionThatMissesAnIndexLoses) {
  run("CREATE TABLE t (a int PRIMARY KEY, b int)");
  engine::Transaction insert = begin(), define = begin();
  EXPECT_EQ(run_in(insert, "INSERT INTO t VALUES (1, 1)"), "INSERT 0 1");
  EXPECT_EQ(run("CREATE INDEX ON t (b)"), "CREATE INDEX");
  EXPECT_FALSE(commit(insert)) << "it wrote no entry";
  EXPECT_EQ(run_in(define, "CREATE INDEX ON t (a)"), "CREATE INDEX");
  EXPECT_FALSE(commit(define));
  engine::Transaction late = begin();
  EXPECT_EQ(run_in(late, "CREATE INDEX late ON t (b)"), "CREATE INDEX");
  EXPECT_EQ(run("INSERT INTO t VALUES (2, 2)"), "INSERT 0 1");
  EXPECT_FALSE(commit(late)) << "the new row has no entry in it";
}

TEST_F(DefinitionsTest, AddsColumns) {
  run("CREATE TABLE t (a int PRIMARY KEY)");
  run("INSERT INTO t VALUES (1), (2)");
  EXPECT_EQ(run("ALTER TABLE t ADD COLUMN b int"), "ALTER TABLE");
  EXPECT_EQ(run("ALTER TABLE t ADD COLUMN c text DEFAULT 'old' NOT NULL"), "ALTER TABLE");
  EXPECT_EQ(run("SELECT * FROM t"), "1||old\n2||old\nSELECT 2");
  EXPECT_EQ(run("INSERT INTO t (a) VALUES (3)"), "INSERT 0 1");
  EXPECT_EQ(run("UPDATE t SET b = 5 WHERE a = 1"), "UPDATE 1");
  EXPECT_EQ(run("SELECT * FROM t"), "1|5|old\n2||old\n3||old\nSELECT 3");
  EXPECT_EQ(run("ALTER TABLE t ADD COLUMN d int NOT NULL"),
            "23502 column \"d\" of relation \"t\" contains null values");
  EXPECT_EQ(run("ALTER TABLE t ADD COLUMN a int"), "42701 column \"a\" of relation \"t\" already exists");
  EXPECT_EQ(run("ALTER TABLE t ADD COLUMN IF NOT EXISTS a int"),
            "NOTICE column \"a\" of relation \"t\" already exists, skipping\nALTER TABLE");
  EXPECT_EQ(run("ALTER TABLE t ADD COLUMN id serial"), "ALTER TABLE");
  EXPECT_EQ(run("SELECT a, id FROM t"), "1|1\n2|2\n3|3\nSELECT 3");
  EXPECT_EQ(run("INSERT INTO t (a) VALUES (4) RETURNING id"), "4\nINSERT 0 1");
  EXPECT_EQ(run("ALTER TABLE t ADD COLUMN u int UNIQUE"), "ALTER TABLE");
  EXPECT_EQ(run("ALTER TABLE t ADD COLUMN v int UNIQUE DEFAULT 1"),
            "23505 could not create unique index \"t_v_key\" | Key (v)=(1) is duplicated.");
  check_indexes();
}

TEST_F(DefinitionsTest, DropsColumnsAndWhatStandsOnThem) {
  run("CREATE TABLE t (a int PRIMARY KEY, b serial, c text UNIQUE, d int)");
  run("CREATE INDEX ON t (d)");
  run("INSERT INTO t (a, c, d) VALUES (1, 'x', 10), (2, 'y', 20)");
  EXPECT_EQ(run("ALTER TABLE t DROP COLUMN b"), "ALTER TABLE");
  EXPECT_FALSE(catalog()->has_relation("t_b_seq"));
  EXPECT_EQ(run("SELECT * FROM t"), "1|x|10\n2|y|20\nSELECT 2");
  EXPECT_EQ(run("ALTER TABLE t DROP COLUMN c"), "ALTER TABLE");
  EXPECT_FALSE(catalog()->has_relation("t_c_key"));
  check_indexes();
  EXPECT_EQ(run("ALTER TABLE t DROP COLUMN a"), "ALTER TABLE");
  EXPECT_FALSE(catalog()->has_relation("t_pkey"));
  EXPECT_EQ(run("INSERT INTO t VALUES (20)"), "INSERT 0 1");
  EXPECT_EQ(run("SELECT * FROM t"), "10\n20\n20\nSELECT 3");
  check_indexes();
  EXPECT_EQ(run("ALTER TABLE t DROP COLUMN nope"), "42703 column \"nope\" of relation \"t\" does not exist");
  EXPECT_EQ(run("ALTER TABLE t DROP COLUMN IF EXISTS nope"),
            "NOTICE column \"nope\" of relation \"t\" does not exist, skipping\nALTER TABLE");
}

TEST_F(DefinitionsTest, AddsAPrimaryKeyToRowsThatAreThere) {
  run("CREATE TABLE t (a int, b int, c int)");
  run("INSERT INTO t VALUES (2, 1, 7), (1, 1, 8)");
  EXPECT_EQ(run("ALTER TABLE t ADD PRIMARY KEY (b)"),
            "23505 could not create unique index \"t_pkey\" | Key (b)=(1) is duplicated.");
  EXPECT_EQ(run("ALTER TABLE t ADD PRIMARY KEY (a)"), "ALTER TABLE");
  EXPECT_EQ(run("SELECT * FROM t"), "1|1|8\n2|1|7\nSELECT 2");
  EXPECT_EQ(run("INSERT INTO t VALUES (1, 2, 3)"),
            "23505 duplicate key value violates unique constraint \"t_pkey\" | Key (a)=(1) already exists.");
  EXPECT_EQ(run("ALTER TABLE t ADD PRIMARY KEY (c)"),
            "42P16 multiple primary keys for table \"t\" are not allowed");
  EXPECT_EQ(run("ALTER TABLE t ADD CONSTRAINT one UNIQUE (c)"), "ALTER TABLE");
  check_indexes();
  run("CREATE TABLE n (a int)");
  run("INSERT INTO n VALUES (NULL)");
  EXPECT_EQ(run("ALTER TABLE n ADD PRIMARY KEY (a)"),
            "23502 column \"a\" of relation \"n\" contains null values");
}

TEST_F(DefinitionsTest, TruncatesAndRestarts) {
  run("CREATE TABLE t (id serial PRIMARY KEY, b text UNIQUE)");
  run("INSERT INTO t (b) VALUES ('x'), ('y')");
  EXPECT_EQ(run("TRUNCATE t"), "TRUNCATE TABLE");
  EXPECT_EQ(run("INSERT INTO t (b) VALUES ('x') RETURNING id"), "3\nINSERT 0 1");
  {
    engine::Transaction undone = begin();
    EXPECT_EQ(run_in(undone, "TRUNCATE t RESTART IDENTITY"), "TRUNCATE TABLE");
    EXPECT_EQ(run_in(undone, "INSERT INTO t (b) VALUES ('x') RETURNING id"), "1\nINSERT 0 1");
  }
  EXPECT_EQ(run("INSERT INTO t (b) VALUES ('z') RETURNING id"), "4\nINSERT 0 1");
  EXPECT_EQ(run("TRUNCATE t RESTART IDENTITY"), "TRUNCATE TABLE");
  EXPECT_EQ(run("INSERT INTO t (b) VALUES ('z') RETURNING id"), "1\nINSERT 0 1");
  memory.clear();
  EXPECT_EQ(run("INSERT INTO t (b) VALUES ('a') RETURNING id"), "2\nINSERT 0 1") << "after a restart";
  check_indexes();
}

TEST_F(DefinitionsTest, KeepsRolesWithTheirPasswordsAsVerifiers) {
  EXPECT_EQ(run("CREATE USER alice PASSWORD 'secret'"), "CREATE ROLE");
  EXPECT_EQ(run("CREATE ROLE alice"), "42710 role \"alice\" already exists");
  EXPECT_EQ(run("CREATE ROLE bob SUPERUSER"), "CREATE ROLE");
  const Role alice = *catalog()->find_role("alice");
  EXPECT_TRUE(alice.login);
  EXPECT_TRUE(node::parse_scram_verifier(alice.scram));
  EXPECT_FALSE(catalog()->find_role("bob")->login);
  EXPECT_TRUE(catalog()->find_role("bob")->superuser);
  EXPECT_EQ(run("ALTER ROLE bob LOGIN PASSWORD '" + alice.scram + "'"), "ALTER ROLE");
  EXPECT_EQ(catalog()->find_role("bob")->scram, alice.scram) << "a verifier is kept as it is";
  EXPECT_EQ(run("ALTER ROLE bob PASSWORD NULL"), "ALTER ROLE");
  EXPECT_EQ(catalog()->find_role("bob")->scram, "");
  EXPECT_EQ(run("DROP ROLE alice, bob"), "DROP ROLE");
  EXPECT_EQ(run("DROP ROLE IF EXISTS alice"), "NOTICE role \"alice\" does not exist, skipping\nDROP ROLE");
}

TEST_F(DefinitionsTest, ARoleMayReplicateWhenItWasToldSo) {
  EXPECT_EQ(run("CREATE ROLE copier LOGIN REPLICATION"), "CREATE ROLE");
  EXPECT_EQ(run("CREATE ROLE bob SUPERUSER"), "CREATE ROLE");
  EXPECT_TRUE(catalog()->find_role("copier")->replication);
  EXPECT_FALSE(catalog()->find_role("bob")->replication);
  EXPECT_EQ(run("ALTER ROLE copier NOREPLICATION"), "ALTER ROLE");
  EXPECT_EQ(run("ALTER ROLE bob REPLICATION"), "ALTER ROLE");
  EXPECT_FALSE(catalog()->find_role("copier")->replication);
  EXPECT_TRUE(catalog()->find_role("bob")->replication);
}

TEST_F(DefinitionsTest, TheFirstRoleIsASuperuserWithAPassword) {
  auto entropy = [](std::span<uint8_t> bytes) { std::ranges::fill(bytes, uint8_t{7}); };
  for (const char* name : {"", "public", "pg_me", "\xff"})
    EXPECT_FALSE(first_role(name, "secret", entropy)) << name;
  EXPECT_FALSE(first_role("alice", "", entropy));
  auto make = first_role("alice", "secret", entropy);
  ASSERT_TRUE(make) << make.error();
  engine::Transaction transaction = begin();
  ASSERT_TRUE((*make)(transaction));
  apply(transaction.take_changes());
  auto now = catalog();
  const Role* alice = now->find_role("alice");
  ASSERT_TRUE(alice);
  EXPECT_TRUE(alice->login && alice->superuser);
  EXPECT_TRUE(node::parse_scram_verifier(alice->scram));
  EXPECT_EQ(run("CREATE ROLE alice"), "42710 role \"alice\" already exists");
}

TEST_F(DefinitionsTest, TablesOfTheNativeDoorKeepTheirShape) {
  apply({{engine::ChangeKind::kCreateTable, "greetings", {}, {}}});
  EXPECT_EQ(run("INSERT INTO greetings VALUES ('hello', 'world')"), "INSERT 0 1");
  EXPECT_EQ(store.visible_view().get("greetings", "hello"), "world");
  EXPECT_EQ(run("ALTER TABLE greetings ADD COLUMN x int").substr(0, 5), "0A000");
  EXPECT_EQ(run("CREATE INDEX ON greetings (value)").substr(0, 5), "0A000");
  EXPECT_EQ(run("TRUNCATE greetings"), "TRUNCATE TABLE");
  EXPECT_EQ(run("DROP TABLE greetings"), "DROP TABLE");
}

}  // namespace
}  // namespace wallaby::sql
