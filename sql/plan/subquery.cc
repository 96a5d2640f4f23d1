#include "sql/plan/subquery.h"

#include <utility>

#include "sql/plan/eval_parts.h"
#include "sql/types/compare.h"

namespace wallaby::sql {

size_t ValueHash::operator()(const Value& value) const {
  return hash(type, value);
}
bool ValueEqual::operator()(const Value& a, const Value& b) const {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  return compare(type, a, b) == std::strong_ordering::equal;
}

void SubqueryRun::begin(Row arguments) {
  run_.reset();
  arguments_ = std::move(arguments);
  done_ = has_null_ = false;
  rows_ = 0;
  values_.clear();
  set_.reset();
  error_.reset();
  memory_.clear();
}

/// Takes the row that was read; false when no more are needed.
SqlResult<bool> SubqueryRun::take(ExecContext& exec) {
  ++rows_;
  if (plan_.kind == ast::SubqueryKind::kExists) return false;
  if (plan_.kind == ast::SubqueryKind::kScalar && rows_ > 1) {
    return sql_error("21000", "more than one row returned by a subquery used as an expression");
  }
  auto value = evaluate(*plan_.value, Frame(row_, exec, &state_, arguments_));
  if (!value) return std::unexpected(value.error());
  if (plan_.hashed) {
    if (value->is_null()) {
      has_null_ = true;
      return true;
    }
    if (!set_) set_.emplace(16, ValueHash{plan_.compare_type}, ValueEqual{plan_.compare_type});
    size_t bytes =
        sizeof(Value) * 2 + (std::holds_alternative<std::string>(value->data) ? value->text().size() : 0);
    if (!set_->insert(std::move(*value)).second) return true;
    if (auto held = memory_.add(bytes); !held) return std::unexpected(held.error());
    return true;
  }
  Row one = {std::move(*value)};
  if (auto held = memory_.add(one); !held) return std::unexpected(held.error());
  values_.push_back(std::move(one[0]));
  return true;
}

Step SubqueryRun::step(ExecContext& exec) {
  if (!run_) run_ = plan_.node->open(RunContext{exec, state_, arguments_});
  auto finish = [&] {
    done_ = true;
    run_.reset();
    return Step::kEnd;
  };
  for (;;) {
    auto step = run_->next(row_);
    if (!step) {
      error_ = step.error();
      return finish();
    }
    if (*step == Step::kRest) return Step::kRest;
    if (*step == Step::kEnd) return finish();
    auto more = take(exec);
    if (!more) error_ = more.error();
    if (!more || !*more) return finish();
  }
}

SqlResult<Value> SubqueryRun::any_all(const Bound& expr, const Value& left, const Frame& frame) const {
  if (plan_.hashed) {
    if (rows_ == 0) return Value(false);
    if (left.is_null()) return Value();
    if (set_ && set_->contains(left)) return Value(true);
    return has_null_ ? Value() : Value(false);
  }
  bool decides = !expr.all, unknown = false;
  for (const Value& value : values_) {
    auto truth = apply_operator(expr, left, value, frame);
    if (!truth) return std::unexpected(truth.error());
    if (*truth == Truth::kNull) unknown = true;
    if (*truth == (decides ? Truth::kTrue : Truth::kFalse)) return Value(decides);
  }
  return unknown ? Value() : Value(!decides);
}

SqlResult<Value> SubqueryRun::answer(const Bound& expr, const Value& left, const Frame& frame) {
  if (error_) return std::unexpected(*error_);
  switch (plan_.kind) {
    case ast::SubqueryKind::kExists: return Value(rows_ > 0);
    case ast::SubqueryKind::kScalar: return values_.empty() ? Value() : values_[0];
    case ast::SubqueryKind::kArray: return Value(Array(std::make_shared<const std::vector<Value>>(values_)));
    case ast::SubqueryKind::kAny:
    case ast::SubqueryKind::kAll: return any_all(expr, left, frame);
  }
  return Value();
}

SqlResult<Value> evaluate_subquery(const Bound& expr, const Frame& frame) {
  const SubqueryPlan& plan = *expr.subquery;
  size_t first = plan.has_left ? 1 : 0;
  Value left;
  Row arguments;
  for (size_t i = 0; i < expr.args.size(); ++i) {
    auto value = evaluate(*expr.args[i], frame);
    if (!value) return value;
    if (i < first)
      left = std::move(*value);
    else
      arguments.push_back(std::move(*value));
  }
  std::optional<QueryState> own;
  QueryState& state = frame.state ? *frame.state : own.emplace();
  SubqueryRun& run = state.subquery(plan);
  if (plan.correlated || !run.done()) {
    if (plan.correlated) run.begin(std::move(arguments));
    // In one piece: the row that asks cannot rest, nor wait, in the middle of an expression. What it costs is taken from the budget afterwards.
    int64_t budget = std::exchange(frame.exec->budget, INT64_MAX);
    Waits* waits = std::exchange(frame.exec->waits, nullptr);
    while (run.step(*frame.exec) == Step::kRest) {
    }
    frame.exec->waits = waits;
    frame.exec->budget = budget - (INT64_MAX - frame.exec->budget);
  }
  return run.answer(expr, left, frame);
}

}  // namespace wallaby::sql
