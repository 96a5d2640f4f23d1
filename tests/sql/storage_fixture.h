// tests/sql/storage_fixture.h
//
// A store with SQL tables in it, without a node: transactions are committed as a node does it.
#pragma once

#include <gtest/gtest.h>

#include "engine/store.h"
#include "engine/transaction.h"
#include "sql/storage/catalog_rows.h"
#include "sql/storage/sequences.h"
#include "sql/storage/table_access.h"

namespace wallaby::sql {

class StorageTest : public testing::Test, public RowNumbers {
 protected:
  static Value number(int64_t value) { return Value(value); }
  static Value text(std::string value) { return Value(std::move(value)); }
  static Column column(std::string name, TypeId type) {
    Column made;
    made.name = std::move(name);
    made.type.id = type;
    return made;
  }
  /// users(id int primary key, name text unique, city text) with an index on city.
  static Table users() {
    Table table;
    table.oid = kFirstOid;
    table.name = "users";
    table.columns = {column("id", TypeId::kInt4), column("name", TypeId::kText),
                     column("city", TypeId::kText)};
    table.primary_key = {0};
    table.primary_key_name = "users_pkey";
    table.indexes = {{kFirstOid + 2, "users_name_key", "users", {1}, true, true},
                     {kFirstOid + 3, "users_city_idx", "users", {2}, false, false}};
    return table;
  }

  engine::Transaction begin() { return engine::Transaction(store.visible_view()); }
  /// False: 40001.
  bool commit(engine::Transaction& tx) {
    if (tx.conflict(store)) return false;
    apply(tx.take_changes());
    return true;
  }
  void apply(const engine::Changes& changes) {
    store.apply(store.applied() + 8, engine::views_of(changes));
    store.set_visible(store.applied());
  }
  int64_t next_row_number(const Table& table) override {
    engine::Transaction tx = begin();
    return memory.next_row_number(table, DataSource(tx));
  }

  engine::Store store;
  SequenceMemory memory;
};

}  // namespace wallaby::sql
