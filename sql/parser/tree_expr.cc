// Expressions.
#include <charconv>
#include <limits>
#include <utility>

#include "sql/parser/tree.h"

namespace wallaby::sql::parser {

using ast::Expr;
using ast::ExprPtr;

namespace {

int location_of(const PgQuery__Node& node) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_A_CONST: return node.a_const->location;
    case PG_QUERY__NODE__NODE_PARAM_REF: return node.param_ref->location;
    case PG_QUERY__NODE__NODE_COLUMN_REF: return node.column_ref->location;
    case PG_QUERY__NODE__NODE_TYPE_CAST: return node.type_cast->location;
    case PG_QUERY__NODE__NODE_A_EXPR: return node.a_expr->location;
    case PG_QUERY__NODE__NODE_BOOL_EXPR: return node.bool_expr->location;
    case PG_QUERY__NODE__NODE_NULL_TEST: return node.null_test->location;
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: return node.boolean_test->location;
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR: return node.a_array_expr->location;
    case PG_QUERY__NODE__NODE_CASE_EXPR: return node.case_expr->location;
    case PG_QUERY__NODE__NODE_COALESCE_EXPR: return node.coalesce_expr->location;
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR: return node.min_max_expr->location;
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION: return node.sqlvalue_function->location;
    case PG_QUERY__NODE__NODE_FUNC_CALL: return node.func_call->location;
    case PG_QUERY__NODE__NODE_SUB_LINK: return node.sub_link->location;
    case PG_QUERY__NODE__NODE_ROW_EXPR: return node.row_expr->location;
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: return node.collate_clause->location;
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT: return node.set_to_default->location;
    case PG_QUERY__NODE__NODE_NAMED_ARG_EXPR: return node.named_arg_expr->location;
    case PG_QUERY__NODE__NODE_XML_EXPR: return node.xml_expr->location;
    case PG_QUERY__NODE__NODE_GROUPING_FUNC: return node.grouping_func->location;
    case PG_QUERY__NODE__NODE_GROUPING_SET: return node.grouping_set->location;
    default: return -1;
  }
}

ExprPtr make(Expr::Node node, int location) {
  return std::make_unique<Expr>(Expr{std::move(node), location});
}

/// Whole numbers beyond int4 come as the text of a float.
Expr::Node number(const char* text) {
  std::string_view digits = text;
  int64_t value = 0;
  auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed == std::errc() && end == digits.data() + digits.size()) return ast::IntConst{value};
  return ast::DecimalConst{std::string(digits)};
}

}  // namespace

std::string string_of(const PgQuery__Node* node) {
  if (!node || node->node_case != PG_QUERY__NODE__NODE_STRING) return {};
  return node->string->sval;
}

std::vector<std::string> strings_of(NodeList list) {
  std::vector<std::string> strings;
  for (const PgQuery__Node* node : list) strings.push_back(string_of(node));
  return strings;
}

std::vector<ExprPtr> TreeReader::exprs(NodeList list) {
  std::vector<ExprPtr> all;
  all.reserve(list.count);
  for (const PgQuery__Node* node : list) all.push_back(need_expr(node));
  return all;
}

ExprPtr TreeReader::need_expr(const PgQuery__Node* node) {
  ExprPtr made = expr(node);
  if (!made) refuse("this kind of expression");
  return made;
}

