// UPDATE: finds the rows first, changes them after.
#include "sql/plan/access_path.h"
#include "sql/plan/change_parts.h"
#include "sql/plan/changes.h"
#include "sql/plan/find_rows.h"

namespace wallaby::sql {
namespace {

struct UpdatePlan : Plan {
  std::unique_ptr<Execution> start(ExecContext& context) const override;
  std::vector<std::string> explain() const override {
    ExplainText text;
    text.node(0, "Update on " + shown_table(path));
    path.explain(text, 1);
    return text.take();
  }

  AccessPath path;
  std::vector<ColumnAssignment> assignments;
  Returning returning;

  friend SqlResult<PlanPtr> plan_update(const ast::StatementPtr& statement, const PlanContext& context);
};

class UpdateExecution : public ChangeExecution {
 public:
  UpdateExecution(const UpdatePlan& plan, ExecContext& exec)
      : ChangeExecution(*plan.path.table, plan.returning, exec), plan_(plan) {}

 private:
  SqlResult<void> change() override {
    Holding memory(state_);
    auto rows = find_rows(plan_.path, {exec_, state_, {}}, memory);
    if (!rows) return std::unexpected(rows.error());
    for (const StoredRow& stored : *rows) {
      auto row = assign(plan_.assignments, stored.values, frame(stored.values), exec_);
      if (!row) return std::unexpected(row.error());
      if (auto complete = check_not_null(*plan_.path.table, *row); !complete) return complete;
      if (auto updated = writer_.update(stored, *row); !updated) return updated;
      if (auto counted = done(*row); !counted) return counted;
    }
    return {};
  }

  const UpdatePlan& plan_;
};

std::unique_ptr<Execution> UpdatePlan::start(ExecContext& context) const {
  return std::make_unique<UpdateExecution>(*this, context);
}

}  // namespace

SqlResult<PlanPtr> plan_update(const ast::StatementPtr& statement, const PlanContext& context) {
  const auto& update = std::get<ast::Update>(statement->node);
  auto plan = std::make_shared<UpdatePlan>();
  Binder binder(context, *statement);
  auto table = find_changed_table(binder, update.table, ChangeKind::kUpdate);
  if (!table) return std::unexpected(table.error());
  if (!update.from.empty())
    return std::unexpected(not_supported("UPDATE ... FROM", "Use a subquery in SET and WHERE."));
  Scope scope;
  if (auto added = scope.add(**table, update.table.alias); !added) return std::unexpected(added.error());
  auto assignments = bind_assignments(binder, **table, scope, update.assignments);
  if (!assignments) return std::unexpected(assignments.error());
  plan->assignments = std::move(*assignments);
  auto path = bind_where(binder, scope, *table, update.table, update.where);
  if (!path) return std::unexpected(path.error());
  plan->path = std::move(*path);
  auto returning = bind_returning(binder, scope, update.returning, plan->columns_);
  if (!returning) return std::unexpected(returning.error());
  plan->returning = std::move(*returning);
  auto parameters = binder.parameters();
  if (!parameters) return std::unexpected(parameters.error());
  plan->parameters_ = std::move(*parameters);
  plan->writes_ = true;
  plan->command_ = "UPDATE";
  return plan;
}

}  // namespace wallaby::sql
