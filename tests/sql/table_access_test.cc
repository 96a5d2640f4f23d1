#include "sql/storage/table_access.h"

#include <gmock/gmock.h>

#include "tests/sql/storage_fixture.h"

namespace wallaby::sql {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TableAccessTest : public StorageTest {
 protected:
  TableAccessTest() {
    engine::Transaction tx = begin();
    EXPECT_TRUE(CatalogWriter(tx).put(*table));
    EXPECT_TRUE(commit(tx));
  }

  SqlResult<std::string> insert(engine::Transaction& tx, Row row) {
    return TableWriter(*table, tx, *this).insert(row);
  }
  void fill(int count) {
    engine::Transaction tx = begin();
    for (int i = 1; i <= count; ++i)
      ASSERT_TRUE(insert(tx, {number(i), text(fmt::format("name{}", i)), text(i % 2 ? "Perth" : "Cairns")}));
    ASSERT_TRUE(commit(tx));
  }
  static std::vector<int64_t> ids(const std::vector<StoredRow>& rows) {
    std::vector<int64_t> found;
    for (const StoredRow& row : rows) found.push_back(row.values[0].integer());
    return found;
  }
  std::vector<int64_t> scan(const DataSource& source, engine::KeyRange range, size_t piece) {
    TableScan scan(source, table, std::move(range));
    std::vector<StoredRow> rows;
    while (!scan.at_end()) EXPECT_TRUE(scan.next(piece, rows));
    return ids(rows);
  }
  std::vector<int64_t> by_city(const DataSource& source, const std::string& city, size_t piece) {
    std::string prefix;
    encode_key_part(TypeId::kText, text(city), prefix);
    IndexScan scan(source, table, table->indexes[1], {prefix, prefix_end(prefix)});
    std::vector<StoredRow> rows;
    while (!scan.at_end()) EXPECT_TRUE(scan.next(piece, rows));
    return ids(rows);
  }
  std::string key_of(int64_t id) {
    std::string key;
    append_key_part(*table, 0, number(id), key);
    return key;
  }
  /// Entries of both indexes and rows agree.
  void check_indexes(const DataSource& source) {
    size_t rows = 0;
    source.scan("users", {}, [&](const engine::Row& stored) {
      auto row = decode_row(*table, stored.key, stored.value);
      EXPECT_TRUE(row);
      for (const Index& index : table->indexes)
        EXPECT_EQ(source.get(index.name, index_entry_key(*table, index, *row, stored.key)), stored.key);
      return ++rows, true;
    });
    for (const Index& index : table->indexes) {
      size_t entries = 0;
      source.scan(index.name, {}, [&](const engine::Row&) { return ++entries, true; });
      EXPECT_EQ(entries, rows) << index.name;
    }
  }

  std::shared_ptr<Table> table = std::make_shared<Table>(users());
};

TEST_F(TableAccessTest, FindsRowsByKeyAndIndexAndInOrder) {
  fill(9);
  engine::Transaction tx = begin();
  DataSource source(tx);
  auto found = find_by_key(source, *table, key_of(3));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->values, (Row{number(3), text("name3"), text("Perth")}));
  EXPECT_FALSE(find_by_key(source, *table, key_of(99))->has_value());
  for (size_t piece : {1, 2, 3, 4, 100}) {
    EXPECT_THAT(scan(source, {}, piece), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
    EXPECT_THAT(scan(source, {key_of(4), key_of(7)}, piece), ElementsAre(4, 5, 6));
    EXPECT_THAT(by_city(source, "Cairns", piece), ElementsAre(2, 4, 6, 8));
    EXPECT_THAT(by_city(source, "Hobart", piece), IsEmpty());
  }
  check_indexes(source);
}

TEST_F(TableAccessTest, RefusesWhatIsThereAlready) {
  fill(2);
  engine::Transaction tx = begin();
  auto key = insert(tx, {number(1), text("other"), Value()});
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code(), "23505");
  EXPECT_EQ(key.error().message(), "duplicate key value violates unique constraint \"users_pkey\"");
  EXPECT_EQ(key.error().fields().detail, "Key (id)=(1) already exists.");
  EXPECT_EQ(key.error().fields().constraint, "users_pkey");
  EXPECT_EQ(key.error().fields().table, "users");
  auto name = insert(tx, {number(3), text("name2"), Value()});
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().fields().detail, "Key (name)=(name2) already exists.");
  EXPECT_TRUE(tx.empty()) << "a refused row leaves nothing behind";

  auto conflict =
      TableWriter(*table, tx, *this).find_conflict({number(9), text("name2"), Value()}, &table->indexes[0]);
  ASSERT_TRUE(conflict && *conflict);
  EXPECT_EQ((*conflict)->values[0], number(2));
}

