#include "sql/views/catalog_model.h"

#include <algorithm>

#include <fmt/format.h>

#include "sql/types/quoting.h"

namespace wallaby::sql {

std::vector<Relation> relations_of(const Catalog& catalog) {
  std::vector<Relation> all;
  for (const auto& [name, table] : catalog.tables()) {
    all.push_back({.oid = table->oid, .name = name, .kind = 'r', .table = table.get()});
    if (!table->primary_key.empty())
      all.push_back({.oid = table->oid + 1,
                     .name = table->primary_key_name.empty() ? name + "_pkey" : table->primary_key_name,
                     .kind = 'i',
                     .table = table.get()});
    for (const Index& index : table->indexes)
      all.push_back(
          {.oid = index.oid, .name = index.name, .kind = 'i', .table = table.get(), .index = &index});
  }
  for (const auto& [name, sequence] : catalog.sequences())
    all.push_back({.oid = sequence.oid, .name = name, .kind = 'S', .sequence = &sequence});
  return all;
}

const Relation* find_relation(const std::vector<Relation>& relations, Oid oid) {
  auto found = std::ranges::find(relations, oid, &Relation::oid);
  return found == relations.end() ? nullptr : &*found;
}

const Relation* find_relation(const std::vector<Relation>& relations, std::string_view name) {
  auto found = std::ranges::find(relations, name, &Relation::name);
  return found == relations.end() ? nullptr : &*found;
}

std::string column_default(const Column& column) {
  if (column.identity != IdentityKind::kNone) return "";
  if (!column.sequence.empty() && column.default_text.empty())
    return fmt::format("nextval('{}'::regclass)", quote_identifier(column.sequence));
  return column.default_text;
}

std::string default_as_shown(const Column& column) {
  std::string text = column_default(column);
  bool literal = text.starts_with('\'') && text.ends_with('\'');
  // The type alone, without its length, is what PostgreSQL's cast of a literal shows.
  return literal ? fmt::format("{}::{}", text, to_string(column.type.id)) : text;
}

std::string column_list(const Table& table, const std::vector<uint16_t>& columns) {
  std::string list;
  for (uint16_t column : columns)
    list += (list.empty() ? "" : ", ") + quote_identifier(table.columns[column].name);
  return list;
}

std::string index_definition(const Relation& index) {
  return fmt::format("CREATE {}INDEX {} ON public.{} USING btree ({})", index.is_unique() ? "UNIQUE " : "",
                     quote_identifier(index.name), quote_identifier(index.table->name),
                     column_list(*index.table, index.columns()));
}

std::string constraint_definition(const Relation& index) {
  if (index.is_primary_key())
    return fmt::format("PRIMARY KEY ({})", column_list(*index.table, index.columns()));
  if (!index.index->constraint) return "";
  return fmt::format("UNIQUE ({})", column_list(*index.table, index.columns()));
}

std::string_view identity_code(const Column& column) {
  switch (column.identity) {
    case IdentityKind::kAlways: return "a";
    case IdentityKind::kByDefault: return "d";
    default: return "";
  }
}

bool is_not_null(const Table& table, size_t column) {
  return table.columns[column].not_null ||
         std::ranges::find(table.primary_key, static_cast<uint16_t>(column)) != table.primary_key.end();
}

}  // namespace wallaby::sql
