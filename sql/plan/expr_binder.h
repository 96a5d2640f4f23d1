// sql/plan/expr_binder.h
//
// The inside of Binder::bind: one function a kind of node of ast::Expr, for one expression in one scope. Everything that
// lasts longer than the expression (parameter types, named queries) is the Binder's.
//
//     bind_expr.cc      names, constants, parameters, casts, AND OR NOT, IS ...
//     bind_operator.cc  operators and comparisons: of values, rows, lists, arrays
//     bind_choice.cc    CASE, COALESCE, NULLIF, GREATEST, LEAST, and one type for several values
//     bind_call.cc      functions and aggregates
//     bind_subquery.cc  subqueries
#pragma once

#include <string_view>
#include <vector>

#include "sql/plan/binder.h"

namespace wallaby::sql {

class ExprBinder {
 public:
  ExprBinder(Binder& binder, Scope& scope, const Place& place)
      : binder_(binder), scope_(scope), place_(place) {}

  SqlResult<BoundPtr> bind(const ast::Expr& expr);

  SqlResult<BoundPtr> operator()(const ast::NullConst&);
  SqlResult<BoundPtr> operator()(const ast::BoolConst&);
  SqlResult<BoundPtr> operator()(const ast::IntConst&);
  SqlResult<BoundPtr> operator()(const ast::DecimalConst&);
  SqlResult<BoundPtr> operator()(const ast::StringConst&);
  SqlResult<BoundPtr> operator()(const ast::Param&);
  SqlResult<BoundPtr> operator()(const ast::ColumnRef&);
  SqlResult<BoundPtr> operator()(const ast::Cast&);
  SqlResult<BoundPtr> operator()(const ast::Operator&);
  SqlResult<BoundPtr> operator()(const ast::BoolOp&);
  SqlResult<BoundPtr> operator()(const ast::NullTest&);
  SqlResult<BoundPtr> operator()(const ast::BoolTest&);
  SqlResult<BoundPtr> operator()(const ast::Distinct&);
  SqlResult<BoundPtr> operator()(const ast::InList&);
  SqlResult<BoundPtr> operator()(const ast::Between&);
  SqlResult<BoundPtr> operator()(const ast::AnyAll&);
  SqlResult<BoundPtr> operator()(const ast::ArrayExpr&);
  SqlResult<BoundPtr> operator()(const ast::Case&);
  SqlResult<BoundPtr> operator()(const ast::Special&);
  SqlResult<BoundPtr> operator()(const ast::Call&);
  SqlResult<BoundPtr> operator()(const ast::Subquery&);
  SqlResult<BoundPtr> operator()(const ast::RowExpr&);
  SqlResult<BoundPtr> operator()(const ast::Collate&);
  SqlResult<BoundPtr> operator()(const ast::Indirection&);
  SqlResult<BoundPtr> operator()(const ast::Default&);

 private:
  SqlResult<std::vector<BoundPtr>> bind_all(const std::vector<ast::ExprPtr>& exprs);
  /// As `what` needs it: 42804 `argument of AND must be type boolean, not type integer`.
  SqlResult<BoundPtr> boolean(BoundPtr expr, std::string_view what);
  SqlResult<BoundPtr> prefix_operator(const ast::Operator& op);
  SqlResult<BoundPtr> compare_rows(std::string_view op, const ast::Expr& left, const ast::Expr& right,
                                   int location);
  SqlResult<BoundPtr> row_order(std::string_view op, std::vector<BoundPtr> left, std::vector<BoundPtr> right,
                                int location);
  SqlResult<BoundPtr> in_list_by_or(const ast::InList& in, const BoundPtr& operand,
                                    std::vector<BoundPtr> list);
  SqlResult<BoundPtr> array_of_elements(const ast::ArrayExpr& array, TypeId element);
  SqlResult<BoundPtr> null_if(const ast::Special& special);
  SqlResult<BoundPtr> value_function(const ast::Special& special);
  SqlResult<BoundPtr> call_function(std::string_view name, std::vector<BoundPtr> args, int location);
  SqlResult<BoundPtr> sequence_call(const ast::Call& call);
  SqlResult<BoundPtr> aggregate(const ast::Call& call);
  bool is_of_outer_query(const ast::Call& call);
  SqlResult<void> refuse_plain(const ast::Call& call);
  SqlResult<BoundPtr> wrong_type(BoundPtr expr, std::string_view what);

  SqlError at(SqlError error, int location) const {
    if (error.fields().position == 0) error.change().position = binder_.position(location);
    return error;
  }

  Binder& binder_;
  Scope& scope_;
  Place place_;
  int location_ = -1;  ///< of the node that is being bound
};

/// The sign of a comparison that compare() can do by itself.
std::optional<CompareOp> compare_op(std::string_view name);
std::string_view sign_of(CompareOp op);

}  // namespace wallaby::sql
