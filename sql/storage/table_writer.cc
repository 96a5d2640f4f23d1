#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "sql/storage/catalog_rows.h"
#include "sql/storage/table_access.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

/// "Key (id)=(1) already exists.", with the fields that programs read.
SqlError duplicate_key(const Table& table, const Index* index, const Row& row) {
  const std::string& name = index ? index->name : table.primary_key_name;
  SqlError error = sql_error("23505", "duplicate key value violates unique constraint \"{}\"", name);
  ErrorFields& fields = error.change();
  fields.detail =
      fmt::format("Key {} already exists.", key_text(table, index ? index->columns : table.primary_key, row));
  fields.schema = "public";
  fields.table = table.name;
  fields.constraint = name;
  return error;
}

SqlResult<void> check_key_size(std::string_view index, size_t size) {
  if (size <= engine::kMaxKey) return {};
  return sql_error("54000", "index row size {} exceeds maximum {} for index \"{}\"", size, engine::kMaxKey,
                   index)
      .hint("Values larger than this cannot be indexed.");
}

bool has_null(const Row& row, const std::vector<uint16_t>& columns) {
  return std::ranges::any_of(columns, [&](uint16_t column) { return row[column].is_null(); });
}

SqlResult<void> in_sql(const Result<void>& done) {
  if (done) return {};
  return std::unexpected(from_node(done.error()));
}

SqlResult<void> in_sql(const Result<bool>& done) {
  if (done) return {};
  return std::unexpected(from_node(done.error()));
}

}  // namespace

std::string key_text(const Table& table, const std::vector<uint16_t>& columns, const Row& row) {
  std::string names, values;
  for (uint16_t column : columns) {
    if (!names.empty()) names += ", ", values += ", ";
    names += table.columns[column].name;
    if (row[column].is_null()) {
      values += "null";
    } else {
      print_value(table.columns[column].type.id, row[column], values);
    }
  }
  return fmt::format("({})=({})", names, values);
}

TableWriter::TableWriter(const Table& table, engine::Transaction& transaction, RowNumbers& numbers)
    : table_(table), transaction_(transaction), numbers_(numbers) {
  if (table.origin == TableOrigin::kSql) transaction.depend_on(kCatalogTable, relation_key(table.name));
}

SqlResult<void> TableWriter::check_unique(const Row& row, const Index* index) const {
  if (index && (!index->unique || has_null(row, index->columns))) return {};
  std::string key = index ? index_entry_key(table_, *index, row, {}) : encode_key(table_, row);
  if (!transaction_.get(index ? index->name : table_.name, key)) return {};
  return std::unexpected(duplicate_key(table_, index, row));
}

SqlResult<void> TableWriter::put(std::string_view key, const Row& row) {
  std::string value;
  encode_row(table_, row, value);
  if (value.size() > engine::kMaxValue)
    return sql_error("54000", "row is too big: size {}, maximum size {}", value.size(), engine::kMaxValue);
  return in_sql(transaction_.put(table_.name, key, value));
}

SqlResult<std::string> TableWriter::insert(const Row& row) {
  std::string key;
  if (table_.primary_key.empty()) {
    // A number that is taken was given by another node while it was the primary.
    do key = row_number_key(numbers_.next_row_number(table_));
    while (transaction_.get(table_.name, key));
  } else {
    key = encode_key(table_, row);
    if (auto fits = check_key_size(table_.primary_key_name, key.size()); !fits)
      return std::unexpected(fits.error());
    if (transaction_.get(table_.name, key)) return std::unexpected(duplicate_key(table_, nullptr, row));
  }
  std::vector<std::string> entries;
  entries.reserve(table_.indexes.size());
  for (const Index& index : table_.indexes) {
    entries.push_back(index_entry_key(table_, index, row, key));
    if (auto fits = check_key_size(index.name, entries.back().size()); !fits)
      return std::unexpected(fits.error());
    if (auto unique = check_unique(row, &index); !unique) return std::unexpected(unique.error());
  }
  if (auto done = put(key, row); !done) return std::unexpected(done.error());
  for (size_t i = 0; i < entries.size(); ++i)
    if (auto done = in_sql(transaction_.put(table_.indexes[i].name, entries[i], key)); !done)
      return std::unexpected(done.error());
  return key;
}

SqlResult<void> TableWriter::update(const StoredRow& old_row, const Row& new_row) {
  std::string key = table_.primary_key.empty() ? old_row.key : encode_key(table_, new_row);
  bool moves = key != old_row.key;
  if (auto fits = check_key_size(table_.primary_key_name, key.size()); !fits) return fits;
  if (moves && transaction_.get(table_.name, key))
    return std::unexpected(duplicate_key(table_, nullptr, new_row));
  for (const Index& index : table_.indexes) {
    std::string before = index_entry_key(table_, index, old_row.values, old_row.key);
    std::string after = index_entry_key(table_, index, new_row, key);
    if (before == after) continue;
    if (auto fits = check_key_size(index.name, after.size()); !fits) return fits;
    if (auto unique = check_unique(new_row, &index); !unique) return unique;
  }
  if (moves)
    if (auto done = in_sql(transaction_.erase(table_.name, old_row.key)); !done) return done;
  if (auto done = put(key, new_row); !done) return done;
  return move_entries(old_row, key, new_row);
}

SqlResult<void> TableWriter::move_entries(const StoredRow& old_row, std::string_view new_key,
                                          const Row& new_row) {
  for (const Index& index : table_.indexes) {
    std::string before = index_entry_key(table_, index, old_row.values, old_row.key);
    std::string after = index_entry_key(table_, index, new_row, new_key);
    if (before == after && new_key == old_row.key) continue;
    if (before != after)
      if (auto done = in_sql(transaction_.erase(index.name, before)); !done) return done;
    if (auto done = in_sql(transaction_.put(index.name, after, new_key)); !done) return done;
  }
  return {};
}

SqlResult<void> TableWriter::erase(const StoredRow& row) {
  for (const Index& index : table_.indexes)
    if (auto done =
            in_sql(transaction_.erase(index.name, index_entry_key(table_, index, row.values, row.key)));
        !done)
      return done;
  return in_sql(transaction_.erase(table_.name, row.key));
}

SqlResult<std::optional<StoredRow>> TableWriter::find_conflict(const Row& row, const Index* index) const {
  DataSource source(transaction_);
  if (!index) {
    if (table_.primary_key.empty()) return std::optional<StoredRow>();
    return find_by_key(source, table_, encode_key(table_, row));
  }
  if (!index->unique || has_null(row, index->columns)) return std::optional<StoredRow>();
  auto row_key = transaction_.get(index->name, index_entry_key(table_, *index, row, {}));
  if (!row_key) return std::optional<StoredRow>();
  return find_by_key(source, table_, *row_key);
}

}  // namespace wallaby::sql
