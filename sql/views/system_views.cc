#include "sql/views/system_views.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "base/check.h"

namespace wallaby::sql {
namespace {

std::vector<ViewDefinition> collect() {
  std::vector<ViewDefinition> all;
  for (auto* group : {replication_views, session_views, catalog_views, builtin_views, relation_views,
                      information_schema_views, trace_views})
    std::ranges::move(group(), std::back_inserter(all));
  return all;
}

using Index = std::map<std::pair<std::string_view, std::string_view>, const ViewDefinition*>;

const Index& by_name() {
  static const Index kIndex = [] {
    Index index;
    for (const ViewDefinition& view : view_definitions()) index[{view.table.schema, view.table.name}] = &view;
    return index;
  }();
  return kIndex;
}

}  // namespace

std::span<const ViewDefinition> view_definitions() {
  static const std::vector<ViewDefinition> kViews = collect();
  return kViews;
}

ViewDefinition make_view(std::string_view schema, std::string_view name, Oid oid,
                         std::initializer_list<ColumnSpec> columns,
                         SqlResult<std::vector<Row>> (*rows)(ViewSource&)) {
  ViewDefinition made;
  made.table.schema = schema;
  made.table.name = name;
  made.table.oid = oid;
  for (const ColumnSpec& column : columns) {
    Column next;
    next.name = column.name;
    next.type = {column.type, -1};
    made.table.columns.push_back(std::move(next));
  }
  made.rows = rows;
  return made;
}

const VirtualTable* SystemViews::find(std::string_view schema, std::string_view name) const {
  // Without a schema only what is in pg_catalog is seen, as in PostgreSQL.
  auto found = by_name().find({schema.empty() ? "pg_catalog" : schema, name});
  return found == by_name().end() ? nullptr : &found->second->table;
}

SqlResult<std::vector<Row>> SystemViews::rows(const VirtualTable& table) {
  auto found = by_name().find({table.schema, table.name});
  if (found == by_name().end()) return std::vector<Row>{};
  auto rows = found->second->rows(source_);
  if (rows)
    for (const Row& row : *rows) WALLABY_CHECK(row.size() == found->second->table.columns.size());
  return rows;
}

}  // namespace wallaby::sql
