// sql/plan/from_binder.h
//
// The inside of bind_from(): each kind of thing in FROM brings its columns into the scope and becomes a FromTree.
//
//     select_from.cc     stored tables, views, WITH, derived tables
//     from_function.cc   generate_series(), unnest(), any function
//     from_join.cc       JOIN ... ON, USING, NATURAL
#pragma once

#include <string>
#include <vector>

#include "sql/plan/select_parts.h"

namespace wallaby::sql {

class FromBinder {
 public:
  FromBinder(Binder& binder, Scope& scope) : binder_(binder), scope_(scope) {}

  SqlResult<FromTreePtr> bind(const ast::TableRef& ref) {
    return std::visit([this](const auto& node) { return bind(node); }, ref.node);
  }

 private:
  SqlResult<FromTreePtr> bind(const ast::RangeVar& ref);
  SqlResult<FromTreePtr> bind(const ast::DerivedTable& ref);
  SqlResult<FromTreePtr> bind(const ast::TableFunction& ref);
  SqlResult<FromTreePtr> bind(const ast::Join& join);
  /// A query of WITH, by its place among the named ones.
  SqlResult<FromTreePtr> named_query(size_t index, const ast::RangeVar& ref);

  /// Adds the columns under the alias (and its own names for them) to the scope.
  SqlResult<FromTreePtr> add(FromTreePtr tree, ScopeTable table, const std::vector<std::string>& names,
                             int location);
  static ScopeTable scope_table(const std::string& alias, const std::vector<ResultColumn>& columns);

  SqlResult<Series> series_of(const ast::TableFunction& ref);
  SqlResult<Series> generate_series(Series series, int location);

  SqlResult<void> join_columns(const ast::Join& join, FromTree& tree, size_t tables_before,
                               size_t columns_before, size_t right_columns);
  SqlResult<ScopeColumn> merge(const ast::Join& join, FromTree& tree, const ScopeColumn& left,
                               const ScopeColumn& right);

  Binder& binder_;
  Scope& scope_;
};

}  // namespace wallaby::sql
