// sql/views/catalog_queries.h
//
// Which queries go to the lenient reader of the system catalogs (catalog_eval.h), and the plan that does it.
//
//     SELECT ... FROM pg_catalog.pg_class c LEFT JOIN ...     yes
//     SELECT * FROM users                                     no
//     SELECT * FROM pg_stat_replication                       no: a table like any other (VirtualTables), planned strictly
//
// Columns have the types that can be seen (catalog_columns.h), the others are text.
#pragma once

#include "sql/parser/ast.h"
#include "sql/plan/plan.h"

namespace wallaby::sql {

/// nullptr: not a query on system catalogs.
PlanPtr plan_catalog_query(const ast::StatementPtr& statement, const PlanContext& context);

}  // namespace wallaby::sql
