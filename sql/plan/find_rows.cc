#include "sql/plan/find_rows.h"

namespace wallaby::sql {

SqlResult<AccessPath> bind_where(Binder& binder, Scope& scope, std::shared_ptr<const Table> table,
                                 const ast::RangeVar& name, const ast::ExprPtr& where) {
  std::vector<BoundPtr> conditions;
  if (where) {
    auto bound = binder.bind_condition(*where, scope, {"WHERE"});
    if (!bound) return std::unexpected(bound.error());
    split_and(*bound, conditions);
  }
  AccessPath path = choose_access(std::move(table), 0, std::move(conditions));
  path.alias = name.alias;
  return path;
}

SqlResult<std::vector<StoredRow>> find_rows(const AccessPath& path, const RunContext& context,
                                            Holding& memory) {
  TableReader reader(path, context);
  std::vector<StoredRow> rows;
  while (true) {
    StoredRow row;
    auto step = reader.next(row);
    if (!step) return std::unexpected(step.error());
    if (*step == Step::kEnd) return rows;
    if (*step == Step::kRest) continue;
    if (auto held = memory.add(row.values); !held) return std::unexpected(held.error());
    rows.push_back(std::move(row));
  }
}

std::string shown_table(const AccessPath& path) {
  bool renamed = !path.alias.empty() && path.alias != path.table->name;
  return renamed ? path.table->name + " " + path.alias : path.table->name;
}

}  // namespace wallaby::sql
