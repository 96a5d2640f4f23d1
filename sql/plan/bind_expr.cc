#include <limits>
#include <utility>

#include "sql/plan/expr_binder.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

/// Deeper trees would need more stack than a thread has. PostgreSQL's words for the same limit.
constexpr int kMaxDepth = 2000;

struct Deeper {
  explicit Deeper(int& depth) : depth(depth) { ++depth; }
  ~Deeper() { --depth; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;
  int& depth;
};

}  // namespace

Binder::Binder(const PlanContext& context, const ast::Statement& statement)
    : context_(context),
      text_(statement.text ? std::string_view(*statement.text) : std::string_view()),
      parameters_(context.parameter_types),
      parameter_locations_(static_cast<size_t>(statement.parameters), -1) {
  if (parameters_.size() < static_cast<size_t>(statement.parameters)) {
    parameters_.resize(static_cast<size_t>(statement.parameters), TypeId::kUnknown);
  }
  for (TypeId& type : parameters_) {
    if (type == TypeId::kInvalid) type = TypeId::kUnknown;
  }
}

SqlResult<BoundPtr> Binder::bind(const ast::Expr& expr, Scope& scope, const Place& place) {
  return ExprBinder(*this, scope, place).bind(expr);
}

SqlResult<std::vector<TypeId>> Binder::parameters() const {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i] != TypeId::kUnknown) continue;
    int location = i < parameter_locations_.size() ? parameter_locations_[i] : -1;
    return sql_error("42P18", "could not determine data type of parameter ${}", i + 1).at(position(location));
  }
  return parameters_;
}

SqlResult<BoundPtr> ExprBinder::bind(const ast::Expr& expr) {
  if (binder_.depth_ >= kMaxDepth) {
    return sql_error("54001", "stack depth limit exceeded").hint("Write the expression with fewer levels.");
  }
  Deeper deeper(binder_.depth_);
  int outer_location = std::exchange(location_, expr.location);
  auto out = std::visit(*this, expr.node);
  location_ = outer_location;
  return out;
}

SqlResult<std::vector<BoundPtr>> ExprBinder::bind_all(const std::vector<ast::ExprPtr>& exprs) {
  std::vector<BoundPtr> out;
  out.reserve(exprs.size());
  for (const ast::ExprPtr& expr : exprs) {
    auto bound = bind(*expr);
    if (!bound) return std::unexpected(bound.error());
    out.push_back(std::move(*bound));
  }
  return out;
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::NullConst&) {
  return make_null({TypeId::kUnknown}, location_);
}
SqlResult<BoundPtr> ExprBinder::operator()(const ast::BoolConst& node) {
  return make_constant({TypeId::kBool}, Value(node.value), location_);
}
SqlResult<BoundPtr> ExprBinder::operator()(const ast::IntConst& node) {
  bool small =
      node.value >= std::numeric_limits<int32_t>::min() && node.value <= std::numeric_limits<int32_t>::max();
  return make_constant({small ? TypeId::kInt4 : TypeId::kInt8}, Value(node.value), location_);
}
SqlResult<BoundPtr> ExprBinder::operator()(const ast::DecimalConst& node) {
  auto value = parse_numeric(node.text);
  if (!value) return std::unexpected(at(value.error(), location_));
  return make_constant({TypeId::kNumeric}, Value(*value), location_);
}
SqlResult<BoundPtr> ExprBinder::operator()(const ast::StringConst& node) {
  return make_constant({TypeId::kUnknown}, Value(node.value), location_);
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::Param& node) {
  auto index = static_cast<size_t>(node.number - 1);
  if (node.number < 1 || index >= binder_.parameters_.size()) {
    return at(sql_error("42P02", "there is no parameter ${}", node.number), location_);
  }
  if (index < binder_.parameter_locations_.size()) binder_.parameter_locations_[index] = location_;
  auto out = make_bound(BoundKind::kParameter, binder_.parameters_[index], {}, location_);
  out->index = node.number;
  return out;
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::ColumnRef& node) {
  if (node.star) return at(sql_error("42601", "row expansion via \"*\" is not supported here"), location_);
  auto found = scope_.resolve(node, location_, binder_.text());
  if (found || node.names.size() != 1 || found.error().code() != "42703") return found;
  for (const ScopeTable& table : scope_.tables) {
    if (!table.visible || table.name != node.names[0]) continue;
    return at(not_supported("a whole row as a value", "Name the columns: t.a, t.b."), location_);
  }
  return found;
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::Cast& node) {
  auto type = binder_.type_of(node.type);
  if (!type) return std::unexpected(type.error());
  if (const auto* array = std::get_if<ast::ArrayExpr>(&node.operand->node); array && node.type.array) {
    return array_of_elements(*array, element_of(type->id));
  }
  auto operand = bind(*node.operand);
  if (!operand) return operand;
  TypeId from = (*operand)->type.id;
  auto out = binder_.coerce(*operand, *type, CastKind::kExplicit);
  if (!out || *out) return out;
  return at(sql_error("42846", "cannot cast type {} to {}", to_string(from), to_string(*type)), location_);
}

