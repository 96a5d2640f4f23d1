#include <utility>

#include "sql/plan/expr_binder.h"

namespace wallaby::sql {

SqlResult<TypeId> Binder::unify(std::vector<BoundPtr>& exprs, std::string_view what) {
  std::vector<TypeId> types;
  TypeId common = TypeId::kUnknown;
  for (const BoundPtr& expr : exprs) {
    types.push_back(expr->type.id);
    TypeId next = common_type(types);
    if (next == TypeId::kInvalid) {
      return sql_error("42804", "{} types {} and {} cannot be matched", what, to_string(common),
                       to_string(expr->type.id))
          .at(position(expr->location));
    }
    // So long as nothing has said a type, the next one still may: common_type() alone would say text.
    common = next == TypeId::kText && expr->type.id == TypeId::kUnknown && common == TypeId::kUnknown
                 ? TypeId::kUnknown
                 : next;
  }
  if (common == TypeId::kUnknown) common = TypeId::kText;
  for (BoundPtr& expr : exprs) {
    auto value = coerce(expr, {common}, CastKind::kImplicit);
    if (!value) return std::unexpected(value.error());
    if (!*value) {
      return sql_error("42846", "{} could not convert type {} to {}", what, to_string(expr->type.id),
                       to_string(common))
          .at(position(expr->location));
    }
    expr = *value;
  }
  return common;
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::Case& node) {
  BoundPtr operand;
  if (node.operand) {
    auto bound = bind(*node.operand);
    if (!bound) return bound;
    auto settled = binder_.settle(*bound);
    if (!settled) return settled;
    operand = *settled;
  }
  std::vector<BoundPtr> conditions, results;
  int location = location_;
  for (const ast::CaseWhen& branch : node.branches) {
    auto when = bind(*branch.when);
    if (!when) return when;
    auto condition = operand ? binder_.compare("=", operand, *when, location) : boolean(*when, "CASE/WHEN");
    if (!condition) return condition;
    conditions.push_back(*condition);
    auto then = bind(*branch.then);
    if (!then) return then;
    results.push_back(*then);
  }
  BoundPtr otherwise = make_null({TypeId::kUnknown});
  if (node.otherwise) {
    auto bound = bind(*node.otherwise);
    if (!bound) return bound;
    otherwise = *bound;
  }
  // PostgreSQL counts ELSE as the first of the results when it looks for their type.
  results.insert(results.begin(), otherwise);
  auto type = binder_.unify(results, "CASE");
  if (!type) return std::unexpected(type.error());
  std::vector<BoundPtr> args;
  for (size_t i = 0; i < conditions.size(); ++i) {
    // A condition that is known already decides here, so that what it rules out is never computed.
    if (is_constant(*conditions[i])) {
      const Value& truth = conditions[i]->value;
      if (truth.is_null() || !truth.boolean()) continue;
      if (args.empty()) return results[i + 1];
      args.push_back(results[i + 1]);
      return make_bound(BoundKind::kCase, *type, std::move(args), location);
    }
    args.push_back(conditions[i]);
    args.push_back(results[i + 1]);
  }
  if (args.empty()) return results[0];
  args.push_back(results[0]);
  return make_bound(BoundKind::kCase, *type, std::move(args), location);
}

SqlResult<BoundPtr> ExprBinder::null_if(const ast::Special& special) {
  auto args = bind_all(special.arguments);
  if (!args) return std::unexpected(args.error());
  auto equal = binder_.compare("=", args->at(0), args->at(1), location_);
  if (!equal) return equal;
  BoundPtr first = args->at(0);
  if (first->type.id == TypeId::kUnknown) {
    auto settled = binder_.settle(first);
    if (!settled) return settled;
    first = *settled;
  }
  return make_bound(BoundKind::kNullIf, first->type.id, {first, *equal}, location_);
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::Special& node) {
  if (node.name == "nullif") return null_if(node);
  if (node.name != "coalesce" && node.name != "greatest" && node.name != "least") return value_function(node);
  int location = location_;
  auto args = bind_all(node.arguments);
  if (!args) return std::unexpected(args.error());
  std::string_view what = node.name == "coalesce"   ? "COALESCE"
                          : node.name == "greatest" ? "GREATEST"
                                                    : "LEAST";
  auto type = binder_.unify(*args, what);
  if (!type) return std::unexpected(type.error());
  BoundKind kind = node.name == "coalesce"   ? BoundKind::kCoalesce
                   : node.name == "greatest" ? BoundKind::kGreatest
                                             : BoundKind::kLeast;
  return make_bound(kind, *type, std::move(*args), location);
}

/// CURRENT_TIMESTAMP, CURRENT_USER and their like: functions without brackets.
SqlResult<BoundPtr> ExprBinder::value_function(const ast::Special& special) {
  int location = location_;
  if (!special.arguments.empty()) {
    return at(not_supported("a precision for " + special.name), location);
  }
  std::string_view name = special.name;
  if (name == "current_timestamp" || name == "localtimestamp") name = "now";
  if (name == "current_role" || name == "user") name = "current_user";
  if (name == "current_catalog") name = "current_database";
  auto out = call_function(name, {}, location);
  if (!out || special.name != "localtimestamp") return out;
  return binder_.coerce(*out, {TypeId::kTimestamp}, CastKind::kExplicit);
}

SqlResult<BoundPtr> ExprBinder::array_of_elements(const ast::ArrayExpr& array, TypeId element) {
  int location = location_;
  auto elements = bind_all(array.elements);
  if (!elements) return std::unexpected(elements.error());
  if (element == TypeId::kInvalid) {
    if (elements->empty()) {
      return at(sql_error("42P18", "cannot determine type of empty array"), location)
          .hint("Explicitly cast to the desired type, for example ARRAY[]::integer[].");
    }
    auto type = binder_.unify(*elements, "ARRAY");
    if (!type) return std::unexpected(type.error());
    element = *type;
  } else {
    for (BoundPtr& each : *elements) {
      TypeId from = each->type.id;
      auto value = binder_.coerce(each, {element}, CastKind::kExplicit);
      if (!value) return value;
      if (!*value) {
        return at(sql_error("42846", "cannot cast type {} to {}", to_string(from), to_string(element)),
                  each->location);
      }
      each = *value;
    }
  }
  TypeId type = array_of(element);
  if (type == TypeId::kInvalid) return at(not_supported("an array of " + to_string(element)), location);
  return fold(make_bound(BoundKind::kArray, type, std::move(*elements), location));
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::ArrayExpr& node) {
  return array_of_elements(node, TypeId::kInvalid);
}

}  // namespace wallaby::sql
