// Target lists, LIMIT, and which kind of query it is.

#include <utility>

#include "sql/plan/select_parts.h"

namespace wallaby::sql {

SqlResult<BoundPtr> bind_limit(Binder& binder, const ast::ExprPtr& expr, Scope& scope,
                               std::string_view what) {
  if (!expr) return BoundPtr();
  auto bound = binder.bind(*expr, scope, {what});
  if (!bound) return bound;
  auto count = binder.coerce(*bound, {TypeId::kInt8}, CastKind::kAssignment);
  if (!count) return count;
  int position = binder.position((*bound)->location);
  if (!*count) {
    return sql_error("42804", "argument of {} must be type bigint, not type {}", what,
                     to_string((*bound)->type.id))
        .at(position);
  }
  bool has_column = false;
  walk(**count,
       [&](const Bound& node) { return !(has_column = has_column || node.kind == BoundKind::kColumn); });
  if (has_column) return sql_error("42P10", "argument of {} must not contain variables", what).at(position);
  if (is_null_constant(**count)) return BoundPtr();
  return count;
}

SqlResult<std::vector<BoundTarget>> bind_targets(Binder& binder, const std::vector<ast::Target>& targets,
                                                 Scope& scope, const Place& place,
                                                 std::span<const Type> target_types) {
  std::vector<BoundTarget> out;
  for (const ast::Target& target : targets) {
    const auto* ref = std::get_if<ast::ColumnRef>(&target.expr->node);
    int location = target.expr->location;
    if (ref && ref->star) {
      if (ref->names.empty() && scope.tables.empty()) {
        return sql_error("42601", "SELECT * with no tables specified is not valid")
            .at(binder.position(location));
      }
      if (ref->names.empty()) {
        for (size_t i = 0; i < scope.columns.size(); ++i) {
          out.push_back(
              {scope.column(scope.columns[i], scope.column_tables[i], location), scope.columns[i].name});
        }
        continue;
      }
      auto table = scope.find_table(ref->names.back(), location, binder.text());
      if (!table) return std::unexpected(table.error());
      for (const ScopeColumn& column : (*table)->columns) {
        out.push_back({scope.column(column, (*table)->name, location), column.name});
      }
      continue;
    }
    auto bound = binder.bind(*target.expr, scope, place);
    if (!bound) return std::unexpected(bound.error());
    if ((*bound)->type.id == TypeId::kUnknown) {
      bool given = out.size() < target_types.size() && target_types[out.size()].id != TypeId::kInvalid;
      if (given && target_types[out.size()].id != TypeId::kUnknown) {
        bound = binder.coerce(*bound, {target_types[out.size()].id}, CastKind::kImplicit);
      } else if (!given) {
        bound = binder.settle(*bound);
      }
      if (!bound) return std::unexpected(bound.error());
    }
    out.push_back({*bound, target.alias.empty() ? column_name(*target.expr) : target.alias});
  }
  return out;
}

ResultColumn result_column(const BoundTarget& target) {
  ResultColumn column;
  column.name = target.name;
  column.type = target.expr->type;
  column.table = target.expr->table;
  column.attribute = target.expr->attribute;
  return column;
}

SqlResult<QueryPlan> plan_query(Binder& binder, const ast::Select& select, const QueryOptions& options) {
  size_t named = binder.named_queries.size();
  for (const ast::CommonTable& table : select.with) {
    if (table.recursive) {
      binder.named_queries.resize(named);
      return not_supported("WITH RECURSIVE").at(binder.position(table.location));
    }
    for (size_t i = named; i < binder.named_queries.size(); ++i) {
      if (binder.named_queries[i].table->name != table.name) continue;
      binder.named_queries.resize(named);
      return sql_error("42712", "WITH query name \"{}\" specified more than once", table.name)
          .at(binder.position(table.location));
    }
    binder.named_queries.push_back({&table, options.outer});
  }
  SqlResult<QueryPlan> out = select.operation != ast::SetOperation::kNone
                                 ? plan_set_operation(binder, select, options)
                             : !select.values.empty() ? plan_values(binder, select, options)
                                                      : plan_plain_select(binder, select, options);
  binder.named_queries.resize(named);
  return out;
}

}  // namespace wallaby::sql
