// sql/plan/find_rows.h
//
// The rows that an UPDATE or DELETE means: its WHERE as an access path, and all of them in memory before any is changed, so that a change
// never meets its own new rows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sql/plan/access_path.h"
#include "sql/plan/binder.h"
#include "sql/plan/query_state.h"

namespace wallaby::sql {

SqlResult<AccessPath> bind_where(Binder& binder, Scope& scope, std::shared_ptr<const Table> table,
                                 const ast::RangeVar& name, const ast::ExprPtr& where);
/// 53200 when they are too many to be held.
SqlResult<std::vector<StoredRow>> find_rows(const AccessPath& path, const RunContext& context,
                                            Holding& memory);
/// "users u", as EXPLAIN shows it.
std::string shown_table(const AccessPath& path);

}  // namespace wallaby::sql
