// sql/plan/changes.h
//
// INSERT, UPDATE and DELETE: statements that change rows.
//
//     INSERT INTO users (name) VALUES ('Alice') RETURNING id
//
//     plan:   where each column's value comes from: id from the sequence users_id_seq, name from the expression 'Alice'
//     run:    the rows are made, checked (NOT NULL, uniqueness) and written; then RETURNING's rows are handed out
//
// A change reads all that it needs before it writes anything, so it never meets its own new rows: UPDATE t SET id = id + 1 ends.
// All work is done in the first next(); the caller undoes the whole statement when that fails.
//
// Left out (0A000): UPDATE ... FROM, DELETE ... USING.
#pragma once

#include "sql/parser/ast.h"
#include "sql/plan/plan.h"
#include "sql/sql_error.h"

namespace wallaby::sql {

SqlResult<PlanPtr> plan_insert(const ast::StatementPtr& statement, const PlanContext& context);
SqlResult<PlanPtr> plan_update(const ast::StatementPtr& statement, const PlanContext& context);
SqlResult<PlanPtr> plan_delete(const ast::StatementPtr& statement, const PlanContext& context);

}  // namespace wallaby::sql
