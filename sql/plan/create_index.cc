#include <fmt/format.h>

#include "sql/plan/defining.h"

namespace wallaby::sql {
namespace {

SqlResult<std::vector<uint16_t>> index_columns(const Table& table, const ast::CreateIndex& create) {
  std::vector<uint16_t> columns;
  for (const ast::IndexColumn& wanted : create.columns) {
    auto column = table.find(wanted.name);
    if (!column) return sql_error("42703", "column \"{}\" does not exist", wanted.name);
    if (wanted.descending)
      return std::unexpected(
          not_supported("a descending index column", "Make it ascending: it finds the same rows."));
    if (auto fits = check_key_column(table.columns[*column]); !fits) return std::unexpected(fits.error());
    columns.push_back(*column);
  }
  return columns;
}

/// The table that the index is for; PostgreSQL names the kind of what is none.
SqlResult<std::shared_ptr<const Table>> indexed_table(const Defining& defining, const ast::RangeVar& name) {
  auto table = need_table(defining, name);
  if (table || table.error().code() != "42809") return table;
  bool sequence = defining.kind_of(name.name) == RelationKind::kSequence;
  return sql_error("42809", "cannot create index on relation \"{}\"", name.name)
      .detail("This operation is not supported for {}.", sequence ? "sequences" : "indexes");
}

}  // namespace

SqlResult<void> run_definition(Defining& defining, const ast::CreateIndex& create) {
  auto table = indexed_table(defining, create.table);
  if (!table) return std::unexpected(table.error());
  if (auto own = refuse_native(**table, "an index"); !own) return own;
  if (!create.unsupported.empty()) return std::unexpected(not_supported(create.unsupported));
  if (!create.name.empty()) {
    if (auto usable = check_relation_name(create.name); !usable) return usable;
    if (defining.is_taken(create.name)) {
      if (!create.if_not_exists) return sql_error("42P07", "relation \"{}\" already exists", create.name);
      defining.notice(sql_error("42P07", "relation \"{}\" already exists, skipping", create.name));
      return {};
    }
  }
  auto columns = index_columns(**table, create);
  if (!columns) return std::unexpected(columns.error());
  auto oid = defining.writer.take_oids(1);
  if (!oid) return std::unexpected(oid.error());

  Index index;
  index.oid = *oid;
  index.name = create.name.empty()
                   ? choose_name(defining, (*table)->name, joined_names(**table, *columns), "idx")
                   : create.name;
  index.table = (*table)->name;
  index.columns = std::move(*columns);
  index.unique = create.unique;
  Table changed = **table;
  changed.indexes.push_back(index);
  if (auto done = defining.writer.put(changed); !done) return done;
  return fill_index(defining, changed, index);
}

}  // namespace wallaby::sql