ExprPtr TreeReader::expr(const PgQuery__Node* given) {
  if (!given || given->node_case == PG_QUERY__NODE__NODE__NOT_SET) return nullptr;
  Deeper deeper(*this);
  const PgQuery__Node& node = *given;
  int location = location_of(node);
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_A_CONST: return make(constant(*node.a_const), location);
    case PG_QUERY__NODE__NODE_PARAM_REF:
      parameters_ = std::max(parameters_, node.param_ref->number);
      return make(ast::Param{node.param_ref->number}, location);
    case PG_QUERY__NODE__NODE_COLUMN_REF: return make(column_ref(*node.column_ref), location);
    case PG_QUERY__NODE__NODE_TYPE_CAST:
      return make(ast::Cast{need_expr(node.type_cast->arg), type_name(*node.type_cast->type_name)}, location);
    case PG_QUERY__NODE__NODE_A_EXPR: return make(operation(*node.a_expr), location);
    case PG_QUERY__NODE__NODE_BOOL_EXPR: return make(bool_op(*node.bool_expr), location);
    case PG_QUERY__NODE__NODE_NULL_TEST:
      return make(ast::NullTest{need_expr(node.null_test->arg),
                                node.null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL},
                  location);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: return make(bool_test(*node.boolean_test), location);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
      return make(ast::ArrayExpr{exprs({node.a_array_expr->n_elements, node.a_array_expr->elements})},
                  location);
    case PG_QUERY__NODE__NODE_CASE_EXPR: return make(case_expr(*node.case_expr), location);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
      return make(ast::Special{"coalesce", exprs({node.coalesce_expr->n_args, node.coalesce_expr->args})},
                  location);
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR: {
      bool greatest = node.min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST;
      return make(ast::Special{greatest ? "greatest" : "least",
                               exprs({node.min_max_expr->n_args, node.min_max_expr->args})},
                  location);
    }
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
      return make(value_function(*node.sqlvalue_function), location);
    case PG_QUERY__NODE__NODE_FUNC_CALL: return make(call(*node.func_call), location);
    case PG_QUERY__NODE__NODE_SUB_LINK: return make(subquery(*node.sub_link), location);
    case PG_QUERY__NODE__NODE_ROW_EXPR:
      return make(ast::RowExpr{exprs({node.row_expr->n_args, node.row_expr->args})}, location);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: {
      auto names = strings_of({node.collate_clause->n_collname, node.collate_clause->collname});
      return make(ast::Collate{need_expr(node.collate_clause->arg), names.empty() ? "" : names.back()},
                  location);
    }
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT: return make(ast::Default{}, location);
    case PG_QUERY__NODE__NODE_A_INDIRECTION: return make(ast::Indirection{}, location);
    case PG_QUERY__NODE__NODE_NAMED_ARG_EXPR: refuse("a named argument", location);
    case PG_QUERY__NODE__NODE_XML_EXPR:
    case PG_QUERY__NODE__NODE_XML_SERIALIZE: refuse("XML", location);
    case PG_QUERY__NODE__NODE_GROUPING_FUNC:
    case PG_QUERY__NODE__NODE_GROUPING_SET: refuse("GROUPING SETS", location);
    case PG_QUERY__NODE__NODE_CURRENT_OF_EXPR: refuse("WHERE CURRENT OF");
    case PG_QUERY__NODE__NODE_MULTI_ASSIGN_REF: refuse("assigning several columns at once");
    default: refuse("this kind of expression", location);
  }
}

Expr::Node TreeReader::constant(const PgQuery__AConst& node) {
  if (node.isnull) return ast::NullConst{};
  switch (node.val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL: return ast::IntConst{node.ival->ival};
    case PG_QUERY__A__CONST__VAL_FVAL: return number(node.fval->fval);
    case PG_QUERY__A__CONST__VAL_BOOLVAL: return ast::BoolConst{node.boolval->boolval != 0};
    case PG_QUERY__A__CONST__VAL_SVAL: return ast::StringConst{node.sval->sval};
    default: refuse("a bit string", node.location);
  }
}

Expr::Node TreeReader::column_ref(const PgQuery__ColumnRef& node) {
  ast::ColumnRef ref;
  for (const PgQuery__Node* field : NodeList{node.n_fields, node.fields}) {
    if (field->node_case == PG_QUERY__NODE__NODE_A_STAR)
      ref.star = true;
    else
      ref.names.push_back(string_of(field));
  }
  return ref;
}

Expr::Node TreeReader::operation(const PgQuery__AExpr& node) {
  auto names = strings_of({node.n_name, node.name});
  std::string name = names.empty() ? "" : names.back();
  auto list = [&](const PgQuery__Node* side) -> NodeList {
    if (!side || side->node_case != PG_QUERY__NODE__NODE_LIST) refuse("this kind of list", node.location);
    return {side->list->n_items, side->list->items};
  };
  auto between = [&](bool negated, bool symmetric) -> Expr::Node {
    NodeList bounds = list(node.rexpr);
    if (bounds.count != 2) refuse("BETWEEN of this form", node.location);
    return ast::Between{need_expr(node.lexpr), need_expr(bounds.nodes[0]), need_expr(bounds.nodes[1]),
                        negated, symmetric};
  };
  switch (node.kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
      return ast::Operator{name, expr(node.lexpr), need_expr(node.rexpr)};
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
      return ast::AnyAll{name, need_expr(node.lexpr), need_expr(node.rexpr),
                         node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL};
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
      return ast::Distinct{need_expr(node.lexpr), need_expr(node.rexpr),
                           node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT};
    case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF: {
      ast::Special nullif{"nullif", {}};
      nullif.arguments.push_back(need_expr(node.lexpr));
      nullif.arguments.push_back(need_expr(node.rexpr));
      return nullif;
    }
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
      return ast::InList{need_expr(node.lexpr), exprs(list(node.rexpr)), name == "<>"};
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN: return between(false, false);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN: return between(true, false);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM: return between(false, true);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM: return between(true, true);
    case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR: refuse("SIMILAR TO", node.location);
    default: refuse("this kind of operator", node.location);
  }
}

