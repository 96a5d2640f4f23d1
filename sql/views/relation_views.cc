// pg_tables, pg_indexes, pg_sequences and their like: lists for people, each joined from several catalogs.
#include "sql/session/services.h"
#include "sql/types/type_io.h"
#include "sql/views/catalog_model.h"
#include "sql/views/system_views.h"

namespace wallaby::sql {
namespace {

using enum TypeId;
using Rows = SqlResult<std::vector<Row>>;

Rows nothing(ViewSource&) {
  return std::vector<Row>{};
}

Rows tables(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const auto& [name, table] : catalog->tables())
    rows.push_back({text_value("public"), text_value(name), text_value(source.view_user()), Value(),
                    Value(!table->primary_key.empty() || !table->indexes.empty()), Value(false), Value(false),
                    Value(false)});
  return rows;
}

Rows index_list(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const Relation& relation : relations_of(*catalog))
    if (relation.kind == 'i')
      rows.push_back({text_value("public"), text_value(relation.table->name), text_value(relation.name),
                      Value(), text_value(index_definition(relation))});
  return rows;
}

Rows sequences(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  const DataSource* data = source.view_data();
  for (const auto& [name, sequence] : catalog->sequences()) {
    Value last;
    if (data) {
      auto [value, called] = source.view_services().sequences.last_value(sequence, *data);
      if (called) last = Value(value);
    }
    rows.push_back({text_value("public"), text_value(name), text_value(source.view_user()),
                    text_value(to_string(sequence.type.id)), int_value(sequence.start),
                    int_value(sequence_min(sequence)), int_value(sequence_max(sequence)),
                    int_value(sequence.increment), Value(false), int_value(1), std::move(last)});
  }
  return rows;
}

}  // namespace

std::vector<ViewDefinition> relation_views() {
  std::vector<ViewDefinition> views;
  auto add = [&](std::string_view name, Oid oid, std::initializer_list<ColumnSpec> columns,
                 Rows (*rows)(ViewSource&)) {
    views.push_back(make_view("pg_catalog", name, oid, columns, rows));
  };
  add("pg_tables", 12225,
      {{"schemaname", kName},
       {"tablename", kName},
       {"tableowner", kName},
       {"tablespace", kName},
       {"hasindexes", kBool},
       {"hasrules", kBool},
       {"hastriggers", kBool},
       {"rowsecurity", kBool}},
      tables);
  add("pg_indexes", 12229,
      {{"schemaname", kName},
       {"tablename", kName},
       {"indexname", kName},
       {"tablespace", kName},
       {"indexdef", kText}},
      index_list);
  add("pg_sequences", 12233,
      {{"schemaname", kName},
       {"sequencename", kName},
       {"sequenceowner", kName},
       {"data_type", kText},
       {"start_value", kInt8},
       {"min_value", kInt8},
       {"max_value", kInt8},
       {"increment_by", kInt8},
       {"cycle", kBool},
       {"cache_size", kInt8},
       {"last_value", kInt8}},
      sequences);
  add("pg_views", 12221,
      {{"schemaname", kName}, {"viewname", kName}, {"viewowner", kName}, {"definition", kText}}, nothing);
  add("pg_extension", 3079, {{"oid", kOid}, {"extname", kName}, {"extversion", kText}}, nothing);
  add("pg_locks", 12073,
      {{"locktype", kText}, {"relation", kOid}, {"pid", kInt4}, {"mode", kText}, {"granted", kBool}},
      nothing);
  return views;
}

}  // namespace wallaby::sql
