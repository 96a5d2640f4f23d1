#include "sql/storage/row_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/endian.h"
#include "sql/storage/catalog_codec.h"
#include "sql/storage/catalog_rows.h"
#include "sql/storage/key_codec.h"
#include "sql/storage/row_codec.h"
#include "sql/storage/sequences.h"
#include "sql/storage/table_access.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

std::string literal(TypeId type, const Value& value) {
  if (value.is_null()) return "NULL";
  if (type == TypeId::kBool) return value.boolean() ? "true" : "false";
  std::string text = print_value(type, value);
  bool number =
      type == TypeId::kInt2 || type == TypeId::kInt4 || type == TypeId::kInt8 || type == TypeId::kFloat8;
  if (number) return text;
  std::string quoted = "'";
  for (char letter : text) quoted.append(letter == '\'' ? 2 : 1, letter);
  return quoted + "'";
}

std::string list(const std::vector<std::string>& parts) {
  return fmt::format("({})", fmt::join(parts, ", "));
}

/// Takes the values of some columns off the front of a key.
std::optional<std::string> key_values(const Table& table, const std::vector<uint16_t>& columns,
                                      std::string_view& key) {
  std::vector<std::string> parts;
  for (uint16_t column : columns) {
    Value value;
    if (!decode_key_part(table.columns[column].type.id, key, value)) return std::nullopt;
    parts.push_back(literal(table.columns[column].type.id, value));
  }
  return list(parts);
}

std::optional<std::string> row_key_text(const Table& table, std::string_view key) {
  if (table.primary_key.empty()) {
    int64_t number = 0;
    if (!decode_row_number(key, number)) return std::nullopt;
    return fmt::format("row {}", number);
  }
  auto text = key_values(table, table.primary_key, key);
  return key.empty() ? text : std::nullopt;
}

std::string definition_text(const Table& table) {
  std::vector<std::string> columns;
  for (const Column& column : table.columns)
    columns.push_back(
        fmt::format("{} {}{}", column.name, to_string(column.type), column.not_null ? " NOT NULL" : ""));
  if (!table.primary_key.empty()) {
    std::vector<std::string> names;
    for (uint16_t column : table.primary_key) names.push_back(table.columns[column].name);
    columns.push_back("PRIMARY KEY " + list(names));
  }
  return fmt::format("table {} {}", table.name, list(columns));
}

std::optional<std::string> catalog_text(std::string_view key, std::string_view value) {
  if (key.starts_with(kRolePrefix)) return fmt::format("role {}", key.substr(kRolePrefix.size()));
  if (!key.starts_with(kRelationPrefix)) {
    if (value.size() != 12) return std::nullopt;
    return fmt::format("version {:016x}, next OID {}", load<uint64_t>(value.data()),
                       load<uint32_t>(value.data() + 8));
  }
  std::string_view name = key.substr(kRelationPrefix.size());
  auto relation = decode_relation(name, value);
  if (!relation) return std::nullopt;
  if (const auto* table = std::get_if<Table>(&*relation)) return definition_text(*table);
  if (const auto* index = std::get_if<IndexOf>(&*relation))
    return fmt::format("index {} of {}", name, index->table);
  return fmt::format("sequence {}", name);
}

std::optional<std::string> sequence_text(std::string_view name, std::string_view value) {
  auto stored = SequenceMemory::read_stored(value);
  if (!stored) return std::nullopt;
  return fmt::format("{} = {}{}", name, stored->first, stored->second ? "" : ", not given yet");
}

}  // namespace

void RowText::learn(const engine::ChangeView& change) {
  if (change.table != kCatalogTable) return;
  if (change.kind == engine::ChangeKind::kPut) learn(change.key, change.value);
}

/// What was dropped stays known: its rows may still be asked about.
void RowText::learn(std::string_view catalog_key, std::string_view value) {
  if (!catalog_key.starts_with(kRelationPrefix)) return;
  std::string_view name = catalog_key.substr(kRelationPrefix.size());
  auto relation = decode_relation(name, value);
  if (!relation) return;
  if (auto* table = std::get_if<Table>(&*relation)) {
    tables_.insert_or_assign(std::string(name), std::move(*table));
  } else if (const auto* index = std::get_if<IndexOf>(&*relation)) {
    index_tables_.insert_or_assign(std::string(name), index->table);
  }
}

const Table* RowText::find_table(std::string_view name) const {
  auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : &found->second;
}

std::pair<const Table*, const Index*> RowText::find_index(std::string_view name) const {
  auto of = index_tables_.find(name);
  const Table* table = of == index_tables_.end() ? nullptr : find_table(of->second);
  if (!table) return {};
  auto index = std::ranges::find(table->indexes, name, &Index::name);
  if (index == table->indexes.end()) return {};
  return {table, &*index};
}

std::optional<std::string> RowText::row(std::string_view table, std::string_view key,
                                        std::string_view value) const {
  if (table == kCatalogTable) return catalog_text(key, value);
  if (table == kSequencesTable) return sequence_text(key, value);
  if (const Table* known = find_table(table)) {
    Row row;
    if (!decode_stored(*known, key, value, row)) return std::nullopt;
    std::vector<std::string> parts;
    for (size_t i = 0; i < row.size(); ++i) parts.push_back(literal(known->columns[i].type.id, row[i]));
    return list(parts);
  }
  auto [owner, index] = find_index(table);
  if (!index) return std::nullopt;
  auto entry = key_values(*owner, index->columns, key);
  auto row_key = row_key_text(*owner, value);
  if (!entry || !row_key) return std::nullopt;
  return fmt::format("{} -> {}", *entry, *row_key);
}

std::optional<std::string> RowText::key(std::string_view table, std::string_view key) const {
  if (const Table* known = find_table(table)) return row_key_text(*known, key);
  auto [owner, index] = find_index(table);
  return index ? key_values(*owner, index->columns, key) : std::nullopt;
}

std::vector<std::pair<std::string, std::optional<std::string>>> RowText::columns(
    std::string_view table, std::string_view key, std::string_view value) const {
  std::vector<std::pair<std::string, std::optional<std::string>>> columns;
  const Table* known = find_table(table);
  Row row;
  if (!known || !decode_stored(*known, key, value, row)) return columns;
  for (size_t i = 0; i < row.size(); ++i) {
    auto& [name, text] = columns.emplace_back(known->columns[i].name, std::nullopt);
    if (!row[i].is_null()) text = print_value(known->columns[i].type.id, row[i]);
  }
  return columns;
}

std::string RowText::kind(std::string_view table) const {
  if (is_system_table(table)) return "part of SQL's catalog";
  if (find_table(table)) return "SQL table";
  auto of = index_tables_.find(table);
  return of == index_tables_.end() ? std::string() : "index of " + of->second;
}

}  // namespace wallaby::sql
