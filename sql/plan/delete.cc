// DELETE: finds the rows first, takes them out after.
#include "sql/plan/access_path.h"
#include "sql/plan/change_parts.h"
#include "sql/plan/changes.h"
#include "sql/plan/find_rows.h"

namespace wallaby::sql {
namespace {

struct DeletePlan : Plan {
  std::unique_ptr<Execution> start(ExecContext& context) const override;
  std::vector<std::string> explain() const override {
    ExplainText text;
    text.node(0, "Delete on " + shown_table(path));
    path.explain(text, 1);
    return text.take();
  }

  AccessPath path;
  Returning returning;

  friend SqlResult<PlanPtr> plan_delete(const ast::StatementPtr& statement, const PlanContext& context);
};

class DeleteExecution : public ChangeExecution {
 public:
  DeleteExecution(const DeletePlan& plan, ExecContext& exec)
      : ChangeExecution(*plan.path.table, plan.returning, exec), plan_(plan) {}

 private:
  SqlResult<void> change() override {
    Holding memory(state_);
    auto rows = find_rows(plan_.path, {exec_, state_, {}}, memory);
    if (!rows) return std::unexpected(rows.error());
    for (const StoredRow& stored : *rows) {
      if (auto erased = writer_.erase(stored); !erased) return erased;
      if (auto counted = done(stored.values); !counted) return counted;
    }
    return {};
  }

  const DeletePlan& plan_;
};

std::unique_ptr<Execution> DeletePlan::start(ExecContext& context) const {
  return std::make_unique<DeleteExecution>(*this, context);
}

}  // namespace

SqlResult<PlanPtr> plan_delete(const ast::StatementPtr& statement, const PlanContext& context) {
  const auto& statement_delete = std::get<ast::Delete>(statement->node);
  auto plan = std::make_shared<DeletePlan>();
  Binder binder(context, *statement);
  auto table = find_changed_table(binder, statement_delete.table, ChangeKind::kDelete);
  if (!table) return std::unexpected(table.error());
  if (!statement_delete.using_tables.empty())
    return std::unexpected(not_supported("DELETE ... USING", "Use a subquery in WHERE."));
  Scope scope;
  if (auto added = scope.add(**table, statement_delete.table.alias); !added)
    return std::unexpected(added.error());
  auto path = bind_where(binder, scope, *table, statement_delete.table, statement_delete.where);
  if (!path) return std::unexpected(path.error());
  plan->path = std::move(*path);
  auto returning = bind_returning(binder, scope, statement_delete.returning, plan->columns_);
  if (!returning) return std::unexpected(returning.error());
  plan->returning = std::move(*returning);
  auto parameters = binder.parameters();
  if (!parameters) return std::unexpected(parameters.error());
  plan->parameters_ = std::move(*parameters);
  plan->writes_ = true;
  plan->command_ = "DELETE";
  return plan;
}

}  // namespace wallaby::sql
