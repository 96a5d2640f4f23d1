#include "sql/plan/change_parts.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "sql/parser/parser.h"
#include "sql/plan/query_plan.h"
#include "sql/types/system_functions.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

std::string_view preposition(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kInsert: return "insert into";
    case ChangeKind::kUpdate: return "update";
    case ChangeKind::kDelete: return "delete from";
  }
  return {};
}

SqlResult<int64_t> next_number(const std::string& sequence, ExecContext& exec) {
  // Through the session, which also remembers the number for currval().
  if (exec.eval.system) return exec.eval.system->nextval(sequence);
  const Sequence* found = exec.catalog->find_sequence(sequence);
  if (!found) return sql_error("42P01", "relation \"{}\" does not exist", sequence);
  if (exec.used_sequences) exec.used_sequences->insert(sequence);
  return exec.sequences->next(*found, exec.source);
}

/// "(1, null)": values longer than 64 bytes are cut off, at a character.
std::string failing_row(const Table& table, const Row& row) {
  constexpr size_t kShown = 64;
  std::string text = "(";
  for (size_t i = 0; i < row.size(); ++i) {
    if (i > 0) text += ", ";
    std::string value = row[i].is_null() ? "null" : print_value(table.columns[i].type.id, row[i]);
    if (value.size() > kShown) {
      size_t end = kShown;
      while (end > 0 && (value[end] & '\xC0') == '\x80') --end;
      value.resize(end);
      value += "...";
    }
    text += value;
  }
  return text + ")";
}

SqlError identity_update(const Column& column) {
  return sql_error("428C9", "column \"{}\" can only be updated to DEFAULT", column.name)
      .detail("Column \"{}\" is an identity column defined as GENERATED ALWAYS.", column.name);
}

TableWriter writer_for(const Table& table, ExecContext& exec) {
  WALLABY_CHECK(exec.source.transaction(), "table '{}' is changed without a transaction", table.name);
  WALLABY_CHECK(exec.numbers, "table '{}' is changed without row numbers", table.name);
  return TableWriter(table, *exec.source.transaction(), *exec.numbers);
}

}  // namespace

SqlResult<std::shared_ptr<const Table>> find_changed_table(const Binder& binder, const ast::RangeVar& name,
                                                           ChangeKind kind) {
  int position = binder.position(name.location);
  const Catalog& catalog = *binder.context().catalog;
  bool here = name.schema.empty() || name.schema == "public";
  if (here)
    if (auto table = catalog.find_table(name.name)) return table;
  const VirtualTables* views = binder.context().views;
  if (views && views->find(name.schema, name.name))
    return sql_error("55000", "cannot {} view \"{}\"", preposition(kind), name.name)
        .detail("It is made when it is read.");
  if (here && catalog.find_sequence(name.name))
    return sql_error("42809", "cannot change sequence \"{}\"", name.name);
  if (here && catalog.has_relation(name.name))
    return sql_error("42809", "cannot open relation \"{}\"", name.name)
        .detail("This operation is not supported for indexes.")
        .at(position);
  std::string shown = name.schema.empty() ? name.name : name.schema + "." + name.name;
  return sql_error("42P01", "relation \"{}\" does not exist", shown).at(position);
}

SqlResult<uint16_t> find_changed_column(const Binder& binder, const Table& table, const std::string& name,
                                        int location) {
  if (auto column = table.find(name)) return *column;
  return sql_error("42703", "column \"{}\" of relation \"{}\" does not exist", name, table.name)
      .at(binder.position(location));
}

SqlResult<ColumnFill> default_fill(const PlanContext& context, const Column& column) {
  if (!column.sequence.empty()) return ColumnFill{column.sequence, nullptr};
  if (column.default_text.empty()) return ColumnFill{{}, make_null(column.type)};
  auto statement = parse_expression(column.default_text);
  if (!statement) return std::unexpected(statement.error());
  Binder binder(context, **statement);
  Scope nothing;
  const auto& select = std::get<ast::Select>((*statement)->node);
  auto bound = binder.bind(*select.targets.front().expr, nothing, {"DEFAULT expressions"});
  if (bound) bound = binder.assign(std::move(*bound), column);
  if (!bound) return std::unexpected(bound.error());
  return ColumnFill{{}, std::move(*bound)};
}

