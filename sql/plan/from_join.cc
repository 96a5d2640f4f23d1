// JOIN: its condition, and what names mean behind it.

#include <algorithm>
#include <utility>

#include "sql/plan/from_binder.h"

namespace wallaby::sql {

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

}  // namespace wallaby::sql
