#include "sql/views/catalog_queries.h"

namespace wallaby::sql {

SqlResult<PlanPtr> plan_catalog_query(const ast::StatementPtr&, const PlanContext&, ViewSource&) { return PlanPtr(); }

}  // namespace wallaby::sql
