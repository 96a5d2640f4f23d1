// ALTER TABLE: ADD COLUMN, DROP COLUMN, ADD PRIMARY KEY and UNIQUE.
//
// Adding a column touches no row: rows from before have the column's Column::missing. What changes the key or the place of the columns
// writes all rows anew, as one change (rewrite_table).
#include <algorithm>

#include <fmt/format.h>

#include "sql/plan/defining.h"

namespace wallaby::sql {
namespace {

bool has_rows(const Defining& defining, const Table& table) {
  bool any = false;
  defining.exec.source.scan(table.name, {}, [&](const engine::Row&) {
    any = true;
    return false;
  });
  return any;
}

using Convert = std::function<void(Row&)>;

/// Stores the new definition and brings rows and entries to it.
SqlResult<void> apply(Defining& defining, const Table& from, const Table& to, const Convert& convert) {
  if (auto done = defining.writer.put(to); !done) return done;
  if (convert || from.primary_key != to.primary_key)
    return rewrite_table(defining, from, to, convert ? convert : [](Row&) {});
  for (const Index& index : to.indexes)
    if (std::ranges::find(from.indexes, index.name, &Index::name) == from.indexes.end())
      if (auto done = fill_index(defining, to, index); !done) return done;
  return {};
}

SqlResult<Convert> add_sequence(Defining& defining, Sequence sequence) {
  auto oid = defining.writer.take_oids(1);
  if (!oid) return std::unexpected(oid.error());
  sequence.oid = *oid;
  defining.exec.sequences->forget(sequence.name);
  if (auto done = defining.writer.put(sequence); !done) return std::unexpected(done.error());
  if (defining.exec.used_sequences) defining.exec.used_sequences->insert(sequence.name);
  return [&defining, sequence](Row& row) {
    auto number = defining.exec.sequences->next(sequence, defining.exec.source);
    row.emplace_back();  // at the end of a smallint's numbers: refused as NULL
    if (number) row.back() = Value(*number);
  };
}

SqlResult<void> run(Defining& defining, Table& table, const ast::AddColumn& add) {
  const ast::ColumnDef& definition = add.column;
  if (table.find(definition.name)) {
    if (!add.if_not_exists)
      return sql_error("42701", "column \"{}\" of relation \"{}\" already exists", definition.name,
                       table.name);
    defining.notice(sql_error("42701", "column \"{}\" of relation \"{}\" already exists, skipping",
                              definition.name, table.name));
    return {};
  }
  auto defined = define_column(defining, table.name, definition);
  if (!defined) return std::unexpected(defined.error());
  Table to = table;
  Column& column = to.columns.emplace_back(std::move(defined->column));
  Convert convert;
  bool filled = defined->sequence.has_value();
  if (defined->sequence) {
    auto numbers = add_sequence(defining, std::move(*defined->sequence));
    if (!numbers) return std::unexpected(numbers.error());
    convert = std::move(*numbers);
  } else if (definition.default_value) {
    auto value = constant_default(defining, column, *definition.default_value);
    if (!value) return std::unexpected(value.error());
    filled = !value->is_null();
    if (filled) column.missing = std::move(*value);
  }
  if ((column.not_null || definition.primary_key) && !filled && has_rows(defining, table)) {
    SqlError error =
        sql_error("23502", "column \"{}\" of relation \"{}\" contains null values", column.name, table.name);
    error.change().schema = "public";
    error.change().table = table.name;
    error.change().column = column.name;
    return std::unexpected(std::move(error));
  }

  auto position = static_cast<uint16_t>(to.columns.size() - 1);
  std::vector<WantedKey> keys;
  if (definition.primary_key) keys.push_back({true, definition.primary_key_name, {position}, -1});
  if (definition.unique) keys.push_back({false, definition.unique_name, {position}, -1});
  if (auto done = add_keys(defining, to, std::move(keys)); !done) return done;
  // The first rewriting reads rows as they are stored, without the column; its conversion adds it.
  if (!convert && to.primary_key != table.primary_key)
    convert = [value = to.columns.back().missing.value_or(Value())](Row& row) { row.push_back(value); };
  if (auto done = apply(defining, table, to, convert); !done) return done;
  table = std::move(to);
  return {};
}

/// Positions behind a dropped column move up by one.
void shift(std::vector<uint16_t>& columns, uint16_t dropped) {
  for (uint16_t& column : columns)
    if (column > dropped) --column;
}

bool uses(const std::vector<uint16_t>& columns, uint16_t column) {
  return std::ranges::find(columns, column) != columns.end();
}

SqlResult<void> run(Defining& defining, Table& table, const ast::DropColumn& drop) {
  auto position = table.find(drop.name);
  if (!position) {
    SqlError missing =
        sql_error("42703", "column \"{}\" of relation \"{}\" does not exist", drop.name, table.name);
    if (!drop.if_exists) return std::unexpected(missing);
    defining.notice(sql_error("00000", "{}, skipping", missing.message()));
    return {};
  }
  Table to = table;
  if (const Sequence* sequence = defining.catalog->find_sequence(table.columns[*position].sequence))
    if (auto done = defining.writer.drop(*sequence); !done) return done;
  to.columns.erase(to.columns.begin() + *position);
  for (const Index& index : table.indexes)
    if (uses(index.columns, *position))
      if (auto done = defining.writer.drop_entries(index); !done) return done;
  std::erase_if(to.indexes, [&](const Index& index) { return uses(index.columns, *position); });
  for (Index& index : to.indexes) shift(index.columns, *position);
  if (uses(to.primary_key, *position)) {
    to.primary_key.clear();
    to.primary_key_name.clear();
  }
  shift(to.primary_key, *position);
  auto convert = [at = *position](Row& row) { row.erase(row.begin() + at); };
  if (auto done = apply(defining, table, to, convert); !done) return done;
  table = std::move(to);
  return {};
}

SqlResult<void> run(Defining& defining, Table& table, const ast::AddConstraint& add) {
  auto key = find_key(defining, table, add.constraint);
  if (!key) return std::unexpected(key.error());
  key->location = -1;
  Table to = table;
  if (auto done = add_keys(defining, to, {*key}); !done) return done;
  if (auto done = apply(defining, table, to, nullptr); !done) return done;
  table = std::move(to);
  return {};
}

}  // namespace

SqlResult<void> run_definition(Defining& defining, const ast::AlterTable& alter) {
  auto found = need_table(defining, alter.table);
  if (!found && alter.if_exists && found.error().code() == "42P01") {
    defining.notice(sql_error("00000", "{}, skipping", found.error().message()));
    return {};
  }
  if (!found) return std::unexpected(found.error());
  if (auto own = refuse_native(**found, "a change of the columns"); !own) return own;
  Table table = **found;
  for (const auto& command : alter.commands) {
    auto done = std::visit([&](const auto& one) { return run(defining, table, one); }, command);
    if (!done) return done;
  }
  return {};
}

}  // namespace wallaby::sql
