// tests/sql/statements.h
//
// SQL statements on a store, without a session or a node: each runs in a transaction of its own, or in one that is left open.
//
//     EXPECT_EQ(run("INSERT INTO t VALUES (1) RETURNING a"), "1\nINSERT 0 1");
//     EXPECT_EQ(run("DROP TABLE nope"), "42P01 table \"nope\" does not exist");
//
// What comes back: notices, a line a row with its values between '|', then the tag; or the error's code, message, detail, hint and position.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sql/parser/parser.h"
#include "sql/plan/plan.h"
#include "sql/types/type_io.h"
#include "tests/sql/storage_fixture.h"

namespace wallaby::sql {

class StatementsTest : public StorageTest {
 protected:
  /// A statement alone, committed when it succeeds. Sequences are stored with it.
  std::string run(std::string_view text, const Row& parameters = {}) {
    engine::Transaction tx = begin();
    used.clear();
    std::string result = run_in(tx, text, parameters);
    if (failed) return result;
    memory.store_used(used, tx);
    if (tx.empty()) return result;
    return commit(tx) ? result : "40001";
  }

  std::string run_in(engine::Transaction& tx, std::string_view text, const Row& parameters = {}) {
    engine::Transaction::Savepoint before = tx.savepoint();
    failed = false;
    auto result = attempt(tx, text, parameters);
    if (result) return *result;
    failed = true;
    tx.rollback_to(before);
    const ErrorFields& fields = result.error().fields();
    std::string shown = fields.code + " " + fields.message;
    if (!fields.detail.empty()) shown += " | " + fields.detail;
    if (!fields.hint.empty()) shown += " | " + fields.hint;
    if (fields.position > 0) shown += fmt::format(" @{}", fields.position);
    return shown;
  }

  SqlResult<std::string> attempt(engine::Transaction& tx, std::string_view text, const Row& parameters) {
    auto statements = parse(text);
    if (!statements) return std::unexpected(statements.error());
    EXPECT_EQ(statements->size(), 1u) << text;
    DataSource source(tx);
    auto catalog = catalogs.of(source);
    if (!catalog) return std::unexpected(catalog.error());
    auto plan = make_plan(statements->front(), {*catalog, nullptr, {}});
    if (!plan) return std::unexpected(plan.error());
    ExecContext context{.source = source, .catalog = *catalog, .parameters = parameters};
    context.sequences = &memory;
    context.numbers = this;
    context.used_sequences = &used;
    context.entropy = [](std::span<uint8_t> bytes) { std::ranges::fill(bytes, uint8_t{7}); };
    current = &tx;
    auto execution = (*plan)->start(context);
    std::string shown;
    uint64_t rows = 0;
    for (Row row;;) {
      auto step = execution->next(row);
      if (!step) return std::unexpected(step.error());
      if (*step == Step::kEnd) break;
      ++rows;
      shown += line((*plan)->columns(), row) + "\n";
    }
    std::string notices;
    for (const SqlError& notice : context.notices)
      notices += notice.fields().severity + " " + notice.message() + "\n";
    return notices + shown + command_tag(**plan, (*plan)->writes() ? execution->affected() : rows);
  }

  int64_t next_row_number(const Table& table) override {
    return memory.next_row_number(table, DataSource(*current));
  }

  static std::string line(const std::vector<ResultColumn>& columns, const Row& row) {
    std::string text;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += '|';
      if (!row[i].is_null()) print_value(columns[i].type.id, row[i], text);
    }
    return text;
  }

  std::shared_ptr<const Catalog> catalog() {
    engine::View view = store.visible_view();
    return *catalogs.of(DataSource(view));
  }
  /// Every index has exactly the entries that its table's rows ask for.
  void check_indexes() {
    engine::View view = store.visible_view();
    for (const auto& [name, table] : catalog()->tables()) {
      std::map<std::string, std::set<std::pair<std::string, std::string>>> wanted;
      view.scan(name, {}, [&, &table = *table](const engine::Row& stored) {
        auto row = decode_row(table, stored.key, stored.value);
        EXPECT_TRUE(row) << table.name;
        for (const Index& index : table.indexes)
          wanted[index.name].emplace(index_entry_key(table, index, *row, stored.key), stored.key);
        return true;
      });
      for (const Index& index : table->indexes) {
        std::set<std::pair<std::string, std::string>> found;
        view.scan(index.name, {},
                  [&](const engine::Row& entry) { return found.emplace(entry.key, entry.value), true; });
        EXPECT_EQ(found, wanted[index.name]) << index.name;
      }
    }
  }

  CatalogCache catalogs;
  std::set<std::string> used;
  bool failed = false;

 private:
  engine::Transaction* current = nullptr;
};

}  // namespace wallaby::sql