SqlResult<BoundPtr> ExprBinder::wrong_type(BoundPtr expr, std::string_view what) {
  return at(
      sql_error("42804", "argument of {} must be type boolean, not type {}", what, to_string(expr->type.id)),
      expr->location);
}

SqlResult<BoundPtr> ExprBinder::boolean(BoundPtr expr, std::string_view what) {
  if (expr->type.id == TypeId::kBool) return expr;
  auto out = binder_.coerce(expr, {TypeId::kBool}, CastKind::kImplicit);
  if (!out || *out) return out;
  return wrong_type(std::move(expr), what);
}

SqlResult<BoundPtr> Binder::bind_condition(const ast::Expr& expr, Scope& scope, const Place& place) {
  auto bound = bind(expr, scope, place);
  if (!bound) return bound;
  auto out = coerce(*bound, {TypeId::kBool}, CastKind::kImplicit);
  if (!out || *out) return out;
  return sql_error("42804", "argument of {} must be type boolean, not type {}", place.name,
                   to_string((*bound)->type.id))
      .at(position((*bound)->location));
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::BoolOp& node) {
  std::string_view name = node.kind == ast::BoolKind::kAnd  ? "AND"
                          : node.kind == ast::BoolKind::kOr ? "OR"
                                                            : "NOT";
  std::vector<BoundPtr> args;
  args.reserve(node.operands.size());
  for (const ast::ExprPtr& operand : node.operands) {
    auto bound = bind(*operand);
    if (!bound) return bound;
    auto truth = boolean(*bound, name);
    if (!truth) return truth;
    args.push_back(std::move(*truth));
  }
  BoundKind kind = node.kind == ast::BoolKind::kAnd  ? BoundKind::kAnd
                   : node.kind == ast::BoolKind::kOr ? BoundKind::kOr
                                                     : BoundKind::kNot;
  return fold(make_bound(kind, TypeId::kBool, std::move(args), location_));
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::NullTest& node) {
  if (std::holds_alternative<ast::RowExpr>(node.operand->node)) {
    return at(not_supported("IS NULL of a row"), location_);
  }
  auto operand = bind(*node.operand);
  if (!operand) return operand;
  auto settled = binder_.settle(*operand);
  if (!settled) return settled;
  BoundPtr out = make_bound(BoundKind::kIsNull, TypeId::kBool, {*settled}, location_);
  out->negated = !node.is_null;
  return fold(out);
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::BoolTest& node) {
  using enum ast::BoolTestKind;
  auto operand = bind(*node.operand);
  if (!operand) return operand;
  std::string_view name = node.kind == kTrue       ? "IS TRUE"
                          : node.kind == kNotTrue  ? "IS NOT TRUE"
                          : node.kind == kFalse    ? "IS FALSE"
                          : node.kind == kNotFalse ? "IS NOT FALSE"
                          : node.kind == kUnknown  ? "IS UNKNOWN"
                                                   : "IS NOT UNKNOWN";
  auto truth = boolean(*operand, name);
  if (!truth) return truth;
  BoundKind kind = node.kind == kTrue || node.kind == kNotTrue     ? BoundKind::kIsTrue
                   : node.kind == kFalse || node.kind == kNotFalse ? BoundKind::kIsFalse
                                                                   : BoundKind::kIsNull;
  BoundPtr out = make_bound(kind, TypeId::kBool, {*truth}, location_);
  out->negated = node.kind == kNotTrue || node.kind == kNotFalse || node.kind == kNotUnknown;
  return fold(out);
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::RowExpr&) {
  return at(not_supported("a row as a value"), location_);
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::Indirection&) {
  return at(not_supported("a subscript or field of a value"), location_);
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::Collate& node) {
  if (node.collation != "C" && node.collation != "POSIX" && node.collation != "default") {
    return at(not_supported("the collation \"" + node.collation + "\"",
                            "Text is ordered byte by byte, as in \"C\"."),
              location_);
  }
  auto operand = bind(*node.operand);
  if (!operand) return operand;
  auto settled = binder_.settle(*operand);
  if (!settled) return settled;
  TypeId type = (*settled)->type.id;
  if (type != TypeId::kText && type != TypeId::kVarchar && type != TypeId::kName && type != TypeId::kBpchar) {
    return at(sql_error("42804", "collations are not supported by type {}", to_string(type)), location_);
  }
  return settled;
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::Default&) {
  if (!place_.default_allowed) {
    return at(sql_error("42601", "DEFAULT is not allowed in this context"), location_);
  }
  return make_bound(BoundKind::kDefault, TypeId::kUnknown, {}, location_);
}

}  // namespace wallaby::sql
