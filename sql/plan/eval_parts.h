// sql/plan/eval_parts.h
//
// The pieces of eval.cc that have files of their own: what has to build a new value (eval_value.cc), and subqueries (subquery.cc).
#pragma once

#include "sql/plan/bound.h"

namespace wallaby::sql {

/// NULL when either is.
Truth compare_values(CompareOp op, TypeId type, const Value& a, const Value& b);
/// The operator that an expression carries (kAnyAll, subqueries of ANY and ALL), applied to two values.
SqlResult<Truth> apply_operator(const Bound& expr, const Value& left, const Value& right, const Frame& frame);

SqlResult<Value> evaluate_call(const Bound& expr, const Frame& frame);
SqlResult<Value> evaluate_cast(const Bound& expr, const Frame& frame);
SqlResult<Value> evaluate_fit(const Bound& expr, const Frame& frame);
SqlResult<Value> evaluate_array(const Bound& expr, const Frame& frame);
SqlResult<Value> evaluate_extreme(const Bound& expr, const Frame& frame);
SqlResult<Value> evaluate_subquery(const Bound& expr, const Frame& frame);

}  // namespace wallaby::sql
