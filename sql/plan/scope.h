// sql/plan/scope.h
//
// The names that an expression may use: the tables of FROM under their aliases, and their columns.
//
//     FROM users u JOIN orders o USING (id)
//       tables:   u(id, name) at row positions 0, 1;  o(id, sum) at 2, 3
//       columns:  id (merged: of u), name, sum              what a bare name finds, and what * means, in this order
//
// A name that is not found here is looked for in the query around (a correlated subquery): its value then comes in as an
// argument, one slot for each such column (see Outer).
//
// Errors: 42703 no such column, 42P01 no such table, 42702 ambiguous, 42712 the same table name twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/parser/ast.h"
#include "sql/plan/bound.h"
#include "sql/sql_error.h"

namespace wallaby::sql {

struct Scope;

/// The border between a subquery and the query around it. All parts of one subquery (tables in its FROM, the sides of a UNION) share it.
struct Outer {
  Scope* scope = nullptr;           ///< where the subquery stands
  std::vector<BoundPtr> arguments;  ///< what it uses from there, in terms of that scope
};

struct ScopeColumn {
  std::string name;
  Type type;
  int index = 0;  ///< in the row
  Oid table = 0;
  int16_t attribute = 0;
  BoundPtr merged;  ///< of USING: this instead of a column of the row
};

struct ScopeTable {
  std::string name;      ///< what it is called here
  std::string relation;  ///< its own name, when it has an alias
  std::vector<ScopeColumn> columns;
  bool visible = true;  ///< false: inside a join that has an alias
};

struct Scope {
  std::vector<ScopeTable> tables;
  std::vector<ScopeColumn> columns;
  std::vector<std::string>
      column_tables;       ///< beside `columns`: the table that each is shown with in messages
  Outer* outer = nullptr;  ///< null: the statement's own level
  int width = 0;           ///< of the row

  /// Adds a table whose columns come next in the row. 42712.
  SqlResult<void> add(ScopeTable table);
  /// Adds the rows of a stored table under a name.
  SqlResult<void> add(const Table& table, std::string_view alias = {},
                      const std::vector<std::string>& column_aliases = {});
  /// `c`, `t.c`, `public.t.c`. `text`: the query string, for positions.
  SqlResult<BoundPtr> resolve(const ast::ColumnRef& name, int location, std::string_view text);
  /// What t.* stands for.
  SqlResult<const ScopeTable*> find_table(std::string_view name, int location, std::string_view text) const;

  BoundPtr column(const ScopeColumn& column, std::string_view table, int location) const;

 private:
  SqlResult<BoundPtr> find(std::string_view table, std::string_view column, int location,
                           std::string_view text) const;
};

}  // namespace wallaby::sql
