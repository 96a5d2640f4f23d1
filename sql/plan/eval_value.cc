// The kinds of expressions that build a new value.

#include <array>

#include "sql/plan/eval_parts.h"
#include "sql/types/compare.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

constexpr size_t kFewArguments = 3;

/// Byte length of the first `characters` of UTF-8 text.
size_t prefix_bytes(std::string_view text, int32_t characters) {
  size_t at = 0;
  while (at < text.size()) {
    if ((text[at] & '\xC0') != '\x80' && characters-- == 0) return at;
    ++at;
  }
  return at;
}

SqlResult<Value> call_with(const Bound& expr, const Frame& frame, std::span<Value> arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    Value& into = arguments[i];
    auto value = refer(*expr.args[i], frame, into);
    if (!value) return std::unexpected(value.error());
    if (*value != &into) into = **value;
    if (expr.function->strict && into.is_null()) return Value();
  }
  return expr.function->evaluate(arguments, *frame.eval);
}

/// numeric(p, s): rounded to s digits after the point, refused with more than p in all.
SqlResult<Value> fit_numeric(const Type& type, const Numeric& value) {
  if (value.is_nan) return Value(value);
  int32_t precision = (type.modifier - 4) >> 16, scale = (type.modifier - 4) & 0xFFFF;
  auto rounded = round_to(value, scale);
  if (!rounded) return std::unexpected(rounded.error());
  Numeric::Digits limit = 1;
  for (int32_t i = 0; i < precision && i < 38; ++i) limit *= 10;
  if (rounded->digits >= limit || rounded->digits <= -limit) {
    return sql_error("22003", "numeric field overflow")
        .detail("A field with precision {}, scale {} must round to an absolute value less than {}{}.",
                precision, scale, precision == scale ? "1" : "10^",
                precision == scale ? "" : std::to_string(precision - scale));
  }
  return Value(*rounded);
}

bool foldable(const Bound& expr) {
  switch (expr.kind) {
    case BoundKind::kCall:
      if (expr.function->volatility != Volatility::kImmutable) return false;
      break;
    case BoundKind::kAnyAll:
      if (expr.function && expr.function->volatility != Volatility::kImmutable) return false;
      break;
    case BoundKind::kCast:
      // Text and timestamps: what they say may depend on a session's settings, but ours are fixed (ISO, UTC).
      break;
    case BoundKind::kCompare:
    case BoundKind::kFit:
    case BoundKind::kNot:
    case BoundKind::kIsNull:
    case BoundKind::kIsTrue:
    case BoundKind::kIsFalse:
    case BoundKind::kDistinct:
    case BoundKind::kInList:
    case BoundKind::kArray: break;
    default: return false;
  }
  for (const BoundPtr& arg : expr.args) {
    if (!is_constant(*arg) || arg->type.id == TypeId::kUnknown) return false;
  }
  return true;
}

}  // namespace

SqlResult<Value> evaluate_call(const Bound& expr, const Frame& frame) {
  if (expr.args.size() <= kFewArguments) {
    std::array<Value, kFewArguments> few;
    return call_with(expr, frame, std::span(few).first(expr.args.size()));
  }
  std::vector<Value> many(expr.args.size());
  return call_with(expr, frame, many);
}

SqlResult<Value> evaluate_cast(const Bound& expr, const Frame& frame) {
  Value scratch;
  auto value = refer(*expr.args[0], frame, scratch);
  if (!value) return std::unexpected(value.error());
  if ((*value)->is_null()) return Value();
  switch (expr.cast_method) {
    case CastMethod::kRelabel: return **value;
    case CastMethod::kFunction: return expr.cast->evaluate(std::span(*value, 1), *frame.eval);
    case CastMethod::kParse: return parse_value({expr.type.id, -1}, (*value)->text());
    case CastMethod::kPrint: return Value(print_value(expr.args[0]->type.id, **value));
  }
  return Value();
}

SqlResult<Value> evaluate_fit(const Bound& expr, const Frame& frame) {
  auto value = evaluate(*expr.args[0], frame);
  if (!value || value->is_null()) return value;
  if (expr.type.id == TypeId::kNumeric) return fit_numeric(expr.type, value->numeric());
  if (!expr.explicit_fit) return fit_to(expr.type, std::move(*value));
  const std::string& text = value->text();
  size_t bytes = prefix_bytes(text, expr.type.modifier - 4);
  if (bytes < text.size()) return Value(text.substr(0, bytes));
  return value;
}

SqlResult<Value> evaluate_array(const Bound& expr, const Frame& frame) {
  auto out = std::make_shared<std::vector<Value>>();
  out->reserve(expr.args.size());
  for (const BoundPtr& arg : expr.args) {
    auto value = evaluate(*arg, frame);
    if (!value) return value;
    out->push_back(std::move(*value));
  }
  return Value(Array(std::move(out)));
}

SqlResult<Value> evaluate_extreme(const Bound& expr, const Frame& frame) {
  Value best;
  for (const BoundPtr& arg : expr.args) {
    auto value = evaluate(*arg, frame);
    if (!value) return value;
    if (value->is_null()) continue;
    if (best.is_null()) {
      best = std::move(*value);
      continue;
    }
    auto order = compare(expr.type.id, *value, best);
    if (expr.kind == BoundKind::kGreatest ? order > 0 : order < 0) best = std::move(*value);
  }
  return best;
}

BoundPtr fold(BoundPtr expr) {
  if (!foldable(*expr)) return expr;
  EvalContext context;
  Frame frame;
  frame.eval = &context;
  auto value = evaluate(*expr, frame);
  if (!value) return expr;
  return make_constant(expr->type, std::move(*value), expr->location);
}

}  // namespace wallaby::sql
