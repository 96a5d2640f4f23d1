// INSERT: from a statement to a plan.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sql/plan/changes.h"
#include "sql/plan/insert_plan.h"

namespace wallaby::sql {
namespace {

class InsertPlanner {
 public:
  InsertPlanner(const ast::Insert& insert, Binder& binder, InsertPlan& plan)
      : insert_(insert), binder_(binder), plan_(plan) {}

  SqlResult<void> plan(std::vector<ResultColumn>& columns) {
    auto table = find_changed_table(binder_, insert_.table, ChangeKind::kInsert);
    if (!table) return std::unexpected(table.error());
    plan_.table = std::move(*table);
    if (auto found = find_targets(); !found) return found;
    if (auto sourced = plan_source(); !sourced) return sourced;
    if (insert_.on_conflict) {
      auto rule = bind_conflict(binder_, plan_.table, insert_.table, *insert_.on_conflict);
      if (!rule) return std::unexpected(rule.error());
      plan_.conflict = std::move(*rule);
    }
    Scope scope;
    if (auto added = scope.add(*plan_.table, insert_.table.alias); !added) return added;
    auto returning = bind_returning(binder_, scope, insert_.returning, columns);
    if (!returning) return std::unexpected(returning.error());
    plan_.returning = std::move(*returning);
    return {};
  }

 private:
  SqlResult<void> find_targets() {
    if (insert_.columns.empty())
      for (uint16_t i = 0; i < plan_.table->columns.size(); ++i) targets_.push_back(i);
    for (const ast::InsertColumn& column : insert_.columns) {
      auto found = find_changed_column(binder_, *plan_.table, column.name, column.location);
      if (!found) return std::unexpected(found.error());
      if (std::ranges::find(targets_, *found) != targets_.end())
        return sql_error("42701", "column \"{}\" specified more than once", column.name)
            .at(binder_.position(column.location));
      targets_.push_back(*found);
    }
    return {};
  }

  SqlResult<void> plan_source() {
    if (!insert_.source) {
      targets_.clear();
      return add_values({});
    }
    const ast::Select& source = *insert_.source;
    bool plain_values = !source.values.empty() && source.with.empty() && source.order_by.empty() &&
                        !source.limit && !source.offset;
    if (!plain_values) return plan_query_source(source);
    for (const auto& row : source.values) {
      if (row.size() != source.values.front().size())
        return sql_error("42601", "VALUES lists must all be the same length")
            .at(binder_.position(row.front()->location));
      if (auto added = add_values(row); !added) return added;
    }
    return {};
  }

  /// How many values there are against how many columns; `location` of the n-th value.
  SqlResult<void> check_count(size_t values, int first_extra) {
    if (values > targets_.size())
      return sql_error("42601", "INSERT has more expressions than target columns")
          .at(binder_.position(first_extra));
    if (values < targets_.size() && !insert_.columns.empty())
      return sql_error("42601", "INSERT has more target columns than expressions")
          .at(binder_.position(insert_.columns[values].location));
    return {};
  }

  SqlResult<void> add_values(const std::vector<ast::ExprPtr>& row) {
    bool too_many = row.size() > targets_.size();
    if (auto fits = check_count(row.size(), too_many ? row[targets_.size()]->location : -1); !fits)
      return fits;
    std::vector<ColumnFill> fills(plan_.table->columns.size());
    std::vector<bool> given(fills.size());
    for (size_t i = 0; i < row.size(); ++i) {
      const Column& column = plan_.table->columns[targets_[i]];
      Scope nothing;
      auto value = binder_.bind(*row[i], nothing, {.name = "VALUES", .default_allowed = true});
      if (value) value = binder_.assign(std::move(*value), column);
      if (!value) return std::unexpected(value.error());
      auto use = takes_value(column, (*value)->kind == BoundKind::kDefault);
      if (!use) return std::unexpected(use.error());
      if (!*use) continue;
      fills[targets_[i]].expr = std::move(*value);
      given[targets_[i]] = true;
    }
    if (auto filled = fill_defaults(fills, given); !filled) return filled;
    plan_.values.push_back(std::move(fills));
    return {};
  }

  /// False: the column's default is meant.
  SqlResult<bool> takes_value(const Column& column, bool is_default) const {
    if (is_default) return false;
    if (column.identity != IdentityKind::kNone && insert_.overriding == ast::Overriding::kUser) return false;
    if (column.identity == IdentityKind::kAlways && insert_.overriding != ast::Overriding::kSystem)
      return sql_error("428C9", "cannot insert a non-DEFAULT value into column \"{}\"", column.name)
          .detail("Column \"{}\" is an identity column defined as GENERATED ALWAYS.", column.name)
          .hint("Use OVERRIDING SYSTEM VALUE to override.");
    return true;
  }

  SqlResult<void> fill_defaults(std::vector<ColumnFill>& fills, const std::vector<bool>& given) {
    for (size_t i = 0; i < fills.size(); ++i) {
      if (given[i]) continue;
      // The same for every row of VALUES: bound once.
      auto known = defaults_.find(i);
      if (known == defaults_.end()) {
        auto fill = default_fill(binder_.context(), plan_.table->columns[i]);
        if (!fill) return std::unexpected(fill.error());
        known = defaults_.emplace(i, std::move(*fill)).first;
      }
      fills[i] = known->second;
    }
    return {};
  }

  SqlResult<void> plan_query_source(const ast::Select& source) {
    std::vector<Type> types;
    for (uint16_t target : targets_) types.push_back(plan_.table->columns[target].type);
    auto query = plan_query(binder_, source, {.target_types = types});
    if (!query) return std::unexpected(query.error());
    size_t count = query->columns.size();
    bool known = count > targets_.size() && source.targets.size() == count;
    if (auto fits = check_count(count, known ? source.targets[targets_.size()].expr->location : -1); !fits)
      return fits;
    plan_.fills.resize(plan_.table->columns.size());
    std::vector<bool> given(plan_.fills.size());
    for (size_t i = 0; i < count; ++i) {
      const Column& column = plan_.table->columns[targets_[i]];
      int location =
          i < source.targets.size() && source.targets[i].expr ? source.targets[i].expr->location : -1;
      auto value = binder_.assign(
          make_column(static_cast<int>(i), query->columns[i].type, query->columns[i].name, location), column);
      if (!value) return std::unexpected(value.error());
      auto use = takes_value(column, false);
      if (!use) return std::unexpected(use.error());
      if (!*use) continue;
      plan_.fills[targets_[i]].expr = std::move(*value);
      given[targets_[i]] = true;
    }
    plan_.source = query->node;
    return fill_defaults(plan_.fills, given);
  }

  const ast::Insert& insert_;
  Binder& binder_;
  InsertPlan& plan_;
  std::vector<uint16_t> targets_;
  std::map<size_t, ColumnFill> defaults_;
};

}  // namespace

SqlResult<PlanPtr> plan_insert(const ast::StatementPtr& statement, const PlanContext& context) {
  auto plan = std::make_shared<InsertPlan>();
  Binder binder(context, *statement);
  InsertPlanner planner(std::get<ast::Insert>(statement->node), binder, *plan);
  if (auto planned = planner.plan(plan->columns_); !planned) return std::unexpected(planned.error());
  auto parameters = binder.parameters();
  if (!parameters) return std::unexpected(parameters.error());
  plan->parameters_ = std::move(*parameters);
  plan->writes_ = true;
  plan->command_ = "INSERT";
  return plan;
}

}  // namespace wallaby::sql
