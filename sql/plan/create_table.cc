// CREATE TABLE, its keys, and CREATE SEQUENCE.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sql/plan/defining.h"

namespace wallaby::sql {
namespace {

constexpr size_t kMaxColumns = 1600;

/// Puts the column's definition and what keys it asks for into the table. Its sequence, if any, into `sequences`.
SqlResult<void> add_column(Defining& defining, const ast::ColumnDef& definition, Table& table,
                           std::vector<WantedKey>& keys, std::vector<Sequence>& sequences) {
  auto defined = define_column(defining, table.name, definition);
  if (!defined) return std::unexpected(defined.error());
  if (table.find(definition.name))
    return sql_error("42701", "column \"{}\" specified more than once", definition.name);
  auto position = static_cast<uint16_t>(table.columns.size());
  table.columns.push_back(std::move(defined->column));
  if (defined->sequence) sequences.push_back(std::move(*defined->sequence));
  if (definition.primary_key)
    keys.push_back({true, definition.primary_key_name, {position}, definition.location});
  if (definition.unique) keys.push_back({false, definition.unique_name, {position}, definition.location});
  return {};
}

/// A key that asks for the columns of an earlier one is the same key; it may give it its name.
void merge_keys(std::vector<WantedKey>& keys) {
  std::ranges::stable_partition(keys, &WantedKey::primary);
  std::vector<WantedKey> kept;
  for (WantedKey& key : keys) {
    auto twin = std::ranges::find(kept, key.columns, &WantedKey::columns);
    if (twin == kept.end()) {
      kept.push_back(std::move(key));
    } else if (twin->name.empty()) {
      twin->name = std::move(key.name);
    }
  }
  keys = std::move(kept);
}

SqlResult<std::string> key_name(Defining& defining, const Table& table, const WantedKey& key) {
  if (key.name.empty())
    return key.primary ? choose_name(defining, table.name, "", "pkey")
                       : choose_name(defining, table.name, joined_names(table, key.columns), "key");
  if (auto usable = check_relation_name(key.name); !usable) return std::unexpected(usable.error());
  if (defining.is_taken(key.name)) return sql_error("42P07", "relation \"{}\" already exists", key.name);
  defining.chosen.insert(key.name);
  return key.name;
}

}  // namespace

SqlResult<WantedKey> find_key(const Defining& defining, const Table& table,
                              const ast::TableConstraint& constraint) {
  int position = defining.position(constraint.location);
  if (!constraint.unsupported.empty()) return not_supported(constraint.unsupported).at(position);
  WantedKey key{constraint.primary_key, constraint.name, {}, constraint.location};
  for (const std::string& name : constraint.columns) {
    auto column = table.find(name);
    if (!column) return sql_error("42703", "column \"{}\" named in key does not exist", name).at(position);
    if (std::ranges::find(key.columns, *column) != key.columns.end())
      return sql_error("42701", "column \"{}\" appears twice in {} constraint", name,
                       key.primary ? "primary key" : "unique")
          .at(position);
    key.columns.push_back(*column);
  }
  return key;
}

SqlResult<void> add_keys(Defining& defining, Table& table, std::vector<WantedKey> keys) {
  bool has_primary = !table.primary_key.empty();
  for (const WantedKey& key : keys) {
    if (key.primary && std::exchange(has_primary, true))
      return sql_error("42P16", "multiple primary keys for table \"{}\" are not allowed", table.name)
          .at(defining.position(key.location));
    for (uint16_t column : key.columns)
      if (auto fits = check_key_column(table.columns[column]); !fits) return fits;
  }
  merge_keys(keys);
  for (const WantedKey& key : keys) {
    auto name = key_name(defining, table, key);
    if (!name) return std::unexpected(name.error());
    if (key.primary) {
      table.primary_key = key.columns;
      table.primary_key_name = *name;
      for (uint16_t column : key.columns) table.columns[column].not_null = true;
      continue;
    }
    auto oid = defining.writer.take_oids(1);
    if (!oid) return std::unexpected(oid.error());
    table.indexes.push_back({*oid, *name, table.name, key.columns, true, true});
  }
  return {};
}

SqlResult<void> run_definition(Defining& defining, const ast::CreateTable& create) {
  const std::string& name = create.table.name;
  if (auto here = check_schema(defining, create.table); !here) return here;
  if (!create.unsupported.empty()) return std::unexpected(not_supported(create.unsupported));
  if (auto usable = check_relation_name(name); !usable) return usable;
  if (create.if_not_exists && defining.is_taken(name)) {
    defining.notice(sql_error("42P07", "relation \"{}\" already exists, skipping", name));
    return {};
  }
  if (create.columns.size() > kMaxColumns)
    return sql_error("54011", "tables can have at most {} columns", kMaxColumns);

  defining.chosen.insert(name);
  Table table;
  table.name = name;
  std::vector<WantedKey> keys;
  std::vector<Sequence> sequences;
  for (const ast::ColumnDef& column : create.columns)
    if (auto added = add_column(defining, column, table, keys, sequences); !added) return added;
  for (const ast::TableConstraint& constraint : create.constraints) {
    auto key = find_key(defining, table, constraint);
    if (!key) return std::unexpected(key.error());
    keys.push_back(std::move(*key));
  }
  if (defining.catalog->has_relation(name)) return sql_error("42P07", "relation \"{}\" already exists", name);

  // A table's primary key has the OID behind its own.
  auto oid = defining.writer.take_oids(2);
  if (!oid) return std::unexpected(oid.error());
  table.oid = *oid;
  if (auto added = add_keys(defining, table, std::move(keys)); !added) return added;
  for (Sequence& sequence : sequences) {
    auto sequence_oid = defining.writer.take_oids(1);
    if (!sequence_oid) return std::unexpected(sequence_oid.error());
    sequence.oid = *sequence_oid;
    defining.exec.sequences->forget(sequence.name);
    if (auto done = defining.writer.put(sequence); !done) return done;
  }
  defining.exec.sequences->forget(name);
  return defining.writer.put(table);
}

SqlResult<void> run_definition(Defining& defining, const ast::CreateSequence& create) {
  const std::string& name = create.sequence.name;
  if (auto here = check_schema(defining, create.sequence); !here) return here;
  if (!create.unsupported.empty()) return std::unexpected(not_supported(create.unsupported));
  if (auto usable = check_relation_name(name); !usable) return usable;
  if (defining.is_taken(name)) {
    if (!create.if_not_exists) return sql_error("42P07", "relation \"{}\" already exists", name);
    defining.notice(sql_error("42P07", "relation \"{}\" already exists, skipping", name));
    return {};
  }
  Sequence sequence;
  sequence.name = name;
  sequence.type.id = TypeId::kInt8;
  sequence.increment = create.increment.value_or(1);
  if (sequence.increment == 0) return sql_error("22023", "INCREMENT must not be zero");
  int64_t min = sequence_min(sequence), max = sequence_max(sequence);
  sequence.start = create.start.value_or(sequence.increment > 0 ? min : max);
  if (sequence.start < min)
    return sql_error("22023", "START value ({}) cannot be less than MINVALUE ({})", sequence.start, min);
  if (sequence.start > max)
    return sql_error("22023", "START value ({}) cannot be greater than MAXVALUE ({})", sequence.start, max);
  auto oid = defining.writer.take_oids(1);
  if (!oid) return std::unexpected(oid.error());
  sequence.oid = *oid;
  defining.exec.sequences->forget(name);
  return defining.writer.put(sequence);
}

}  // namespace wallaby::sql
