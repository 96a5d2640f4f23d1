// sql/plan/change_parts.h
//
// What the plans of INSERT, UPDATE and DELETE share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sql/plan/binder.h"
#include "sql/plan/plan.h"
#include "sql/plan/query_state.h"
#include "sql/plan/scope.h"
#include "sql/storage/table_access.h"

namespace wallaby::sql {

enum class ChangeKind : uint8_t { kInsert, kUpdate, kDelete };

/// The table that a statement changes: 42P01 at its name, 42809 for a sequence or an index, 55000 for a view.
SqlResult<std::shared_ptr<const Table>> find_changed_table(const Binder& binder, const ast::RangeVar& name,
                                                           ChangeKind kind);
/// 42703 `column "x" of relation "t" does not exist`.
SqlResult<uint16_t> find_changed_column(const Binder& binder, const Table& table, const std::string& name,
                                        int location);

/// Where a column's value comes from when the statement does not say: its sequence, its default, or NULL.
struct ColumnFill {
  std::string sequence;  ///< empty: `expr`
  BoundPtr expr;
};
SqlResult<ColumnFill> default_fill(const PlanContext& context, const Column& column);
SqlResult<Value> evaluate_fill(const ColumnFill& fill, const Frame& frame, ExecContext& exec);

/// SET c = expression: of UPDATE and of ON CONFLICT DO UPDATE.
struct ColumnAssignment {
  uint16_t column = 0;
  ColumnFill fill;
};
SqlResult<std::vector<ColumnAssignment>> bind_assignments(Binder& binder, const Table& table, Scope& scope,
                                                          const std::vector<ast::Assignment>& assignments);
/// The row after them. `frame` has the old row (and whatever else the expressions use).
SqlResult<Row> assign(const std::vector<ColumnAssignment>& assignments, const Row& old_row,
                      const Frame& frame, ExecContext& exec);

/// 23502 with the failing row in the detail.
SqlResult<void> check_not_null(const Table& table, const Row& row);

/// RETURNING: expressions over a row of the table.
struct Returning {
  std::vector<BoundPtr> exprs;
  bool given() const { return !exprs.empty(); }
};
SqlResult<Returning> bind_returning(Binder& binder, Scope& scope, const std::vector<ast::Target>& targets,
                                    std::vector<ResultColumn>& columns);

/// The common part of a run: changes everything in the first next(), then gives what was returned.
class ChangeExecution : public Execution {
 public:
  ChangeExecution(const Table& table, const Returning& returning, ExecContext& exec);
  SqlResult<Step> next(Row& row) final;
  uint64_t affected() const final { return affected_; }

 protected:
  virtual SqlResult<void> change() = 0;
  /// Counts a changed row, and notes what RETURNING says of it.
  SqlResult<void> done(const Row& row);
  Frame frame(std::span<const Value> row) { return Frame(row, exec_, &state_); }

  ExecContext& exec_;
  QueryState state_;
  TableWriter writer_;

 private:
  const Returning& returning_;
  Holding memory_;
  std::vector<Row> returned_;
  size_t next_returned_ = 0;
  uint64_t affected_ = 0;
  bool changed_ = false;
};

}  // namespace wallaby::sql
