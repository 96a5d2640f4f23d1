// ON CONFLICT: which keys decide, and what is done then.
#include <algorithm>
#include <set>

#include "sql/plan/insert_plan.h"

namespace wallaby::sql {
namespace {

bool same_columns(const std::vector<uint16_t>& key, const std::set<uint16_t>& wanted) {
  return std::set<uint16_t>(key.begin(), key.end()) == wanted;
}

SqlResult<void> choose_by_columns(const Binder& binder, const Table& table, const ast::OnConflict& conflict,
                                  ConflictRule& rule) {
  std::set<uint16_t> wanted;
  for (const std::string& name : conflict.columns) {
    auto column = table.find(name);
    if (!column)
      return sql_error("42703", "column \"{}\" does not exist", name).at(binder.position(conflict.location));
    wanted.insert(*column);
  }
  rule.primary = same_columns(table.primary_key, wanted);
  for (const Index& index : table.indexes)
    if (index.unique && same_columns(index.columns, wanted)) rule.indexes.push_back(&index);
  if (rule.primary || !rule.indexes.empty()) return {};
  return sql_error("42P10",
                   "there is no unique or exclusion constraint matching the ON CONFLICT specification");
}

SqlResult<void> choose_by_name(const Table& table, const std::string& name, ConflictRule& rule) {
  rule.primary = !table.primary_key.empty() && table.primary_key_name == name;
  for (const Index& index : table.indexes)
    if (index.constraint && index.name == name) rule.indexes.push_back(&index);
  if (rule.primary || !rule.indexes.empty()) return {};
  return sql_error("42704", "constraint \"{}\" for table \"{}\" does not exist", name, table.name);
}

SqlResult<void> choose_keys(const Binder& binder, const Table& table, const ast::OnConflict& conflict,
                            ConflictRule& rule) {
  if (!conflict.columns.empty()) return choose_by_columns(binder, table, conflict, rule);
  if (!conflict.constraint.empty()) return choose_by_name(table, conflict.constraint, rule);
  if (conflict.update)
    return sql_error("42601", "ON CONFLICT DO UPDATE requires inference specification or constraint name")
        .at(binder.position(conflict.location))
        .hint("For example, ON CONFLICT (column_name).");
  rule.primary = !table.primary_key.empty();
  for (const Index& index : table.indexes)
    if (index.unique) rule.indexes.push_back(&index);
  return {};
}

}  // namespace

SqlResult<ConflictRule> bind_conflict(Binder& binder, const std::shared_ptr<const Table>& table,
                                      const ast::RangeVar& name, const ast::OnConflict& conflict) {
  ConflictRule rule;
  rule.update = conflict.update;
  if (auto chosen = choose_keys(binder, *table, conflict, rule); !chosen)
    return std::unexpected(chosen.error());
  if (!conflict.update) return rule;
  // A bare column name could be of either row, so it is ambiguous, as in PostgreSQL.
  Scope scope;
  if (auto added = scope.add(*table, name.alias); !added) return std::unexpected(added.error());
  if (auto added = scope.add(*table, "excluded"); !added) return std::unexpected(added.error());
  auto assignments = bind_assignments(binder, *table, scope, conflict.assignments);
  if (!assignments) return std::unexpected(assignments.error());
  rule.assignments = std::move(*assignments);
  if (conflict.where) {
    auto where = binder.bind_condition(*conflict.where, scope, {"WHERE"});
    if (!where) return std::unexpected(where.error());
    rule.where = std::move(*where);
  }
  return rule;
}

}  // namespace wallaby::sql
