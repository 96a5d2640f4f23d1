// sql/plan/query_plan.h
//
// A query (SELECT, VALUES, UNION ...) as a tree of row nodes, wherever it stands: alone, in FROM, in an expression, or as
// the source of an INSERT.
//
//     auto query = plan_query(binder, select, {});
//     query->node->open(context)           gives its rows, one value for each of query->columns
//
// The parts: select_from.cc (tables and joins), select_group.cc (aggregates), select.cc (the rest of SELECT),
// select_set.cc (UNION and its like, VALUES).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sql/parser/ast.h"
#include "sql/plan/binder.h"
#include "sql/plan/plan.h"
#include "sql/plan/row_node.h"
#include "sql/plan/scope.h"
#include "sql/sql_error.h"

namespace wallaby::sql {

struct QueryOptions {
  Outer* outer = nullptr;  ///< the query around, whose columns may be used
  /// Types that literals and parameters without a type take, by position: the columns that INSERT fills. kInvalid or beyond: text.
  std::span<const Type> target_types;
  bool exists_only = false;  ///< only whether there are rows matters
};

struct QueryPlan {
  RowNodePtr node;
  std::vector<ResultColumn> columns;
  bool locks = false;  ///< FOR UPDATE: it needs a transaction
};

SqlResult<QueryPlan> plan_query(Binder& binder, const ast::Select& select, const QueryOptions& options);

/// A target list (of SELECT and RETURNING) with its * written out.
struct BoundTarget {
  BoundPtr expr;
  std::string name;
};
SqlResult<std::vector<BoundTarget>> bind_targets(Binder& binder, const std::vector<ast::Target>& targets,
                                                 Scope& scope, const Place& place,
                                                 std::span<const Type> target_types = {});
ResultColumn result_column(const BoundTarget& target);

}  // namespace wallaby::sql
