#include <utility>

#include "sql/plan/expr_binder.h"
#include "sql/plan/query_plan.h"
#include "sql/plan/subquery.h"

namespace wallaby::sql {

SqlResult<BoundPtr> ExprBinder::operator()(const ast::Subquery& node) {
  using enum ast::SubqueryKind;
  int location = location_;
  BoundPtr left;
  if (node.left) {
    if (std::holds_alternative<ast::RowExpr>(node.left->node)) {
      return at(not_supported("a row compared with a subquery"), location);
    }
    auto bound = bind(*node.left);
    if (!bound) return bound;
    left = *bound;
  }
  Outer outer{.scope = &scope_, .arguments = {}};
  auto query = plan_query(binder_, *node.select,
                          {.outer = &outer, .target_types = {}, .exists_only = node.kind == kExists});
  if (!query) return std::unexpected(query.error());
  if (query->locks) return at(not_supported("FOR UPDATE in a subquery"), location);

  auto plan = std::make_shared<SubqueryPlan>();
  plan->kind = node.kind;
  plan->node = query->node;
  plan->correlated = !outer.arguments.empty();
  auto out = make_bound(BoundKind::kSubquery, TypeId::kBool, {}, location);
  if (node.kind != kExists) {
    if (query->columns.size() != 1) {
      std::string_view problem = "subquery must return only one column";
      if (node.kind == kAny || node.kind == kAll)
        problem = query->columns.empty() ? "subquery has too few columns" : "subquery has too many columns";
      return at(sql_error("42601", "{}", problem), location);
    }
    plan->value = make_column(0, query->columns[0].type, query->columns[0].name);
  }
  switch (node.kind) {
    case kScalar: out->type = query->columns[0].type; break;
    case kArray:
      out->type = {array_of(query->columns[0].type.id)};
      if (out->type.id == TypeId::kInvalid) {
        return at(not_supported("an array of " + to_string(query->columns[0].type)), location);
      }
      break;
    case kAny:
    case kAll: {
      // The comparison is settled on stand-ins; its two sides then become the left side and the subquery's value.
      auto compare = binder_.compare(node.op, left, plan->value, location);
      if (!compare) return compare;
      const Bound& settled = **compare;
      if (settled.type.id != TypeId::kBool || settled.args.size() != 2) {
        return at(sql_error("42804", "operator {} must return type boolean, not type {}", node.op,
                            to_string(settled.type.id)),
                  location);
      }
      out->all = node.kind == kAll;
      out->compare = settled.compare;
      out->compare_type = settled.compare_type;
      out->function = settled.function;
      out->name = node.op;
      out->args.push_back(settled.args[0]);
      plan->has_left = true;
      plan->value = settled.args[1];
      plan->compare_type = settled.compare_type;
      plan->hashed =
          node.kind == kAny && settled.kind == BoundKind::kCompare && settled.compare == CompareOp::kEqual;
      break;
    }
    case kExists: break;
  }
  for (BoundPtr& argument : outer.arguments) out->args.push_back(std::move(argument));
  if (!plan->correlated) binder_.independent_subqueries.push_back(plan);
  out->subquery = std::move(plan);
  return out;
}

}  // namespace wallaby::sql
