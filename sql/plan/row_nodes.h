// sql/plan/row_nodes.h
//
// The nodes that there are. Each function makes one; what it does is in the file that is named beside it.
//
// Expressions in a node count columns in the row of the node below it (joins: left and right side by side). Project is not
// seen in EXPLAIN, as in PostgreSQL, where each node computes its own targets.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sql/parser/ast_query.h"
#include "sql/plan/access_path.h"
#include "sql/plan/aggregate.h"
#include "sql/plan/row_node.h"
#include "sql/plan/sort_key.h"

namespace wallaby::sql {

// node_scan.cc
/// `lock`: FOR UPDATE. The rows that pass are written back as they are, so that a change by another makes this transaction fail as it
/// would have waited for the lock elsewhere.
RowNodePtr make_scan(AccessPath path, bool lock);
/// One row by its key, these columns of it.
RowNodePtr make_point_scan(AccessPath path, std::vector<int> columns);
RowNodePtr make_virtual_scan(const VirtualTable& table, std::string alias);

// node_rows.cc
/// VALUES; one empty row is what a SELECT without FROM works on.
RowNodePtr make_rows(std::vector<std::vector<BoundPtr>> rows, std::string alias);
enum class SeriesKind : uint8_t { kOne, kInteger, kNumeric, kTimestamp, kArray };
/// generate_series(), unnest(), and any function in FROM (kOne: a single row).
/// `add`: the function that adds the step, where + of integers is not it.
struct Series {
  SeriesKind kind = SeriesKind::kOne;
  TypeId type = TypeId::kInvalid;
  std::vector<BoundPtr> args;
  const Function* add = nullptr;
  std::string name, alias;
};
RowNodePtr make_series(Series series);
RowNodePtr make_filter(RowNodePtr child, BoundPtr condition);
RowNodePtr make_project(RowNodePtr child, std::vector<BoundPtr> exprs);
/// The first `width` columns.
RowNodePtr make_cut(RowNodePtr child, size_t width);
/// "Subquery Scan on x" is not shown when nothing is done to it: a derived table is its query.
RowNodePtr make_limit(RowNodePtr child, BoundPtr limit, BoundPtr offset);

// node_sort.cc
struct SortSpec {
  std::vector<SortKey> keys;  ///< columns of the row
  BoundPtr limit, offset;     ///< no more than these are asked for; may be null
};
RowNodePtr make_sort(RowNodePtr child, SortSpec spec);
/// The first of rows that agree in the keys; they come sorted.
RowNodePtr make_first_of_each(RowNodePtr child, std::vector<SortKey> keys);

// node_join.cc
struct JoinSpec {
  ast::JoinKind kind = ast::JoinKind::kInner;
  size_t left_width = 0, right_width = 0;
  BoundPtr condition;                               ///< over both rows side by side, besides the keys
  std::vector<std::pair<BoundPtr, BoundPtr>> keys;  ///< left = right, each over its own row: a hash join
  std::vector<TypeId> key_types;
  BoundPtr key_condition;  ///< the keys as a condition, for EXPLAIN
};
RowNodePtr make_join(RowNodePtr left, RowNodePtr right, JoinSpec spec);
/// The right side is read by key for each left row. The path counts columns over both rows.
RowNodePtr make_lookup_join(RowNodePtr left, AccessPath path, JoinSpec spec);

// node_aggregate.cc
RowNodePtr make_aggregate(RowNodePtr child, std::vector<BoundPtr> groups, std::vector<AggregateCall> calls);

// node_set.cc
RowNodePtr make_distinct(RowNodePtr child, std::vector<TypeId> types);
RowNodePtr make_append(RowNodePtr left, RowNodePtr right);
RowNodePtr make_set_operation(RowNodePtr left, RowNodePtr right, ast::SetOperation operation, bool all,
                              std::vector<TypeId> types);

}  // namespace wallaby::sql
