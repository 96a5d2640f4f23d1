#include "sql/views/catalog_queries.h"

#include <algorithm>
#include <utility>

#include "sql/types/type_io.h"
#include "sql/views/catalog_columns.h"
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

/// Answers when its first row is asked for: only then do the views know which statement reads them.
class CatalogExecution : public Execution {
 public:
  CatalogExecution(const ast::Select& query, const Plan& plan, ExecContext& context)
      : query_(query), plan_(plan), context_(context) {}

  SqlResult<Step> next(Row& row) override {
    if (!std::exchange(answered_, true)) answer_ = answer_catalog_query(query_, context_, parameters());
    if (at_ == answer_.rows.size()) return Step::kEnd;
    const std::vector<Cell>& cells = answer_.rows[at_++];
    row.clear();
    for (size_t i = 0; i < cells.size(); ++i) row.push_back(value_of(cells[i], plan_.columns()[i].type));
    return Step::kRow;
  }

 private:
  std::vector<Cell> parameters() const {
    std::vector<Cell> all;
    for (const Value& value : context_.parameters) {
      TypeId type = plan_.parameters()[all.size()];
      all.push_back(value.is_null() ? Cell() : Cell(print_value(type, value)));
    }
    return all;
  }
  /// Never an error: a text that its column's type cannot read is NULL.
  static Value value_of(const Cell& cell, const Type& type) {
    auto value = cell ? parse_value(type, *cell) : SqlResult<Value>(Value());
    return value ? std::move(*value) : Value();
  }

  const ast::Select& query_;
  const Plan& plan_;
  ExecContext& context_;
  CatalogAnswer answer_;
  bool answered_ = false;
  size_t at_ = 0;
};

class CatalogPlan : public Plan {
 public:
  CatalogPlan(ast::StatementPtr statement, const PlanContext& context) : statement_(std::move(statement)) {
    command_ = "SELECT";
    CatalogColumns columns(*context.views);
    for (const CatalogOutput& output : columns.of(query()))
      columns_.push_back({.name = output.name, .type = {output.type}});
    parameters_.assign(static_cast<size_t>(statement_->parameters), TypeId::kText);
    for (size_t at = 0; at < std::min(parameters_.size(), context.parameter_types.size()); ++at) {
      TypeId declared = context.parameter_types[at];
      if (declared != TypeId::kInvalid && declared != TypeId::kUnknown) parameters_[at] = declared;
    }
  }

  std::unique_ptr<Execution> start(ExecContext& context) const override {
    return std::make_unique<CatalogExecution>(query(), *this, context);
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
