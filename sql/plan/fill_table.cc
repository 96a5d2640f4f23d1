// Rows and index entries for definitions that come after the rows: CREATE INDEX, ALTER TABLE.
//
// All of it is one transaction's change, so it is bounded by what one record of the log may hold (64 MiB).
#include <fmt/format.h>

#include "base/check.h"
#include "sql/plan/defining.h"
#include "sql/storage/table_access.h"

namespace wallaby::sql {
namespace {

constexpr size_t kPiece = 1000;

SqlError not_unique(const Table& table, const std::string& key, const std::vector<uint16_t>& columns,
                    const Row& row) {
  SqlError error = sql_error("23505", "could not create unique index \"{}\"", key);
  ErrorFields& fields = error.change();
  fields.detail = fmt::format("Key {} is duplicated.", key_text(table, columns, row));
  fields.schema = "public";
  fields.table = table.name;
  fields.constraint = key;
  return error;
}

/// Calls `take` for each row of a table until it fails.
SqlResult<void> each_row(Defining& defining, const Table& table,
                         const std::function<SqlResult<void>(StoredRow& row)>& take) {
  // Rows that others add meanwhile would be missed: then this transaction loses.
  defining.transaction.depend_on_rows(table.name);
  TableScan scan(defining.exec.source, std::make_shared<Table>(table), {});
  std::vector<StoredRow> rows;
  while (!scan.at_end()) {
    rows.clear();
    if (auto read = scan.next(kPiece, rows); !read) return read;
    for (StoredRow& row : rows)
      if (auto done = take(row); !done) return done;
  }
  return {};
}

SqlResult<void> add_entry(Defining& defining, const Table& table, const Index& index, const Row& row,
                          std::string_view row_key) {
  std::string key = index_entry_key(table, index, row, row_key);
  if (key.size() > engine::kMaxKey)
    return sql_error("54000", "index row size {} exceeds maximum {} for index \"{}\"", key.size(),
                     engine::kMaxKey, index.name);
  if (index.unique && defining.transaction.get(index.name, key))
    return std::unexpected(not_unique(table, index.name, index.columns, row));
  if (auto done = defining.transaction.put(index.name, key, row_key); !done)
    return std::unexpected(from_node(done.error()));
  return {};
}

}  // namespace

SqlResult<void> fill_index(Defining& defining, const Table& table, const Index& index) {
  return each_row(defining, table,
                  [&](StoredRow& row) { return add_entry(defining, table, index, row.values, row.key); });
}

SqlResult<void> rewrite_table(Defining& defining, const Table& from, const Table& to,
                              const std::function<void(Row&)>& convert) {
  std::vector<StoredRow> rows;
  auto take = [&](StoredRow& row) -> SqlResult<void> {
    convert(row.values);
    for (uint16_t column : to.primary_key)
      if (row.values[column].is_null())
        return sql_error("23502", "column \"{}\" of relation \"{}\" contains null values",
                         to.columns[column].name, to.name);
    rows.push_back(std::move(row));
    return {};
  };
  if (auto read = each_row(defining, from, take); !read) return read;
  if (auto emptied = defining.writer.empty_engine_table(to.name); !emptied) return emptied;
  defining.exec.sequences->forget(to.name);
  for (const Index& index : to.indexes)
    if (auto emptied = defining.writer.empty_engine_table(index.name); !emptied) return emptied;
  int64_t number = 0;
  for (StoredRow& row : rows) {
    std::string key = to.primary_key.empty() ? row_number_key(++number) : encode_key(to, row.values), value;
    if (defining.transaction.get(to.name, key))
      return std::unexpected(not_unique(to, to.primary_key_name, to.primary_key, row.values));
    encode_row(to, row.values, value);
    if (auto done = defining.transaction.put(to.name, key, value); !done)
      return std::unexpected(from_node(done.error()));
    for (const Index& index : to.indexes)
      if (auto done = add_entry(defining, to, index, row.values, key); !done) return done;
  }
  return {};
}

}  // namespace wallaby::sql
