#include "sql/storage/row_text.h"

#include <gtest/gtest.h>

#include "sql/storage/catalog_codec.h"
#include "tests/sql/storage_fixture.h"

namespace wallaby::sql {
namespace {

class RowTextTest : public StorageTest {
 protected:
  /// All that is stored, in words, a line a row.
  std::string everything() {
    engine::View view = store.visible_view();
    RowText text;
    view.scan("sql.catalog", {},
              [&](const engine::Row& row) { return text.learn(row.key, row.value), true; });
    std::string lines;
    for (const std::string& table : view.tables())
      view.scan(table, {}, [&](const engine::Row& row) {
        if (row.key != "state")
          lines += table + " " + text.row(table, row.key, row.value).value_or("bytes") + "\n";
        return true;
      });
    return lines;
  }
};

TEST_F(RowTextTest, TellsRowsEntriesDefinitionsAndSequences) {
  engine::Transaction tx = begin();
  Table table = users();
  table.columns[0].not_null = true;
  Sequence sequence{kFirstOid + 9, "users_id_seq", {TypeId::kInt4}, 1, 1, "users", "id"};
  ASSERT_TRUE(CatalogWriter(tx).put(table));
  ASSERT_TRUE(CatalogWriter(tx).put(sequence));
  ASSERT_TRUE(CatalogWriter(tx).put(Role{5, "alice", true, false, ""}));
  ASSERT_TRUE(TableWriter(table, tx, *this).insert({number(7), text("O'Neill"), Value()}));
  EXPECT_EQ(memory.next(sequence, DataSource(tx)), 1);
  memory.store_used({"users_id_seq"}, tx);
  ASSERT_TRUE(commit(tx));
  apply({{engine::ChangeKind::kPut, "users", "garbage", "x"},
         {engine::ChangeKind::kCreateTable, "native", {}, {}},
         {engine::ChangeKind::kPut, "native", "k", "v"}});
  EXPECT_EQ(everything(),
            "native bytes\n"
            "sql.catalog table users (id integer NOT NULL, name text, city text, PRIMARY KEY (id))\n"
            "sql.catalog index users_city_idx of users\n"
            "sql.catalog sequence users_id_seq\n"
            "sql.catalog index users_name_key of users\n"
            "sql.catalog role alice\n"
            "sql.sequences users_id_seq = 1\n"
            "users (7, 'O''Neill', NULL)\n"
            "users bytes\n"
            "users_city_idx (NULL) -> (7)\n"
            "users_name_key ('O''Neill') -> (7)\n");
}

TEST_F(RowTextTest, KnowsKeysAndKinds) {
  RowText text;
  Table table = users();
  EXPECT_EQ(text.kind("users"), "");
  text.learn({engine::ChangeKind::kPut, "sql.catalog", "relation/users", encode_relation(table)});
  text.learn({engine::ChangeKind::kPut, "sql.catalog", "relation/users_name_key",
              encode_relation(table.indexes[0])});
  EXPECT_EQ(text.kind("users"), "SQL table");
  EXPECT_EQ(text.kind("users_name_key"), "index of users");
  EXPECT_EQ(text.kind("sql.catalog"), "part of SQL's catalog");
  EXPECT_EQ(text.kind("greetings"), "");
  Row row = {number(7), StorageTest::text("Bob"), Value()};
  std::string key = encode_key(table, row), value;
  encode_row(table, row, value);
  EXPECT_EQ(text.key("users", key), "(7)");
  EXPECT_EQ(text.key("users", "x"), std::nullopt);
  EXPECT_EQ(text.columns("users", key, value).size(), 3u);
  EXPECT_EQ(text.columns("users", key, value)[1].second, "Bob");
  EXPECT_EQ(text.columns("users", key, value)[2].second, std::nullopt);
}

}  // namespace
}  // namespace wallaby::sql