TEST_F(TableAccessTest, NullsNeverCollide) {
  engine::Transaction tx = begin();
  for (int id : {1, 2, 3}) ASSERT_TRUE(insert(tx, {number(id), Value(), Value()}));
  check_indexes(DataSource(tx));
  auto conflict =
      TableWriter(*table, tx, *this).find_conflict({number(9), Value(), Value()}, &table->indexes[0]);
  EXPECT_FALSE(conflict->has_value());
}

TEST_F(TableAccessTest, UpdatesAndDeletesKeepTheIndexes) {
  fill(4);
  engine::Transaction tx = begin();
  DataSource source(tx);
  TableWriter writer(*table, tx, *this);
  auto row = [&](int64_t id) { return **find_by_key(source, *table, key_of(id)); };
  ASSERT_TRUE(writer.update(row(1), {number(1), text("name1"), text("Hobart")}));
  check_indexes(source);
  ASSERT_TRUE(writer.update(row(2), {number(20), text("name2"), text("Cairns")}));
  check_indexes(source);
  EXPECT_EQ(writer.update(row(3), {number(4), text("x"), Value()}).error().fields().constraint, "users_pkey");
  EXPECT_EQ(writer.update(row(3), {number(3), text("name4"), Value()}).error().fields().constraint,
            "users_name_key");
  ASSERT_TRUE(writer.update(row(3), {number(3), Value(), Value()}));
  ASSERT_TRUE(writer.erase(row(4)));
  check_indexes(source);
  EXPECT_THAT(scan(source, {}, 10), ElementsAre(1, 3, 20));
  ASSERT_TRUE(commit(tx));
  engine::View view = store.visible_view();
  check_indexes(DataSource(view));
}

TEST_F(TableAccessTest, ATableWithoutAKeyNumbersItsRows) {
  auto log = std::make_shared<Table>(users());
  log->name = "log";
  log->oid += 100;
  log->primary_key.clear();
  log->indexes.clear();
  engine::Transaction tx = begin();
  ASSERT_TRUE(CatalogWriter(tx).put(*log));
  ASSERT_TRUE(commit(tx));
  for (int i = 0; i < 3; ++i) {
    engine::Transaction insert = begin();
    ASSERT_TRUE(TableWriter(*log, insert, *this).insert({number(1), text("same"), Value()}));
    ASSERT_TRUE(commit(insert));
    memory.clear();  // as after a restart: it finds the last row by itself
  }
  engine::View view = store.visible_view();
  EXPECT_EQ(view.count("log"), 3u);
}

TEST_F(TableAccessTest, KeysThatAreTooLongAreRefused) {
  engine::Transaction tx = begin();
  auto refused = insert(tx, {number(1), text(std::string(9000, 'x')), Value()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), "54000");
  EXPECT_EQ(refused.error().message(),
            "index row size 9002 exceeds maximum 8192 for index \"users_name_key\"");
  EXPECT_TRUE(insert(tx, {number(1), Value(), text(std::string(8000, 'x'))}));
}

TEST_F(TableAccessTest, AWriterLosesToAChangeOfItsTablesDefinition) {
  engine::Transaction writes = begin(), other = begin();
  ASSERT_TRUE(insert(writes, {number(1), text("a"), Value()}));
  ASSERT_TRUE(other.put("sql.catalog", "relation/elsewhere", "x"));
  ASSERT_TRUE(commit(other));
  engine::Transaction also = begin(), define = begin();
  ASSERT_TRUE(insert(also, {number(2), text("b"), Value()}));
  Table changed = *table;
  changed.columns.push_back(column("age", TypeId::kInt4));
  ASSERT_TRUE(commit(writes));
  ASSERT_TRUE(CatalogWriter(define).put(changed));
  ASSERT_TRUE(commit(define));
  EXPECT_FALSE(commit(also));
}

}  // namespace
}  // namespace wallaby::sql
