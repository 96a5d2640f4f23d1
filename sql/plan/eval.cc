// Computing a bound expression: one switch. The kinds that a WHERE is mostly made of come first in test(), and look at
// values where they lie instead of copying them.

#include <array>
#include <optional>

#include "base/check.h"
#include "sql/plan/bound.h"
#include "sql/plan/eval_parts.h"
#include "sql/types/compare.h"

namespace wallaby::sql {
namespace {

const Value kNullValue;

Value value_of(Truth truth) {
  return truth == Truth::kNull ? Value() : Value(truth == Truth::kTrue);
}
Truth truth_of(const Value& value) {
  return value.is_null() ? Truth::kNull : value.boolean() ? Truth::kTrue : Truth::kFalse;
}
Truth truth_of(bool value) {
  return value ? Truth::kTrue : Truth::kFalse;
}
Truth opposite(Truth truth) {
  return truth == Truth::kNull ? Truth::kNull : truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
}

/// AND and OR: `decides` is the value that makes the others unimportant.
SqlResult<Truth> test_all(const Bound& expr, const Frame& frame, Truth decides) {
  Truth out = opposite(decides);
  for (const BoundPtr& arg : expr.args) {
    auto truth = test(*arg, frame);
    if (!truth) return truth;
    if (*truth == decides) return decides;
    if (*truth == Truth::kNull) out = Truth::kNull;
  }
  return out;
}

SqlResult<Truth> test_distinct(const Bound& expr, const Frame& frame) {
  Value a_scratch, b_scratch;
  auto a = refer(*expr.args[0], frame, a_scratch);
  if (!a) return std::unexpected(a.error());
  auto b = refer(*expr.args[1], frame, b_scratch);
  if (!b) return std::unexpected(b.error());
  bool distinct = (*a)->is_null() || (*b)->is_null()
                      ? (*a)->is_null() != (*b)->is_null()
                      : compare(expr.compare_type, **a, **b) != std::strong_ordering::equal;
  return truth_of(distinct != expr.negated);
}

SqlResult<Truth> test_in_list(const Bound& expr, const Frame& frame) {
  Value scratch, element_scratch;
  auto value = refer(*expr.args[0], frame, scratch);
  if (!value) return std::unexpected(value.error());
  if ((*value)->is_null()) return Truth::kNull;
  Truth out = Truth::kFalse;
  for (size_t i = 1; i < expr.args.size(); ++i) {
    auto element = refer(*expr.args[i], frame, element_scratch);
    if (!element) return std::unexpected(element.error());
    Truth equal = compare_values(CompareOp::kEqual, expr.compare_type, **value, **element);
    if (equal == Truth::kTrue) return equal;
    if (equal == Truth::kNull) out = Truth::kNull;
  }
  return out;
}

SqlResult<Truth> test_any_all(const Bound& expr, const Frame& frame) {
  Value scratch, array_scratch;
  auto value = refer(*expr.args[0], frame, scratch);
  if (!value) return std::unexpected(value.error());
  auto array = refer(*expr.args[1], frame, array_scratch);
  if (!array) return std::unexpected(array.error());
  if ((*array)->is_null()) return Truth::kNull;
  Truth decides = expr.all ? Truth::kFalse : Truth::kTrue;
  Truth out = opposite(decides);
  for (const Value& element : *(*array)->array()) {
    auto truth = apply_operator(expr, **value, element, frame);
    if (!truth) return truth;
    if (*truth == decides) return decides;
    if (*truth == Truth::kNull) out = Truth::kNull;
  }
  return out;
}

}  // namespace

Truth compare_values(CompareOp op, TypeId type, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return Truth::kNull;
  const auto* x = std::get_if<int64_t>(&a.data);
  const auto* y = std::get_if<int64_t>(&b.data);
  std::strong_ordering order = x && y ? *x <=> *y : compare(type, a, b);
  switch (op) {
    case CompareOp::kEqual: return truth_of(order == 0);
    case CompareOp::kNotEqual: return truth_of(order != 0);
    case CompareOp::kLess: return truth_of(order < 0);
    case CompareOp::kLessEqual: return truth_of(order <= 0);
    case CompareOp::kGreater: return truth_of(order > 0);
    case CompareOp::kGreaterEqual: return truth_of(order >= 0);
  }
  return Truth::kNull;
}

SqlResult<Truth> apply_operator(const Bound& expr, const Value& left, const Value& right,
                                const Frame& frame) {
  if (!expr.function) return compare_values(expr.compare, expr.compare_type, left, right);
  if (expr.function->strict && (left.is_null() || right.is_null())) return Truth::kNull;
  const std::array<Value, 2> arguments = {left, right};
  auto out = expr.function->evaluate(std::span<const Value>(arguments), *frame.eval);
  if (!out) return std::unexpected(out.error());
  return truth_of(*out);
}

SqlResult<Truth> test(const Bound& expr, const Frame& frame) {
  switch (expr.kind) {
    case BoundKind::kCompare: {
      Value a_scratch, b_scratch;
      auto a = refer(*expr.args[0], frame, a_scratch);
      if (!a) return std::unexpected(a.error());
      auto b = refer(*expr.args[1], frame, b_scratch);
      if (!b) return std::unexpected(b.error());
      return compare_values(expr.compare, expr.compare_type, **a, **b);
    }
    case BoundKind::kAnd: return test_all(expr, frame, Truth::kFalse);
    case BoundKind::kOr: return test_all(expr, frame, Truth::kTrue);
    case BoundKind::kNot: {
      auto truth = test(*expr.args[0], frame);
      return truth ? opposite(*truth) : truth;
    }
    case BoundKind::kIsNull: {
      Value scratch;
      auto value = refer(*expr.args[0], frame, scratch);
      if (!value) return std::unexpected(value.error());
      return truth_of((*value)->is_null() != expr.negated);
    }
    case BoundKind::kIsTrue:
    case BoundKind::kIsFalse: {
      auto truth = test(*expr.args[0], frame);
      if (!truth) return truth;
      bool hit = *truth == (expr.kind == BoundKind::kIsTrue ? Truth::kTrue : Truth::kFalse);
      return truth_of(hit != expr.negated);
    }
    case BoundKind::kDistinct: return test_distinct(expr, frame);
    case BoundKind::kInList: return test_in_list(expr, frame);
    case BoundKind::kAnyAll: return test_any_all(expr, frame);
    default: break;
  }
  Value scratch;
  auto value = refer(expr, frame, scratch);
  if (!value) return std::unexpected(value.error());
  return truth_of(**value);
}

SqlResult<const Value*> refer(const Bound& expr, const Frame& frame, Value& scratch) {
  auto keep = [&](SqlResult<Value> value) -> SqlResult<const Value*> {
    if (!value) return std::unexpected(std::move(value.error()));
    scratch = std::move(*value);
    return &scratch;
  };
  switch (expr.kind) {
    case BoundKind::kConstant: return &expr.value;
    case BoundKind::kColumn: return &frame.row[static_cast<size_t>(expr.index)];
    case BoundKind::kParameter: return &frame.parameters[static_cast<size_t>(expr.index - 1)];
    case BoundKind::kArgument: return &frame.arguments[static_cast<size_t>(expr.index)];
    case BoundKind::kCast:
      if (expr.cast_method == CastMethod::kRelabel) return refer(*expr.args[0], frame, scratch);
      return keep(evaluate_cast(expr, frame));
    case BoundKind::kCall: return keep(evaluate_call(expr, frame));
    case BoundKind::kFit: return keep(evaluate_fit(expr, frame));
    case BoundKind::kArray: return keep(evaluate_array(expr, frame));
    case BoundKind::kGreatest:
    case BoundKind::kLeast: return keep(evaluate_extreme(expr, frame));
    case BoundKind::kSubquery: return keep(evaluate_subquery(expr, frame));
    case BoundKind::kCoalesce:
      for (const BoundPtr& arg : expr.args) {
        auto value = refer(*arg, frame, scratch);
        if (!value || !(*value)->is_null()) return value;
      }
      return &kNullValue;
    case BoundKind::kNullIf: {
      auto equal = test(*expr.args[1], frame);
      if (!equal) return std::unexpected(equal.error());
      if (*equal == Truth::kTrue) return &kNullValue;
      return refer(*expr.args[0], frame, scratch);
    }
    case BoundKind::kCase: {
      size_t i = 0;
      for (; i + 1 < expr.args.size(); i += 2) {
        auto truth = test(*expr.args[i], frame);
        if (!truth) return std::unexpected(truth.error());
        if (*truth == Truth::kTrue) return refer(*expr.args[i + 1], frame, scratch);
      }
      return refer(*expr.args[i], frame, scratch);
    }
    case BoundKind::kAggregate:
    case BoundKind::kDefault: WALLABY_CHECK(false, "an expression is run before it is planned"); break;
    default: break;
  }
  auto truth = test(expr, frame);
  if (!truth) return std::unexpected(truth.error());
  scratch = value_of(*truth);
  return &scratch;
}

SqlResult<Value> evaluate(const Bound& expr, const Frame& frame) {
  Value scratch;
  auto value = refer(expr, frame, scratch);
  if (!value) return std::unexpected(std::move(value.error()));
  if (*value == &scratch) return scratch;
  return **value;
}

SqlResult<bool> passes(const BoundPtr& condition, const Frame& frame) {
  if (!condition) return true;
  auto truth = test(*condition, frame);
  if (!truth) return std::unexpected(truth.error());
  return *truth == Truth::kTrue;
}

}  // namespace wallaby::sql
