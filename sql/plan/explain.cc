#include "sql/plan/explain.h"

#include <utility>

#include <fmt/format.h>

#include "sql/plan/row_node.h"

namespace wallaby::sql {
namespace {

class LinesExecution : public Execution {
 public:
  explicit LinesExecution(std::vector<std::string> lines) : lines_(std::move(lines)) {}

  SqlResult<Step> next(Row& row) override {
    if (next_ == lines_.size()) return Step::kEnd;
    row.clear();
    row.emplace_back(lines_[next_++]);
    return Step::kRow;
  }

 private:
  std::vector<std::string> lines_;
  size_t next_ = 0;
};

class ExplainPlan : public Plan {
 public:
  explicit ExplainPlan(PlanPtr plan) : plan_(std::move(plan)) {
    ResultColumn column;
    column.name = "QUERY PLAN";
    column.type = {TypeId::kText};
    columns_.push_back(std::move(column));
    parameters_ = plan_->parameters();
    command_ = "EXPLAIN";
    counts_ = false;
  }

  std::unique_ptr<Execution> start(ExecContext&) const override {
    return std::make_unique<LinesExecution>(plan_->explain());
  }
  std::vector<std::string> explain() const override { return plan_->explain(); }

 private:
  PlanPtr plan_;
};

}  // namespace

void ExplainText::node(int depth, std::string_view text) {
  std::string line = depth == 0 ? "" : std::string(static_cast<size_t>(6 * depth - 4), ' ') + "->  ";
  lines_.push_back(line.append(text));
}

void ExplainText::property(int depth, std::string_view name, const BoundPtr& condition) {
  if (condition) property(depth, name, print(*condition, qualified_));
}

void ExplainText::property(int depth, std::string_view name, std::string_view text) {
  lines_.push_back(fmt::format("{}{}: {}", std::string(static_cast<size_t>(6 * depth + 2), ' '), name, text));
}

SqlResult<PlanPtr> plan_explain(const ast::Explain& explain, const PlanContext& context) {
  if (explain.analyze) {
    return not_supported("EXPLAIN ANALYZE",
                         "EXPLAIN shows the plan; psql's \\timing shows how long a statement takes.");
  }
  if (explain.verbose) return not_supported("EXPLAIN VERBOSE");
  if (!explain.format.empty() && explain.format != "text")
    return not_supported("EXPLAIN in another format than TEXT");
  auto plan = make_plan(explain.statement, context);
  if (!plan) return plan;
  return std::make_shared<const ExplainPlan>(*plan);
}

}  // namespace wallaby::sql
