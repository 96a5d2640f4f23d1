// sql/plan/explain.h
//
// EXPLAIN: how a statement would be run, without running it.
//
//     Sort
//       Sort Key: name
//       ->  Index Scan using users_pkey on users
//             Index Cond: (id > 10)
//
// It is PostgreSQL's text with COSTS OFF: no costs are made up, because none are estimated. A student sees here whether a
// statement finds its rows by key (Index Scan) or has to look at all of them (Seq Scan).
//
// Left out (0A000): ANALYZE, VERBOSE, other formats.
#pragma once

#include "sql/parser/ast.h"
#include "sql/plan/plan.h"
#include "sql/sql_error.h"

namespace wallaby::sql {

SqlResult<PlanPtr> plan_explain(const ast::Explain& explain, const PlanContext& context);

}  // namespace wallaby::sql
