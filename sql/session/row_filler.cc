#include "sql/session/row_filler.h"

#include <algorithm>

#include "sql/parser/parser.h"
#include "sql/plan/binder.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

/// The default's expression, as a value of its column.
SqlResult<BoundPtr> bind_default(Conversation& session, const Column& column) {
  auto parsed = parse_expression(column.default_text);
  if (!parsed) return std::unexpected(parsed.error());
  const auto& select = std::get<ast::Select>((*parsed)->node);
  PlanContext context{.catalog = session.view_catalog(), .views = &session.views()};
  Binder binder(context, **parsed);
  Scope nothing;
  auto bound = binder.bind(*select.targets[0].expr, nothing, {"DEFAULT"});
  if (!bound) return bound;
  return binder.assign(std::move(*bound), column);
}

SqlError null_violation(const Table& table, const Column& column, const Row& row) {
  SqlError error =
      sql_error("23502", "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                column.name, table.name);
  ErrorFields& fields = error.change();
  fields.detail = "Failing row contains (";
  for (size_t i = 0; i < row.size(); ++i) {
    if (i > 0) fields.detail += ", ";
    fields.detail += row[i].is_null() ? "null" : print_value(table.columns[i].type.id, row[i]);
  }
  fields.detail += ").";
  fields.schema = "public";
  fields.table = table.name;
  fields.column = column.name;
  return error;
}

}  // namespace

SqlResult<RowFiller> RowFiller::make(Conversation& session, std::shared_ptr<const Table> table,
                                     const std::vector<std::string>& columns) {
  RowFiller filler;
  filler.session_ = &session;
  for (const std::string& name : columns) {
    auto column = table->find(name);
    if (!column)
      return sql_error("42703", "column \"{}\" of relation \"{}\" does not exist", name, table->name);
    if (std::ranges::find(filler.columns_, *column) != filler.columns_.end())
      return sql_error("42701", "column \"{}\" specified more than once", name);
    filler.columns_.push_back(*column);
  }
  auto count = static_cast<uint16_t>(table->columns.size());
  for (uint16_t i = 0; i < count; ++i) {
    const Column& column = table->columns[i];
    if (column.not_null || std::ranges::find(table->primary_key, i) != table->primary_key.end())
      filler.not_null_.push_back(i);
    if (columns.empty()) {
      filler.columns_.push_back(i);
      continue;
    }
    if (std::ranges::find(filler.columns_, i) != filler.columns_.end()) continue;
    Default made{.column = i, .value = nullptr, .sequence = column.sequence};
    if (column.sequence.empty() && !column.default_text.empty()) {
      auto bound = bind_default(session, column);
      if (!bound) return std::unexpected(bound.error());
      made.value = std::move(*bound);
    }
    filler.defaults_.push_back(std::move(made));
  }
  filler.row_.resize(count);
  filler.table_ = std::move(table);
  return filler;
}

SqlResult<const Row*> RowFiller::fill(const std::vector<CopyReader::Field>& fields, ExecContext& context,
                                      const Column*& column) {
  column = nullptr;
  if (fields.size() > columns_.size()) return sql_error("22P04", "extra data after last expected column");
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& wanted = table_->columns[columns_[i]];
    if (i >= fields.size()) {
      column = nullptr;  // the line is at fault, not the field before
      return sql_error("22P04", "missing data for column \"{}\"", wanted.name);
    }
    if (fields[i].null) {
      row_[columns_[i]] = Value();
      continue;
    }
    column = &wanted;
    auto value = parse_value(wanted.type, fields[i].text);
    if (!value) return std::unexpected(value.error());
    row_[columns_[i]] = std::move(*value);
  }
  column = nullptr;
  for (const Default& each : defaults_) {
    SqlResult<Value> value;
    if (each.value) {
      value = evaluate(*each.value, Frame({}, context));
    } else if (!each.sequence.empty()) {
      auto number = session_->nextval(each.sequence);
      if (!number) return std::unexpected(number.error());
      value = Value(*number);
    }
    if (!value) return std::unexpected(value.error());
    row_[each.column] = std::move(*value);
  }
  for (uint16_t i : not_null_)
    if (row_[i].is_null()) return std::unexpected(null_violation(*table_, table_->columns[i], row_));
  return &row_;
}

}  // namespace wallaby::sql
