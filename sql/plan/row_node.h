// sql/plan/row_node.h
//
// The nodes that a query's plan is built of, and their runs. A node is immutable and shared by all who run the plan; its
// run pulls rows from the runs below it.
//
//     Limit(10) -> Sort(name) -> Project(id, name) -> Scan(users, age > 30)
//
// next() gives one row, the end, or kRest: context.exec.budget rows have been looked at and others should have their turn. A run that
// gets kRest from below passes it on and keeps what it has; the next call goes on from there.
//
// Ownership: a run points to its node and to the context that it was opened with. Errors: SqlError ends the run.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sql/plan/bound.h"
#include "sql/plan/plan.h"
#include "sql/plan/query_state.h"

namespace wallaby::sql {

/// Where a run happens. A value: nodes copy it.
struct RunContext {
  ExecContext& exec;
  QueryState& state;
  std::span<const Value> arguments;  ///< of the subquery that the node belongs to

  Frame frame(std::span<const Value> row) const { return Frame(row, exec, &state, arguments); }
};

class RowRun {
 public:
  virtual ~RowRun() = default;
  /// kRow: `row` is the next; its old content is lost.
  virtual SqlResult<Step> next(Row& row) = 0;
};

/// EXPLAIN's lines, with PostgreSQL's indentation.
class ExplainText {
 public:
  explicit ExplainText(bool qualified) : qualified_(qualified) {}
  /// Several tables take part: columns are printed with theirs.
  bool qualified() const { return qualified_; }
  void node(int depth, std::string_view text);
  /// "  Filter: (id = 1)" below the node that was named last at this depth; nothing when there is no condition.
  void property(int depth, std::string_view name, const BoundPtr& condition);
  void property(int depth, std::string_view name, std::string_view text);
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  bool qualified_;
  std::vector<std::string> lines_;
};

class RowNode {
 public:
  virtual ~RowNode() = default;
  virtual std::unique_ptr<RowRun> open(const RunContext& context) const = 0;
  virtual void explain(ExplainText& out, int depth) const = 0;
};
using RowNodePtr = std::shared_ptr<const RowNode>;

}  // namespace wallaby::sql
