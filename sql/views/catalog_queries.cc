#include "sql/views/catalog_queries.h"

#include <algorithm>
#include <utility>

#include "sql/types/system_functions.h"
#include "sql/types/type_io.h"
#include "sql/views/catalog_eval.h"

namespace wallaby::sql {

namespace {

bool is_catalog(const ast::RangeVar& table, const PlanContext& context) {
  if (table.schema == "pg_catalog" || table.schema == "information_schema") return true;
  return table.schema.empty() && table.name.starts_with("pg_") && !context.catalog->find_table(table.name);
}

bool reads_catalog(const ast::Select& query, const PlanContext& context);

bool reads_catalog(const ast::TableRef& table, const PlanContext& context) {
  if (const auto* range = std::get_if<ast::RangeVar>(&table.node)) return is_catalog(*range, context);
  if (const auto* derived = std::get_if<ast::DerivedTable>(&table.node))
    return reads_catalog(*derived->select, context);
  if (const auto* join = std::get_if<ast::Join>(&table.node))
    return reads_catalog(*join->left, context) || reads_catalog(*join->right, context);
  return false;
}

bool reads_catalog(const ast::Select& query, const PlanContext& context) {
  if (query.left && (reads_catalog(*query.left, context) || reads_catalog(*query.right, context)))
    return true;
  auto reads = [&](const ast::TableRefPtr& table) { return reads_catalog(*table, context); };
  auto with = [&](const ast::CommonTable& common) { return reads_catalog(*common.select, context); };
  return std::ranges::any_of(query.from, reads) || std::ranges::any_of(query.with, with);
}

class CatalogExecution : public Execution {
 public:
  explicit CatalogExecution(CatalogAnswer answer) : answer_(std::move(answer)) {}

  SqlResult<Step> next(Row& row) override {
    if (at_ == answer_.rows.size()) return Step::kEnd;
    row.clear();
    for (Cell& cell : answer_.rows[at_]) row.push_back(cell ? Value(std::move(*cell)) : Value());
    ++at_;
    return Step::kRow;
  }

 private:
  CatalogAnswer answer_;
  size_t at_ = 0;
};

class CatalogPlan : public Plan {
 public:
  CatalogPlan(ast::StatementPtr statement, const PlanContext& context) : statement_(std::move(statement)) {
    command_ = "SELECT";
    CatalogFacts facts{*context.catalog, "", ""};
    for (std::string& name : catalog_query_columns(query(), facts))
      columns_.push_back({.name = std::move(name), .type = {TypeId::kText}});
    parameters_.assign(static_cast<size_t>(statement_->parameters), TypeId::kText);
    for (size_t at = 0; at < std::min(parameters_.size(), context.parameter_types.size()); ++at) {
      TypeId declared = context.parameter_types[at];
      if (declared != TypeId::kInvalid && declared != TypeId::kUnknown) parameters_[at] = declared;
    }
  }

  std::unique_ptr<Execution> start(ExecContext& context) const override {
    std::vector<Cell> parameters;
    for (size_t at = 0; at < context.parameters.size(); ++at) {
      const Value& value = context.parameters[at];
      parameters.push_back(value.is_null() ? Cell() : Cell(print_value(parameters_[at], value)));
    }
    std::string user, database;
    if (context.eval.system) {
      user = context.eval.system->current_user();
      database = context.eval.system->current_database();
    }
    CatalogFacts facts{*context.catalog, user, database};
    return std::make_unique<CatalogExecution>(answer_catalog_query(query(), facts, parameters));
  }

  std::vector<std::string> explain() const override { return {"System Catalog Query"}; }

 private:
  const ast::Select& query() const { return std::get<ast::Select>(statement_->node); }

  ast::StatementPtr statement_;
};

}  // namespace

PlanPtr plan_catalog_query(const ast::StatementPtr& statement, const PlanContext& context) {
  const auto* query = std::get_if<ast::Select>(&statement->node);
  if (!query || !reads_catalog(*query, context)) return nullptr;
  return std::make_shared<CatalogPlan>(statement, context);
}

}  // namespace wallaby::sql
