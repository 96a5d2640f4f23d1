#include "sql/session/constant.h"

#include "sql/plan/binder.h"

namespace wallaby::sql {

SqlResult<Value> evaluate_constant(Conversation& session, const ast::Statement& statement,
                                   const ast::Expr& expr, TypeId type) {
  PlanContext context{.catalog = std::make_shared<const Catalog>(), .views = &session.views()};
  Binder binder(context, statement);
  Scope nothing;
  auto bound = binder.bind(expr, nothing, {"EXECUTE"});
  if (!bound) return std::unexpected(bound.error());
  TypeId from = (*bound)->type.id;
  auto value = binder.coerce(std::move(*bound), {type, -1}, CastKind::kAssignment);
  if (!value) return std::unexpected(value.error());
  if (!*value)
    return sql_error("42804", "parameter of type {} cannot be coerced to the expected type {}",
                     to_string(from), to_string(type))
        .hint("You will need to rewrite or cast the expression.")
        .at(binder.position(expr.location));
  EvalContext eval;
  eval.system = &session;
  eval.wall_time = eval.statement_time = eval.transaction_time = session.wall_time();
  Frame frame;
  frame.eval = &eval;
  return evaluate(**value, frame);
}

}  // namespace wallaby::sql
