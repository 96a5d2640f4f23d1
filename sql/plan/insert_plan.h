// sql/plan/insert_plan.h
//
// The plan of an INSERT, as insert.cc makes it and insert_run.cc runs it. For these and on_conflict.cc only.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sql/plan/change_parts.h"
#include "sql/plan/query_plan.h"

namespace wallaby::sql {

/// ON CONFLICT. Rows of `update` and `where` are the stored row and, behind it, the one proposed (excluded).
struct ConflictRule {
  bool update = false;  ///< false: DO NOTHING
  bool primary = false;
  std::vector<const Index*>
      indexes;  ///< those and, with `primary`, the primary key decide what a conflict is
  std::vector<ColumnAssignment> assignments;
  BoundPtr where;
};
SqlResult<ConflictRule> bind_conflict(Binder& binder, const std::shared_ptr<const Table>& table,
                                      const ast::RangeVar& name, const ast::OnConflict& conflict);

struct InsertPlan : Plan {
  std::unique_ptr<Execution> start(ExecContext& context) const override;
  std::vector<std::string> explain() const override;

  std::shared_ptr<const Table> table;
  /// VALUES: each row has a fill for every column. Empty: the rows come from `source`.
  std::vector<std::vector<ColumnFill>> values;
  /// A query. `fills` then makes a row of each of its rows (whose columns the expressions name).
  RowNodePtr source;
  std::vector<ColumnFill> fills;
  std::optional<ConflictRule> conflict;
  Returning returning;

  friend SqlResult<PlanPtr> plan_insert(const ast::StatementPtr& statement, const PlanContext& context);
};

}  // namespace wallaby::sql
