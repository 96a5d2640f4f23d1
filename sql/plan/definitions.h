// sql/plan/definitions.h
//
// CREATE, ALTER, DROP, TRUNCATE: statements that change the catalog.
//
//     CREATE TABLE users (id serial PRIMARY KEY, name text UNIQUE)
//       -> relation/users_id_seq, relation/users, relation/users_name_key, and the engine tables users, users_name_key
//
// All of it is decided when the statement runs, on the catalog of its own transaction, as PostgreSQL does; a plan only holds the
// statement. What a definition names is chosen as PostgreSQL chooses it: users_pkey, users_name_key, users_city_idx, users_id_seq, with
// a number behind it when that is taken.
//
// Everything happens in the statement's transaction: what fails later takes the definition with it.
#pragma once

#include "sql/parser/ast.h"
#include "sql/plan/plan.h"
#include "sql/sql_error.h"

namespace wallaby::sql {

/// CreateTable, CreateIndex, CreateSequence, Drop, AlterTable, CreateRole, AlterRole, DropRole, Truncate; nullptr: none of these.
SqlResult<PlanPtr> plan_definition(const ast::StatementPtr& statement, const PlanContext& context);

}  // namespace wallaby::sql