SqlResult<Value> evaluate_fill(const ColumnFill& fill, const Frame& frame, ExecContext& exec) {
  if (fill.sequence.empty()) return evaluate(*fill.expr, frame);
  auto number = next_number(fill.sequence, exec);
  if (!number) return std::unexpected(number.error());
  return Value(*number);
}

SqlResult<std::vector<ColumnAssignment>> bind_assignments(Binder& binder, const Table& table, Scope& scope,
                                                          const std::vector<ast::Assignment>& assignments) {
  std::vector<ColumnAssignment> bound;
  for (const ast::Assignment& assignment : assignments) {
    auto column = find_changed_column(binder, table, assignment.column, assignment.location);
    if (!column) return std::unexpected(column.error());
    if (std::ranges::find(bound, *column, &ColumnAssignment::column) != bound.end())
      return sql_error("42601", "multiple assignments to same column \"{}\"", assignment.column);
    auto value = binder.bind(*assignment.value, scope, {.name = "UPDATE", .default_allowed = true});
    if (value) value = binder.assign(std::move(*value), table.columns[*column]);
    if (!value) return std::unexpected(value.error());
    ColumnAssignment one{*column, {{}, std::move(*value)}};
    if (one.fill.expr->kind == BoundKind::kDefault) {
      auto fill = default_fill(binder.context(), table.columns[*column]);
      if (!fill) return std::unexpected(fill.error());
      one.fill = std::move(*fill);
    } else if (table.columns[*column].identity == IdentityKind::kAlways) {
      return std::unexpected(identity_update(table.columns[*column]));
    }
    bound.push_back(std::move(one));
  }
  return bound;
}

SqlResult<Row> assign(const std::vector<ColumnAssignment>& assignments, const Row& old_row,
                      const Frame& frame, ExecContext& exec) {
  Row row = old_row;
  for (const ColumnAssignment& assignment : assignments) {
    auto value = evaluate_fill(assignment.fill, frame, exec);
    if (!value) return std::unexpected(value.error());
    row[assignment.column] = std::move(*value);
  }
  return row;
}

SqlResult<void> check_not_null(const Table& table, const Row& row) {
  for (size_t i = 0; i < row.size(); ++i) {
    const Column& column = table.columns[i];
    if (!column.not_null || !row[i].is_null()) continue;
    SqlError error =
        sql_error("23502", "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                  column.name, table.name);
    ErrorFields& fields = error.change();
    fields.detail = fmt::format("Failing row contains {}.", failing_row(table, row));
    fields.schema = "public";
    fields.table = table.name;
    fields.column = column.name;
    return std::unexpected(error);
  }
  return {};
}

SqlResult<Returning> bind_returning(Binder& binder, Scope& scope, const std::vector<ast::Target>& targets,
                                    std::vector<ResultColumn>& columns) {
  Returning returning;
  if (targets.empty()) return returning;
  auto bound = bind_targets(binder, targets, scope, {"RETURNING"});
  if (!bound) return std::unexpected(bound.error());
  for (BoundTarget& target : *bound) {
    columns.push_back(result_column(target));
    returning.exprs.push_back(std::move(target.expr));
  }
  return returning;
}

ChangeExecution::ChangeExecution(const Table& table, const Returning& returning, ExecContext& exec)
    : exec_(exec), writer_(writer_for(table, exec)), returning_(returning), memory_(state_) {}

SqlResult<void> ChangeExecution::done(const Row& row) {
  ++affected_;
  if (!returning_.given()) return {};
  Row given;
  given.reserve(returning_.exprs.size());
  for (const BoundPtr& expr : returning_.exprs) {
    auto value = evaluate(*expr, frame(row));
    if (!value) return std::unexpected(value.error());
    given.push_back(std::move(*value));
  }
  if (auto held = memory_.add(given); !held) return held;
  returned_.push_back(std::move(given));
  return {};
}

SqlResult<Step> ChangeExecution::next(Row& row) {
  if (!changed_) {
    exec_.budget = INT64_MAX;
    if (auto result = change(); !result) return std::unexpected(result.error());
    changed_ = true;
  }
  if (next_returned_ == returned_.size()) return Step::kEnd;
  row = std::move(returned_[next_returned_++]);
  return Step::kRow;
}

}  // namespace wallaby::sql
