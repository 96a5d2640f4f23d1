// sql/views/catalog_queries.h
//
// What psql asks when somebody types \d, and what drivers ask at connect: long queries over PostgreSQL's own catalogs, with joins,
// sublinks, regular expressions and functions that nothing else needs.
//
// They are recognised by their shape, never by their text: which relations FROM names, and a telling column among the targets.
//
//     FROM pg_class LEFT JOIN pg_namespace, targets nspname, relname, ...     a list of relations (\dt, \d, \di, \ds)
//     the same with the target oid                                            a relation by its name (\d NAME, first query)
//     FROM pg_attribute, WHERE attrelid = '16384'                             its columns
//     FROM pg_class, pg_class, pg_index                                       its indexes
//
// Each target is filled by what it is (a column's or function's name), so other versions and other clients get what they ask for
// as well; what is not known is NULL. A catalog query of any other shape gives no rows: an error would end \d halfway, or the client.
//
// Simple queries over these catalogs (SELECT relname FROM pg_class WHERE ...) are planned like any other, on the views of
// system_views.h, when the planner can.
#pragma once

#include "sql/plan/plan.h"
#include "sql/views/system_views.h"

namespace wallaby::sql {

/// The plan, when the statement asks the catalogs in a way that must be answered here; null: plan it as usual.
SqlResult<PlanPtr> plan_catalog_query(const ast::StatementPtr& statement, const PlanContext& context,
                                      ViewSource& source);

}  // namespace wallaby::sql