Expr::Node TreeReader::call(const PgQuery__FuncCall& node) {
  auto names = strings_of({node.n_funcname, node.funcname});
  ast::Call call;
  call.name = names.empty() ? "" : names.back();
  if (names.size() > 1) call.schema = names[names.size() - 2];
  if (node.agg_within_group) refuse("WITHIN GROUP", node.location);
  if (node.func_variadic) refuse("VARIADIC", node.location);
  call.arguments = exprs({node.n_args, node.args});
  call.star = node.agg_star;
  call.distinct = node.agg_distinct;
  for (const PgQuery__Node* item : NodeList{node.n_agg_order, node.agg_order})
    call.order_by.push_back(order_item(*item));
  call.filter = expr(node.agg_filter);
  call.window = node.over != nullptr;
  return call;
}

Expr::Node TreeReader::bool_op(const PgQuery__BoolExpr& node) {
  ast::BoolKind kind = ast::BoolKind::kNot;
  if (node.boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR) kind = ast::BoolKind::kAnd;
  if (node.boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR) kind = ast::BoolKind::kOr;
  return ast::BoolOp{kind, exprs({node.n_args, node.args})};
}

Expr::Node TreeReader::bool_test(const PgQuery__BooleanTest& node) {
  using enum ast::BoolTestKind;
  auto kind = [&] {
    switch (node.booltesttype) {
      case PG_QUERY__BOOL_TEST_TYPE__IS_TRUE: return kTrue;
      case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE: return kNotTrue;
      case PG_QUERY__BOOL_TEST_TYPE__IS_FALSE: return kFalse;
      case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE: return kNotFalse;
      case PG_QUERY__BOOL_TEST_TYPE__IS_UNKNOWN: return kUnknown;
      case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_UNKNOWN: return kNotUnknown;
      default: refuse("this kind of boolean test", node.location);
    }
  };
  return ast::BoolTest{need_expr(node.arg), kind()};
}

Expr::Node TreeReader::case_expr(const PgQuery__CaseExpr& node) {
  ast::Case made;
  made.operand = expr(node.arg);
  for (const PgQuery__Node* branch : NodeList{node.n_args, node.args})
    made.branches.push_back({need_expr(branch->case_when->expr), need_expr(branch->case_when->result)});
  made.otherwise = expr(node.defresult);
  return made;
}

Expr::Node TreeReader::value_function(const PgQuery__SQLValueFunction& node) {
  auto name = [&]() -> std::string {
    switch (node.op) {
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE: return "current_date";
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP:
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N: return "current_timestamp";
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N: return "localtimestamp";
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_ROLE: return "current_role";
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_USER: return "current_user";
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_USER: return "user";
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_SESSION_USER: return "session_user";
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_CATALOG: return "current_catalog";
      case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA: return "current_schema";
      default: refuse("the type time", node.location);  // CURRENT_TIME, LOCALTIME
    }
  };
  ast::Special made{name(), {}};
  bool precise = node.op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N ||
                 node.op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N;
  if (precise) made.arguments.push_back(make(ast::IntConst{node.typmod}, node.location));
  return made;
}

Expr::Node TreeReader::subquery(const PgQuery__SubLink& node) {
  using enum ast::SubqueryKind;
  auto kind = [&] {
    switch (node.sub_link_type) {
      case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK: return kExists;
      case PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK: return kAny;
      case PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK: return kAll;
      case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK: return kScalar;
      case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK: return kArray;
      default: refuse("this kind of subquery", node.location);
    }
  };
  auto names = strings_of({node.n_oper_name, node.oper_name});
  std::string op = names.empty() ? (kind() == kAny ? "=" : "") : names.back();
  return ast::Subquery{kind(), expr(node.testexpr), op, select(node.subselect)};
}

ast::TypeName TreeReader::type_name(const PgQuery__TypeName& node) {
  ast::TypeName type;
  auto names = strings_of({node.n_names, node.names});
  if (node.setof) refuse("SETOF", node.location);
  if (node.pct_type) refuse("%TYPE", node.location);
  if (!names.empty()) type.name = names.back();
  if (names.size() > 1 && names[names.size() - 2] != "pg_catalog")
    type.name = names[names.size() - 2] + "." + type.name;
  type.modifiers = exprs({node.n_typmods, node.typmods});
  type.array = node.n_array_bounds > 0;
  type.location = node.location;
  return type;
}

ast::OrderItem TreeReader::order_item(const PgQuery__Node& node) {
  if (node.node_case != PG_QUERY__NODE__NODE_SORT_BY) return {.expr = need_expr(&node)};
  const PgQuery__SortBy& sort = *node.sort_by;
  if (sort.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_USING) refuse("ORDER BY ... USING", sort.location);
  ast::OrderItem item;
  item.location = sort.node ? location_of(*sort.node) : -1;
  item.expr = need_expr(sort.node);
  item.descending = sort.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
  if (sort.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST) item.nulls = ast::NullsOrder::kFirst;
  if (sort.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST) item.nulls = ast::NullsOrder::kLast;
  return item;
}

}  // namespace wallaby::sql::parser
