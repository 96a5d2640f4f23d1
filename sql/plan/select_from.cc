// FROM: stored tables, views, WITH, derived tables, and the names that they bring.

#include <utility>

#include "sql/plan/from_binder.h"

namespace wallaby::sql {
namespace {

ScopeTable table_name(const ast::RangeVar& ref) {
  ScopeTable table;
  table.name = ref.alias.empty() ? ref.name : ref.alias;
  if (!ref.alias.empty()) table.relation = ref.name;
  return table;
}

}  // namespace

SqlResult<FromTreePtr> FromBinder::add(FromTreePtr tree, ScopeTable table,
                                       const std::vector<std::string>& names, int location) {
  if (names.size() > table.columns.size()) {
    return sql_error("42P10", "table \"{}\" has {} columns available but {} columns specified", table.name,
                     table.columns.size(), names.size())
        .at(binder_.position(location));
  }
  for (size_t i = 0; i < names.size(); ++i) table.columns[i].name = names[i];
  tree->first = scope_.width;
  tree->width = static_cast<int>(table.columns.size());
  tree->alias = table.name;
  if (auto added = scope_.add(std::move(table)); !added) return std::unexpected(added.error());
  ++binder_.tables;
  return tree;
}

ScopeTable FromBinder::scope_table(const std::string& alias, const std::vector<ResultColumn>& columns) {
  ScopeTable table;
  table.name = alias;
  for (const ResultColumn& column : columns) {
    ScopeColumn into;
    into.name = column.name;
    into.type = column.type;
    into.table = column.table;
    into.attribute = column.attribute;
    table.columns.push_back(std::move(into));
  }
  return table;
}

SqlResult<FromTreePtr> FromBinder::bind(const ast::RangeVar& ref) {
  if (ref.schema.empty()) {
    for (size_t i = binder_.named_queries.size(); i-- > 0;) {
      if (binder_.named_queries[i].table->name == ref.name) return named_query(i, ref);
    }
  }
  auto tree = std::make_unique<FromTree>();
  ScopeTable names = table_name(ref);
  Oid oid = 0;
  const std::vector<Column>* columns = nullptr;
  if (const VirtualTable* view = find_view(binder_, ref)) {
    tree->node = make_virtual_scan(*view, names.name);
    columns = &view->columns;
    oid = view->oid;
  } else {
    auto table = find_table(binder_, ref);
    if (!table) return std::unexpected(table.error());
    tree->table = *table;
    columns = &(*table)->columns;
    oid = (*table)->oid;
  }
  for (const Column& column : *columns) {
    ScopeColumn into;
    into.name = column.name;
    into.type = column.type;
    into.table = oid;
    into.attribute = static_cast<int16_t>(names.columns.size() + 1);
    names.columns.push_back(std::move(into));
  }
  return add(std::move(tree), std::move(names), ref.column_aliases, ref.location);
}

/// WITH: the query is planned anew at each place that names it, knowing only the ones before it.
SqlResult<FromTreePtr> FromBinder::named_query(size_t index, const ast::RangeVar& ref) {
  NamedQuery named = binder_.named_queries[index];
  auto later = std::vector<NamedQuery>(binder_.named_queries.begin() + static_cast<ptrdiff_t>(index),
                                       binder_.named_queries.end());
  binder_.named_queries.resize(index);
  Outer* outer = named.outer == scope_.outer ? named.outer : nullptr;
  auto query = plan_query(binder_, *named.table->select, {.outer = outer, .target_types = {}});
  binder_.named_queries.insert(binder_.named_queries.end(), later.begin(), later.end());
  if (!query) return std::unexpected(query.error());
  if (query->locks) return not_supported("FOR UPDATE in WITH").at(binder_.position(ref.location));
  const std::vector<std::string>& names = named.table->columns;
  if (names.size() > query->columns.size()) {
    return sql_error("42P10", "WITH query \"{}\" has {} columns available but {} columns specified", ref.name,
                     query->columns.size(), names.size())
        .at(binder_.position(named.table->location));
  }
  for (size_t i = 0; i < names.size(); ++i) query->columns[i].name = names[i];
  auto tree = std::make_unique<FromTree>();
  tree->node = query->node;
  return add(std::move(tree), scope_table(ref.alias.empty() ? ref.name : ref.alias, query->columns),
             ref.column_aliases, ref.location);
}

SqlResult<FromTreePtr> FromBinder::bind(const ast::DerivedTable& ref) {
  if (ref.lateral) return not_supported("LATERAL").at(binder_.position(ref.location));
  if (ref.alias.empty()) {
    bool values = !ref.select->values.empty();
    return sql_error("42601", "{} in FROM must have an alias", values ? "VALUES" : "subquery")
        .at(binder_.position(ref.location))
        .hint("For example, FROM ({} ...) [AS] foo.", values ? "VALUES" : "SELECT");
  }
  auto query = plan_query(binder_, *ref.select, {.outer = scope_.outer, .target_types = {}});
  if (!query) return std::unexpected(query.error());
  if (query->locks) return not_supported("FOR UPDATE in a subquery").at(binder_.position(ref.location));
  auto tree = std::make_unique<FromTree>();
  tree->node = query->node;
  return add(std::move(tree), scope_table(ref.alias, query->columns), ref.column_aliases, ref.location);
}

const VirtualTable* find_view(const Binder& binder, const ast::RangeVar& name) {
  const VirtualTables* views = binder.context().views;
  if (!views || name.schema == "public") return nullptr;
  // A user's own table hides a view that is not the system's.
  if (name.schema.empty() && !name.name.starts_with("pg_") && binder.context().catalog->find_table(name.name))
    return nullptr;
  return views->find(name.schema, name.name);
}

SqlResult<std::shared_ptr<const Table>> find_table(const Binder& binder, const ast::RangeVar& name) {
  int position = binder.position(name.location);
  if (!name.schema.empty() && name.schema != "public") {
    return sql_error("42P01", "relation \"{}.{}\" does not exist", name.schema, name.name).at(position);
  }
  const Catalog& catalog = *binder.context().catalog;
  if (auto table = catalog.find_table(name.name)) return table;
  if (catalog.find_sequence(name.name)) return not_supported("reading a sequence as a table").at(position);
  if (catalog.find_index(name.name)) {
    return sql_error("42809", "cannot open relation \"{}\"", name.name)
        .at(position)
        .detail("This operation is not supported for indexes.");
  }
  std::string shown = name.schema.empty() ? name.name : name.schema + "." + name.name;
  return sql_error("42P01", "relation \"{}\" does not exist", shown).at(position);
}

SqlResult<FromTreePtr> bind_from(Binder& binder, const std::vector<ast::TableRefPtr>& from, Scope& scope) {
  FromTreePtr tree;
  FromBinder from_binder(binder, scope);
  for (const ast::TableRefPtr& ref : from) {
    auto next = from_binder.bind(*ref);
    if (!next) return next;
    if (!tree) {
      tree = std::move(*next);
      continue;
    }
    // A comma is a join without a condition; WHERE brings it.
    auto join = std::make_unique<FromTree>();
    join->first = tree->first;
    join->width = tree->width + (*next)->width;
    join->left = std::move(tree);
    join->right = std::move(*next);
    tree = std::move(join);
  }
  return tree;
}

}  // namespace wallaby::sql
