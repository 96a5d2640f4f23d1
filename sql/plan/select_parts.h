// sql/plan/select_parts.h
//
// What the chapters of planning a SELECT hand to each other.
//
//     FROM  -> FromTree      tables and joins, with their ON; each leaf knows where its columns are in the joined row
//     WHERE -> conditions    what AND joins; each goes down to the lowest place where all its columns are known
//     build_from()           the tree as nodes: access paths at the leaves, lookups and hashes at the joins
//     group_query()          expressions over rows become expressions over groups
//
// Conditions move by the rules of outer joins: below the side that may be filled with NULLs nothing of WHERE goes, and ON only there.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sql/parser/ast.h"
#include "sql/plan/query_plan.h"
#include "sql/plan/row_nodes.h"

namespace wallaby::sql {

struct FromTree {
  int first = 0, width = 0;  ///< its columns in the joined row
  // A leaf: a stored table, or the node of something else.
  std::shared_ptr<const Table> table;
  std::string alias;
  RowNodePtr node;
  // A join.
  ast::JoinKind kind = ast::JoinKind::kInner;
  std::unique_ptr<FromTree> left, right;
  std::vector<BoundPtr> on;

  bool is_join() const { return left != nullptr; }
};
using FromTreePtr = std::unique_ptr<FromTree>;

/// Null when there is no FROM. Names come into `scope`.
SqlResult<FromTreePtr> bind_from(Binder& binder, const std::vector<ast::TableRefPtr>& from, Scope& scope);

/// 42P01 `relation "x" does not exist`, and what is no table: 42809. Views are found by find_view first.
SqlResult<std::shared_ptr<const Table>> find_table(const Binder& binder, const ast::RangeVar& name);
const VirtualTable* find_view(const Binder& binder, const ast::RangeVar& name);

/// `conditions` are taken over.
RowNodePtr build_from(const FromTree& tree, std::vector<BoundPtr> conditions);

/// A query's expressions, all over the joined row, with the group's columns put in: see select_group.cc.
struct GroupedQuery {
  std::vector<BoundPtr> groups;
  std::vector<AggregateCall> calls;
};
/// Replaces what a group knows by columns of the group's row; 42803 for what it does not know.
SqlResult<BoundPtr> over_groups(const Binder& binder, GroupedQuery& query, const FromTree* from,
                                const BoundPtr& expr);

/// Aggregates become columns behind the groups, once all groups are known (over_groups may add some).
BoundPtr number_aggregates(const GroupedQuery& query, const BoundPtr& expr);

/// LIMIT and OFFSET, as bigint.
SqlResult<BoundPtr> bind_limit(Binder& binder, const ast::ExprPtr& expr, Scope& scope, std::string_view what);

SqlResult<QueryPlan> plan_plain_select(Binder& binder, const ast::Select& select,
                                       const QueryOptions& options);
SqlResult<QueryPlan> plan_values(Binder& binder, const ast::Select& select, const QueryOptions& options);
SqlResult<QueryPlan> plan_set_operation(Binder& binder, const ast::Select& select,
                                        const QueryOptions& options);
/// ORDER BY and LIMIT over finished rows, where only names and positions of the result can be used.
SqlResult<void> order_result(Binder& binder, const ast::Select& select, const QueryOptions& options,
                             QueryPlan& plan);

}  // namespace wallaby::sql
