// Rows to engine rows and back, for all kinds of tables.
#include <algorithm>

#include "sql/storage/row_codec.h"
#include "sql/storage/table_access.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

/// What a native table's bytes need to be, to show as text.
SqlResult<Row> decode_native(const Table& table, std::string_view key, std::string_view value) {
  if (!is_text(key) || !is_text(value))
    return sql_error("22021", "invalid byte sequence for encoding \"UTF8\" in a row of table \"{}\"",
                     table.name)
        .hint("It was written through the native door, which takes any bytes: read it there.");
  Row row;
  row.reserve(2);
  row.emplace_back(std::string(key));
  row.emplace_back(std::string(value));
  return row;
}

}  // namespace

void append_key_part(const Table& table, size_t part, const Value& value, std::string& out) {
  if (table.origin == TableOrigin::kNative) {
    out += value.text();
  } else {
    encode_key_part(table.columns[table.primary_key[part]].type.id, value, out);
  }
}

std::string encode_key(const Table& table, const Row& row) {
  std::string key;
  for (size_t part = 0; part < table.primary_key.size(); ++part)
    append_key_part(table, part, row[table.primary_key[part]], key);
  return key;
}

SqlResult<Row> decode_row(const Table& table, std::string_view key, std::string_view value) {
  if (table.origin == TableOrigin::kNative) return decode_native(table, key, value);
  Row row;
  if (decode_stored(table, key, value, row)) return row;
  return sql_error("XX001", "a row of table \"{}\" cannot be decoded", table.name)
      .hint("Something else than SQL has written to this table; the native door shows its bytes.");
}

std::string index_entry_key(const Table& table, const Index& index, const Row& row,
                            std::string_view row_key) {
  std::string key;
  bool has_null = false;
  for (uint16_t column : index.columns) {
    has_null |= row[column].is_null();
    encode_key_part(table.columns[column].type.id, row[column], key);
  }
  if (!index.unique || has_null) key += row_key;
  return key;
}

SqlResult<std::optional<StoredRow>> find_by_key(const DataSource& source, const Table& table,
                                                std::string_view key) {
  std::optional<std::string_view> value = source.get(table.name, key);
  if (!value) return std::optional<StoredRow>();
  auto row = decode_row(table, key, *value);
  if (!row) return std::unexpected(std::move(row.error()));
  return StoredRow{std::string(key), std::move(*row)};
}

}  // namespace wallaby::sql
