#include "sql/views/catalog_model.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

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

std::string column_default(const Column& column) {
  if (column.identity != IdentityKind::kNone) return "";
  if (!column.sequence.empty() && column.default_text.empty())
    return fmt::format("nextval('{}'::regclass)", quote_name(column.sequence));
  return column.default_text;
}

std::string quote_name(std::string_view name) {
  // Words that cannot be names without quotes, of those that people use.
  constexpr std::array kReserved{"all",     "and",   "as",       "asc",   "case",  "check",  "column",
                                 "default", "desc",  "distinct", "else",  "end",   "from",   "group",
                                 "having",  "in",    "limit",    "not",   "null",  "offset", "on",
                                 "or",      "order", "select",   "table", "then",  "to",     "union",
                                 "unique",  "user",  "using",    "when",  "where", "with"};
  bool plain =
      !name.empty() && (std::islower(static_cast<unsigned char>(name[0])) || name[0] == '_') &&
      std::ranges::all_of(
          name, [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '_' || c == '$'; }) &&
      std::ranges::find(kReserved, name) == kReserved.end();
  if (plain) return std::string(name);
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string column_list(const Table& table, const std::vector<uint16_t>& columns) {
  std::string list;
  for (uint16_t column : columns) list += (list.empty() ? "" : ", ") + quote_name(table.columns[column].name);
  return list;
}

std::string index_definition(const Relation& index) {
  return fmt::format("CREATE {}INDEX {} ON public.{} USING btree ({})", index.is_unique() ? "UNIQUE " : "",
                     quote_name(index.name), quote_name(index.table->name),
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
