#include <optional>
#include <utility>

#include "sql/plan/expr_binder.h"

namespace wallaby::sql {
namespace {

constexpr std::pair<std::string_view, CompareOp> kCompareSigns[] = {
    {"=", CompareOp::kEqual},      {"<>", CompareOp::kNotEqual}, {"<", CompareOp::kLess},
    {"<=", CompareOp::kLessEqual}, {">", CompareOp::kGreater},   {">=", CompareOp::kGreaterEqual}};

BoundPtr negate(BoundPtr expr) {
  int location = expr->location;
  return fold(make_bound(BoundKind::kNot, TypeId::kBool, {std::move(expr)}, location));
}

}  // namespace

std::optional<CompareOp> compare_op(std::string_view name) {
  for (const auto& [sign, op] : kCompareSigns) {
    if (name == sign) return op;
  }
  return std::nullopt;
}

std::string_view sign_of(CompareOp op) {
  for (const auto& [sign, each] : kCompareSigns) {
    if (op == each) return sign;
  }
  return "=";
}

SqlResult<BoundPtr> Binder::compare(std::string_view op, BoundPtr left, BoundPtr right, int location) {
  const TypeId types[] = {left->type.id, right->type.id};
  auto callable = resolve_operator(op, types);
  if (!callable) {
    SqlError error = callable.error();
    if (error.fields().position == 0) error.change().position = position(location);
    return std::unexpected(error);
  }
  auto a = coerce(left, {callable->arguments[0]}, CastKind::kImplicit);
  if (!a) return a;
  auto b = coerce(right, {callable->arguments[1]}, CastKind::kImplicit);
  if (!b) return b;
  if (!*a || !*b) {
    return sql_error("42883", "operator does not exist: {} {} {}", to_string(types[0]), op,
                     to_string(types[1]))
        .at(position(location));
  }
  TypeId type = callable->arguments[0];
  auto sign = compare_op(op);
  bool plain = sign && type == callable->arguments[1] && callable->result == TypeId::kBool &&
               element_of(type) == TypeId::kInvalid;
  BoundPtr out =
      make_bound(plain ? BoundKind::kCompare : BoundKind::kCall, callable->result, {*a, *b}, location);
  out->name = op;
  if (plain) {
    out->compare = *sign;
    out->compare_type = type;
  } else {
    out->function = callable->function;
  }
  return fold(out);
}

SqlResult<BoundPtr> ExprBinder::prefix_operator(const ast::Operator& op) {
  auto operand = bind(*op.right);
  if (!operand) return operand;
  const TypeId types[] = {(*operand)->type.id};
  auto callable = resolve_operator(op.name, types);
  if (!callable) return std::unexpected(at(callable.error(), location_));
  auto value = binder_.coerce(*operand, {callable->arguments[0]}, CastKind::kImplicit);
  if (!value) return value;
  BoundPtr out = make_bound(BoundKind::kCall, callable->result, {*value}, location_);
  out->function = callable->function;
  out->name = op.name;
  return fold(out);
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::Operator& node) {
  if (!node.left) return prefix_operator(node);
  if (std::holds_alternative<ast::RowExpr>(node.left->node) &&
      std::holds_alternative<ast::RowExpr>(node.right->node)) {
    return compare_rows(node.name, *node.left, *node.right, location_);
  }
  auto left = bind(*node.left);
  if (!left) return left;
  auto right = bind(*node.right);
  if (!right) return right;
  return binder_.compare(node.name, *left, *right, location_);
}

SqlResult<BoundPtr> ExprBinder::compare_rows(std::string_view op, const ast::Expr& left,
                                             const ast::Expr& right, int location) {
  auto a = bind_all(std::get<ast::RowExpr>(left.node).elements);
  if (!a) return std::unexpected(a.error());
  auto b = bind_all(std::get<ast::RowExpr>(right.node).elements);
  if (!b) return std::unexpected(b.error());
  if (a->size() != b->size()) {
    return at(sql_error("42601", "unequal number of entries in row expressions"), location);
  }
  if (a->empty()) return at(sql_error("0A000", "cannot compare rows of zero length"), location);
  if (!compare_op(op)) return at(not_supported("this operator between rows"), location);
  return row_order(op, std::move(*a), std::move(*b), location);
}

/// (a, b) < (c, d) is a < c OR (a = c AND b < d); = is = of all, <> is <> of any.
SqlResult<BoundPtr> ExprBinder::row_order(std::string_view op, std::vector<BoundPtr> left,
                                          std::vector<BoundPtr> right, int location) {
  CompareOp sign = *compare_op(op);
  if (sign == CompareOp::kEqual || sign == CompareOp::kNotEqual) {
    std::vector<BoundPtr> parts;
    for (size_t i = 0; i < left.size(); ++i) {
      auto part = binder_.compare(op, left[i], right[i], location);
      if (!part) return part;
      parts.push_back(*part);
    }
    if (parts.size() == 1) return parts[0];
    BoundKind kind = sign == CompareOp::kEqual ? BoundKind::kAnd : BoundKind::kOr;
    return make_bound(kind, TypeId::kBool, std::move(parts), location);
  }
  std::string_view strict = op.substr(0, 1);
  BoundPtr out;
  for (size_t i = left.size(); i-- > 0;) {
    bool last = i + 1 == left.size();
    auto before = binder_.compare(last ? op : strict, left[i], right[i], location);
    if (!before) return before;
    if (last) {
      out = *before;
      continue;
    }
    auto equal = binder_.compare("=", left[i], right[i], location);
    if (!equal) return equal;
    BoundPtr rest = make_bound(BoundKind::kAnd, TypeId::kBool, {*equal, out}, location);
    out = make_bound(BoundKind::kOr, TypeId::kBool, {*before, rest}, location);
  }
  return out;
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::Distinct& node) {
  auto left = bind(*node.left);
  if (!left) return left;
  auto right = bind(*node.right);
  if (!right) return right;
  // The operator is =, so its types are those of =.
  const TypeId types[] = {(*left)->type.id, (*right)->type.id};
  auto callable = resolve_operator("=", types);
  if (!callable) return std::unexpected(at(callable.error(), location_));
  auto a = binder_.coerce(*left, {callable->arguments[0]}, CastKind::kImplicit);
  if (!a) return a;
  auto b = binder_.coerce(*right, {callable->arguments[1]}, CastKind::kImplicit);
  if (!b) return b;
  BoundPtr out = make_bound(BoundKind::kDistinct, TypeId::kBool, {*a, *b}, location_);
  out->compare_type = callable->arguments[0];
  out->negated = node.negated;
  return fold(out);
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::InList& node) {
  if (std::holds_alternative<ast::RowExpr>(node.operand->node)) {
    std::vector<BoundPtr> choices;
    int location = location_;
    for (const ast::ExprPtr& element : node.list) {
      if (!std::holds_alternative<ast::RowExpr>(element->node)) {
        return at(not_supported("a row IN a list of something else"), element->location);
      }
      auto choice = compare_rows("=", *node.operand, *element, location);
      if (!choice) return choice;
      choices.push_back(*choice);
    }
    BoundPtr any =
        choices.size() == 1 ? choices[0] : make_bound(BoundKind::kOr, TypeId::kBool, choices, location);
    return node.negated ? negate(any) : any;
  }
  auto operand = bind(*node.operand);
  if (!operand) return operand;
  auto list = bind_all(node.list);
  if (!list) return std::unexpected(list.error());
  std::vector<TypeId> types = {(*operand)->type.id};
  for (const BoundPtr& element : *list) types.push_back(element->type.id);
  TypeId common = list->size() > 1 ? common_type(types) : TypeId::kInvalid;
  if (common == TypeId::kInvalid) return in_list_by_or(node, *operand, std::move(*list));

  std::vector<BoundPtr> args = {*operand};
  args.insert(args.end(), list->begin(), list->end());
  for (BoundPtr& arg : args) {
    auto value = binder_.coerce(arg, {common}, CastKind::kImplicit);
    if (!value) return value;
    arg = *value;
  }
  BoundPtr out = make_bound(BoundKind::kInList, TypeId::kBool, std::move(args), location_);
  out->compare_type = common;
  return node.negated ? negate(fold(out)) : fold(out);
}

/// One element, or elements of types that have nothing in common: each by its own =.
SqlResult<BoundPtr> ExprBinder::in_list_by_or(const ast::InList& in, const BoundPtr& operand,
                                              std::vector<BoundPtr> list) {
  std::vector<BoundPtr> choices;
  for (const BoundPtr& element : list) {
    auto choice = binder_.compare(in.negated ? "<>" : "=", operand, element, location_);
    if (!choice) return choice;
    choices.push_back(*choice);
  }
  if (choices.size() == 1) return choices[0];
  return make_bound(in.negated ? BoundKind::kAnd : BoundKind::kOr, TypeId::kBool, std::move(choices),
                    location_);
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::Between& node) {
  auto operand = bind(*node.operand);
  if (!operand) return operand;
  auto low = bind(*node.low);
  if (!low) return low;
  auto high = bind(*node.high);
  if (!high) return high;
  int location = location_;
  auto within = [&](const BoundPtr& from, const BoundPtr& to) -> SqlResult<BoundPtr> {
    auto above = binder_.compare(node.negated ? "<" : ">=", *operand, from, location);
    if (!above) return above;
    auto below = binder_.compare(node.negated ? ">" : "<=", *operand, to, location);
    if (!below) return below;
    return make_bound(node.negated ? BoundKind::kOr : BoundKind::kAnd, TypeId::kBool, {*above, *below},
                      location);
  };
  auto straight = within(*low, *high);
  if (!straight || !node.symmetric) return straight;
  auto turned = within(*high, *low);
  if (!turned) return turned;
  return make_bound(node.negated ? BoundKind::kAnd : BoundKind::kOr, TypeId::kBool, {*straight, *turned},
                    location);
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::AnyAll& node) {
  auto left = bind(*node.left);
  if (!left) return left;
  auto array = bind(*node.array);
  if (!array) return array;
  TypeId array_type = (*array)->type.id;
  TypeId element = array_type == TypeId::kUnknown ? TypeId::kUnknown : element_of(array_type);
  if (element == TypeId::kInvalid) {
    return at(sql_error("42809", "op ANY/ALL (array) requires array on right side"), location_);
  }
  const TypeId types[] = {(*left)->type.id, element};
  auto callable = resolve_operator(node.op, types);
  if (!callable) return std::unexpected(at(callable.error(), location_));
  if (callable->result != TypeId::kBool) {
    return at(sql_error("42809", "op ANY/ALL (array) requires operator to yield boolean"), location_);
  }
  auto value = binder_.coerce(*left, {callable->arguments[0]}, CastKind::kImplicit);
  if (!value) return value;
  TypeId wanted = array_of(callable->arguments[1]);
  // Elements of another integer or text type are the same values: compare() does not mind.
  TypeId have = array_type == TypeId::kUnknown ? TypeId::kInvalid : array_type;
  if (have == TypeId::kInvalid && wanted == TypeId::kInvalid) {
    return at(not_supported("an array of " + to_string(callable->arguments[1])), (*array)->location);
  }
  bool same_bits = have != TypeId::kInvalid;
  if (same_bits && element != callable->arguments[1]) {
    const Cast* cast = find_cast(element, callable->arguments[1], CastKind::kImplicit);
    auto is_int = [](TypeId type) {
      return type == TypeId::kInt2 || type == TypeId::kInt4 || type == TypeId::kInt8;
    };
    bool integers = is_int(element) && is_int(callable->arguments[1]);
    if (!integers && (!cast || cast->evaluate)) {
      return at(not_supported("ANY and ALL of an array of another type"), location_);
    }
  }
  auto list = same_bits ? SqlResult<BoundPtr>(*array) : binder_.coerce(*array, {wanted}, CastKind::kImplicit);
  if (!list) return list;
  BoundPtr out = make_bound(BoundKind::kAnyAll, TypeId::kBool, {*value, *list}, location_);
  out->all = node.all;
  out->name = node.op;
  auto sign = compare_op(node.op);
  if (sign && callable->arguments[0] == callable->arguments[1]) {
    out->compare = *sign;
    out->compare_type = callable->arguments[0];
  } else {
    out->function = callable->function;
  }
  return fold(out);
}

}  // namespace wallaby::sql
