// FROM: tables, joins, derived tables, functions, and the names that they bring.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sql/plan/select_parts.h"

namespace wallaby::sql {
namespace {

class FromBinder {
 public:
  FromBinder(Binder& binder, Scope& scope) : binder_(binder), scope_(scope) {}

  SqlResult<FromTreePtr> bind(const ast::TableRef& ref) {
    return std::visit([this](const auto& node) { return bind(node); }, ref.node);
  }

 private:
  /// Adds the columns under the alias (and its own names for them) to the scope.
  SqlResult<FromTreePtr> add(FromTreePtr tree, ScopeTable table, const std::vector<std::string>& names,
                             int location) {
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

  static ScopeTable scope_table(const ast::RangeVar& ref) {
    ScopeTable table;
    table.name = ref.alias.empty() ? ref.name : ref.alias;
    if (!ref.alias.empty()) table.relation = ref.name;
    return table;
  }

  static ScopeTable scope_table(const std::string& alias, const std::vector<ResultColumn>& columns) {
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

  SqlResult<FromTreePtr> bind(const ast::RangeVar& ref) {
    if (ref.schema.empty()) {
      for (size_t i = binder_.named_queries.size(); i-- > 0;) {
        if (binder_.named_queries[i].table->name == ref.name) return named_query(i, ref);
      }
    }
    auto tree = std::make_unique<FromTree>();
    ScopeTable names = scope_table(ref);
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
  SqlResult<FromTreePtr> named_query(size_t index, const ast::RangeVar& ref) {
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
      return sql_error("42P10", "WITH query \"{}\" has {} columns available but {} columns specified",
                       ref.name, query->columns.size(), names.size())
          .at(binder_.position(named.table->location));
    }
    for (size_t i = 0; i < names.size(); ++i) query->columns[i].name = names[i];
    auto tree = std::make_unique<FromTree>();
    tree->node = query->node;
    return add(std::move(tree), scope_table(ref.alias.empty() ? ref.name : ref.alias, query->columns),
               ref.column_aliases, ref.location);
  }

  SqlResult<FromTreePtr> bind(const ast::DerivedTable& ref) {
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

  SqlResult<FromTreePtr> bind(const ast::TableFunction& ref);
  SqlResult<Series> series_of(const ast::TableFunction& ref);
  SqlResult<Series> generate_series(Series series, int location);
  SqlResult<FromTreePtr> bind(const ast::Join& join);
  SqlResult<void> join_columns(const ast::Join& join, FromTree& tree, size_t tables_before,
                               size_t columns_before, size_t right_columns);
  SqlResult<ScopeColumn> merge(const ast::Join& join, FromTree& tree, const ScopeColumn& left,
                               const ScopeColumn& right);

  Binder& binder_;
  Scope& scope_;
};

SqlResult<Series> FromBinder::generate_series(Series series, int location) {
  std::vector<TypeId> types;
  for (const BoundPtr& arg : series.args) types.push_back(arg->type.id);
  auto wrong = [&]() -> SqlError {
    std::string list;
    for (TypeId type : types) list += (list.empty() ? "" : ", ") + to_string(type);
    return sql_error("42883", "function generate_series({}) does not exist", list)
        .at(binder_.position(location))
        .hint(
            "No function matches the given name and argument types. You might need to add explicit type "
            "casts.");
  };
  if (types.size() < 2 || types.size() > 3) return wrong();
  bool times =
      types[0] == TypeId::kTimestamptz || types[0] == TypeId::kTimestamp || types[0] == TypeId::kDate;
  if (times) {
    series.kind = SeriesKind::kTimestamp;
    series.type = types[0] == TypeId::kTimestamp ? TypeId::kTimestamp : TypeId::kTimestamptz;
    if (types.size() != 3) return wrong();
    const TypeId sum[] = {series.type, TypeId::kInterval};
    auto add = resolve_operator("+", sum);
    if (!add) return std::unexpected(add.error());
    series.add = add->function;
  } else {
    series.type = common_type(types);
    if (series.type == TypeId::kInt2) series.type = TypeId::kInt4;
    if (series.type != TypeId::kInt4 && series.type != TypeId::kInt8 && series.type != TypeId::kNumeric)
      return wrong();
    series.kind = series.type == TypeId::kNumeric ? SeriesKind::kNumeric : SeriesKind::kInteger;
  }
  for (size_t i = 0; i < series.args.size(); ++i) {
    TypeId to = times && i == 2 ? TypeId::kInterval : series.type;
    auto value = binder_.coerce(series.args[i], {to}, CastKind::kImplicit);
    if (!value) return std::unexpected(value.error());
    if (!*value) return wrong();
    series.args[i] = *value;
  }
  return series;
}

SqlResult<Series> FromBinder::series_of(const ast::TableFunction& ref) {
  Series series;
  const auto* call = std::get_if<ast::Call>(&ref.call->node);
  // A function in FROM may use the query around, and (LATERAL, which is not there) the tables before it.
  Scope outside;
  outside.outer = scope_.outer;
  auto bind_argument = [&](const ast::Expr& expr) -> SqlResult<BoundPtr> {
    auto value = binder_.bind(expr, outside, {"functions in FROM"});
    if (value || (value.error().code() != "42703" && value.error().code() != "42P01")) return value;
    if (!binder_.bind(expr, scope_, {"functions in FROM"})) return value;
    return not_supported("a function in FROM that uses tables before it (LATERAL)")
        .at(binder_.position(expr.location));
  };
  bool many = call && (call->name == "generate_series" || call->name == "unnest");
  if (!many) {
    auto value = bind_argument(*ref.call);
    if (!value) return std::unexpected(value.error());
    series.type = (*value)->type.id;
    series.args = {*value};
    series.name = column_name(*ref.call);
    return series;
  }
  series.name = call->name;
  for (const ast::ExprPtr& expr : call->arguments) {
    auto value = bind_argument(*expr);
    if (!value) return std::unexpected(value.error());
    series.args.push_back(*value);
  }
  if (call->name == "generate_series") return generate_series(std::move(series), ref.call->location);
  series.kind = SeriesKind::kArray;
  if (series.args.size() == 1) series.type = element_of(series.args[0]->type.id);
  if (series.type == TypeId::kInvalid) {
    return not_supported("unnest() of this").at(binder_.position(ref.call->location));
  }
  return series;
}

SqlResult<FromTreePtr> FromBinder::bind(const ast::TableFunction& ref) {
  auto series = series_of(ref);
  if (!series) return std::unexpected(series.error());
  std::string name = ref.alias.empty() ? series->name : ref.alias;
  series->alias = name;
  ResultColumn column;
  column.name = name;
  column.type = {series->type};
  auto tree = std::make_unique<FromTree>();
  tree->node = make_series(std::move(*series));
  return add(std::move(tree), scope_table(name, {column}), ref.column_aliases, ref.location);
}

SqlResult<FromTreePtr> FromBinder::bind(const ast::Join& join) {
  size_t tables_before = scope_.tables.size(), columns_before = scope_.columns.size();
  auto tree = std::make_unique<FromTree>();
  tree->kind = join.kind == ast::JoinKind::kCross ? ast::JoinKind::kInner : join.kind;
  auto left = bind(*join.left);
  if (!left) return left;
  size_t right_columns = scope_.columns.size();
  auto right = bind(*join.right);
  if (!right) return right;
  tree->first = (*left)->first;
  tree->width = (*left)->width + (*right)->width;
  tree->left = std::move(*left);
  tree->right = std::move(*right);
  if (join.on) {
    // ON sees the two sides of its join alone.
    Scope inside;
    inside.outer = scope_.outer;
    inside.tables.assign(scope_.tables.begin() + static_cast<ptrdiff_t>(tables_before), scope_.tables.end());
    inside.columns.assign(scope_.columns.begin() + static_cast<ptrdiff_t>(columns_before),
                          scope_.columns.end());
    inside.column_tables.assign(scope_.column_tables.begin() + static_cast<ptrdiff_t>(columns_before),
                                scope_.column_tables.end());
    Place place{"JOIN/ON", nullptr, false, "aggregate functions are not allowed in JOIN conditions"};
    auto condition = binder_.bind_condition(*join.on, inside, place);
    if (!condition) return std::unexpected(condition.error());
    split_and(*condition, tree->on);
  }
  if (auto joined = join_columns(join, *tree, tables_before, columns_before, right_columns); !joined) {
    return std::unexpected(joined.error());
  }
  return tree;
}

/// One column of USING: what = means for it, and what its name stands for afterwards.
SqlResult<ScopeColumn> FromBinder::merge(const ast::Join& join, FromTree& tree, const ScopeColumn& left,
                                         const ScopeColumn& right) {
  BoundPtr a = scope_.column(left, {}, -1), b = scope_.column(right, {}, -1);
  auto equal = binder_.compare("=", a, b, join.location);
  if (!equal) {
    if (equal.error().code() != "42883") return std::unexpected(equal.error());
    return sql_error("42804", "JOIN/USING types {} and {} cannot be matched", to_string(left.type.id),
                     to_string(right.type.id));
  }
  tree.on.push_back(*equal);
  std::vector<BoundPtr> sides = {a, b};
  if (auto type = binder_.unify(sides, "JOIN/USING"); !type) return std::unexpected(type.error());
  ScopeColumn merged = left;
  switch (join.kind) {
    case ast::JoinKind::kRight: merged.merged = sides[1]; break;
    case ast::JoinKind::kFull:
      merged.merged = make_bound(BoundKind::kCoalesce, sides[0]->type.id, sides);
      break;
    default: merged.merged = sides[0];
  }
  merged.type = merged.merged->type;
  if (merged.merged->name.empty()) merged.merged->name = left.name;
  return merged;
}

/// What bare names and * mean after the join: the merged columns of USING first, then what is left of both sides.
SqlResult<void> FromBinder::join_columns(const ast::Join& join, FromTree& tree, size_t tables_before,
                                         size_t columns_before, size_t right_columns) {
  auto begin = scope_.columns.begin();
  std::vector<ScopeColumn> left(begin + static_cast<ptrdiff_t>(columns_before),
                                begin + static_cast<ptrdiff_t>(right_columns));
  std::vector<ScopeColumn> right(begin + static_cast<ptrdiff_t>(right_columns), scope_.columns.end());
  auto tables = scope_.column_tables.begin();
  std::vector<std::string> left_tables(tables + static_cast<ptrdiff_t>(columns_before),
                                       tables + static_cast<ptrdiff_t>(right_columns));
  std::vector<std::string> right_tables(tables + static_cast<ptrdiff_t>(right_columns),
                                        scope_.column_tables.end());
  std::vector<std::string> shared = join.using_columns;
  if (join.natural) {
    for (const ScopeColumn& column : left) {
      bool both = std::any_of(right.begin(), right.end(),
                              [&](const ScopeColumn& other) { return other.name == column.name; });
      if (both) shared.push_back(column.name);
    }
  }
  std::vector<ScopeColumn> merged;
  std::vector<std::string> merged_tables;
  for (const std::string& name : shared) {
    auto take = [&](std::vector<ScopeColumn>& side, std::vector<std::string>& names,
                    const char* which) -> SqlResult<std::pair<ScopeColumn, std::string>> {
      auto named = [&](const ScopeColumn& column) { return column.name == name; };
      auto at = std::find_if(side.begin(), side.end(), named);
      if (at == side.end()) {
        return sql_error("42703", "column \"{}\" specified in USING clause does not exist in {} table", name,
                         which);
      }
      if (std::find_if(at + 1, side.end(), named) != side.end()) {
        return sql_error("42702", "common column name \"{}\" appears more than once in {} table", name,
                         which);
      }
      auto out = std::pair(*at, names[static_cast<size_t>(at - side.begin())]);
      names.erase(names.begin() + (at - side.begin()));
      side.erase(at);
      return out;
    };
    auto a = take(left, left_tables, "left");
    if (!a) return std::unexpected(a.error());
    auto b = take(right, right_tables, "right");
    if (!b) return std::unexpected(b.error());
    auto column = merge(join, tree, a->first, b->first);
    if (!column) return std::unexpected(column.error());
    merged.push_back(std::move(*column));
    merged_tables.push_back(join.kind == ast::JoinKind::kRight ? b->second : a->second);
  }
  scope_.columns.resize(columns_before);
  scope_.column_tables.resize(columns_before);
  auto append = [&](std::vector<ScopeColumn>& columns, std::vector<std::string>& names) {
    for (size_t i = 0; i < columns.size(); ++i) {
      scope_.columns.push_back(std::move(columns[i]));
      scope_.column_tables.push_back(join.alias.empty() ? names[i] : join.alias);
    }
  };
  append(merged, merged_tables);
  append(left, left_tables);
  append(right, right_tables);
  if (join.alias.empty()) return {};
  for (size_t i = tables_before; i < scope_.tables.size(); ++i) scope_.tables[i].visible = false;
  ScopeTable whole;
  whole.name = join.alias;
  whole.columns.assign(scope_.columns.begin() + static_cast<ptrdiff_t>(columns_before), scope_.columns.end());
  scope_.tables.push_back(std::move(whole));
  return {};
}

}  // namespace

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
