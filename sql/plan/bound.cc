#include "sql/plan/bound.h"

#include <algorithm>

namespace wallaby::sql {

BoundPtr make_constant(Type type, Value value, int location) {
  auto out = std::make_shared<Bound>();
  out->type = type;
  out->value = std::move(value);
  out->location = location;
  return out;
}

BoundPtr make_null(Type type, int location) {
  return make_constant(type, Value(), location);
}

BoundPtr make_column(int index, Type type, std::string name, int location) {
  auto out = std::make_shared<Bound>();
  out->kind = BoundKind::kColumn;
  out->index = index;
  out->type = type;
  out->name = std::move(name);
  out->location = location;
  return out;
}

BoundPtr make_bound(BoundKind kind, TypeId type, std::vector<BoundPtr> args, int location) {
  auto out = std::make_shared<Bound>();
  out->kind = kind;
  out->type.id = type;
  out->location = location;
  // An expression begins where its leftmost part does; its own location may be that of an operator in the middle.
  for (const BoundPtr& arg : args) {
    if (arg->location >= 0 && (out->location < 0 || arg->location < out->location)) {
      out->location = arg->location;
    }
  }
  out->args = std::move(args);
  return out;
}

BoundPtr make_and(std::vector<BoundPtr> conditions) {
  if (conditions.empty()) return nullptr;
  if (conditions.size() == 1) return conditions.front();
  return make_bound(BoundKind::kAnd, TypeId::kBool, std::move(conditions));
}

void split_and(const BoundPtr& condition, std::vector<BoundPtr>& out) {
  if (!condition) return;
  if (condition->kind != BoundKind::kAnd) {
    out.push_back(condition);
    return;
  }
  for (const BoundPtr& part : condition->args) split_and(part, out);
}

bool is_constant(const Bound& expr) {
  return expr.kind == BoundKind::kConstant;
}

bool is_null_constant(const Bound& expr) {
  return is_constant(expr) && expr.value.is_null();
}

void walk(const Bound& expr, const std::function<bool(const Bound&)>& visit) {
  if (!visit(expr)) return;
  for (const BoundPtr& arg : expr.args) walk(*arg, visit);
}

BoundPtr rewrite(const BoundPtr& expr, const std::function<BoundPtr(const BoundPtr&)>& replace) {
  if (BoundPtr other = replace(expr)) return other;
  if (expr->args.empty()) return expr;
  std::vector<BoundPtr> args;
  args.reserve(expr->args.size());
  for (const BoundPtr& arg : expr->args) args.push_back(rewrite(arg, replace));
  if (args == expr->args) return expr;
  auto copy = std::make_shared<Bound>(*expr);
  copy->args = std::move(args);
  return copy;
}

bool same(const Bound& a, const Bound& b) {
  if (&a == &b) return true;
  return a.kind == b.kind && a.compare == b.compare && a.cast_method == b.cast_method &&
         a.negated == b.negated && a.all == b.all && a.explicit_fit == b.explicit_fit && a.type == b.type &&
         a.compare_type == b.compare_type && a.index == b.index && a.value == b.value &&
         a.function == b.function && a.cast == b.cast && a.subquery == b.subquery &&
         std::equal(a.args.begin(), a.args.end(), b.args.begin(), b.args.end(),
                    [](const BoundPtr& x, const BoundPtr& y) { return same(*x, *y); });
}

BoundPtr shift_columns(const BoundPtr& expr, int offset) {
  if (!expr || offset == 0) return expr;
  return rewrite(expr, [&](const BoundPtr& node) -> BoundPtr {
    if (node->kind != BoundKind::kColumn) return nullptr;
    auto copy = std::make_shared<Bound>(*node);
    copy->index += offset;
    return copy;
  });
}

bool has_waiting_call(const Bound& expr) {
  bool found = false;
  walk(expr, [&](const Bound& node) { return !(found = found || (node.function && node.function->waits)); });
  return found;
}

bool is_volatile(const Bound& expr) {
  bool found = false;
  walk(expr, [&](const Bound& node) {
    if (node.function && node.function->volatility == Volatility::kVolatile) found = true;
    return !found;
  });
  return found;
}

}  // namespace wallaby::sql
