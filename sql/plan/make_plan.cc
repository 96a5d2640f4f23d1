#include <optional>
#include <utility>

#include <fmt/format.h>

#include "sql/plan/changes.h"
#include "sql/plan/definitions.h"
#include "sql/plan/explain.h"
#include "sql/plan/plan.h"
#include "sql/plan/query_plan.h"
#include "sql/plan/subquery.h"

namespace wallaby::sql {
namespace {

using Subqueries = std::vector<std::shared_ptr<const SubqueryPlan>>;

class QueryExecution : public Execution {
 public:
  QueryExecution(const RowNode& node, const Subqueries& ahead, ExecContext& context)
      : ahead_(ahead), context_(context), run_(node.open(RunContext{context, state_, {}})) {}

  SqlResult<Step> next(Row& row) override {
    while (next_ahead_ < ahead_.size()) {
      SubqueryRun& subquery = state_.subquery(*ahead_[next_ahead_]);
      if (!subquery.done() && subquery.step(context_) == Step::kRest) return Step::kRest;
      ++next_ahead_;
    }
    return run_->next(row);
  }

 private:
  const Subqueries& ahead_;
  ExecContext& context_;
  QueryState state_;
  std::unique_ptr<RowRun> run_;
  size_t next_ahead_ = 0;
};

/// A query that locks rows or moves a sequence does all that in its first call, as every change does.
class WritingExecution : public Execution {
 public:
  WritingExecution(std::unique_ptr<Execution> inner, ExecContext& context)
      : inner_(std::move(inner)), context_(context) {}

  SqlResult<Step> next(Row& row) override {
    if (inner_) {
      if (auto done = run(); !done) return std::unexpected(done.error());
    }
    if (next_ == rows_.size()) return Step::kEnd;
    row = std::move(rows_[next_++]);
    return Step::kRow;
  }

 private:
  SqlResult<void> run() {
    int64_t budget = std::exchange(context_.budget, INT64_MAX);
    QueryState limit;
    for (;;) {
      Row row;
      auto step = inner_->next(row);
      if (!step) return std::unexpected(step.error());
      if (*step == Step::kRest) continue;
      if (*step == Step::kEnd) break;
      if (auto held = limit.hold(memory_of(row)); !held) return held;
      rows_.push_back(std::move(row));
    }
    inner_.reset();
    context_.budget = budget;
    return {};
  }

  std::unique_ptr<Execution> inner_;
  ExecContext& context_;
  std::vector<Row> rows_;
  size_t next_ = 0;
};

class SelectPlan : public Plan {
 public:
  SelectPlan(QueryPlan query, std::vector<TypeId> parameters, Binder& binder)
      : node_(std::move(query.node)),
        ahead_(std::move(binder.independent_subqueries)),
        qualified_(binder.tables > 1) {
    columns_ = std::move(query.columns);
    parameters_ = std::move(parameters);
    writes_ = query.locks || binder.moves_sequences;
    command_ = "SELECT";
  }

  std::unique_ptr<Execution> start(ExecContext& context) const override {
    auto run = std::make_unique<QueryExecution>(*node_, ahead_, context);
    if (!writes()) return run;
    return std::make_unique<WritingExecution>(std::move(run), context);
  }
  std::vector<std::string> explain() const override {
    ExplainText text(qualified_);
    node_->explain(text, 0);
    return text.take();
  }

 private:
  RowNodePtr node_;
  Subqueries ahead_;
  bool qualified_;
};

SqlResult<PlanPtr> plan_select(const ast::Statement& statement, const ast::Select& select,
                               const PlanContext& context) {
  Binder binder(context, statement);
  auto query = plan_query(binder, select, {});
  if (!query) return std::unexpected(query.error());
  auto parameters = binder.parameters();
  if (!parameters) return std::unexpected(parameters.error());
  return std::make_shared<const SelectPlan>(std::move(*query), std::move(*parameters), binder);
}

}  // namespace

SqlResult<PlanPtr> make_plan(const ast::StatementPtr& statement, const PlanContext& context) {
  const ast::Statement::Node& node = statement->node;
  if (const auto* select = std::get_if<ast::Select>(&node)) return plan_select(*statement, *select, context);
  if (std::holds_alternative<ast::Insert>(node)) return plan_insert(statement, context);
  if (std::holds_alternative<ast::Update>(node)) return plan_update(statement, context);
  if (std::holds_alternative<ast::Delete>(node)) return plan_delete(statement, context);
  if (const auto* explain = std::get_if<ast::Explain>(&node)) return plan_explain(*explain, context);
  auto definition = plan_definition(statement, context);
  if (!definition || *definition) return definition;
  return not_supported("this statement here");
}

std::string command_tag(const Plan& plan, uint64_t rows) {
  if (!plan.counts_rows()) return plan.command();
  if (plan.command() == "INSERT") return fmt::format("INSERT 0 {}", rows);
  return fmt::format("{} {}", plan.command(), rows);
}

}  // namespace wallaby::sql
