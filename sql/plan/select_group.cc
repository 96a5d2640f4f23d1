// GROUP BY: from expressions over rows to expressions over groups.
//
//     SELECT lower(city), count(*) FROM users GROUP BY lower(city) HAVING count(*) > 1
//
//     the group's row:  [lower(city), count(*)]       lower(city) becomes column 0, count(*) column 1
//
// A column that is left over belongs to single rows and has no value for a group: 42803. Unless the whole primary key of its table
// is grouped by: then a group is one row of that table, and the column joins the group.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sql/plan/select_parts.h"

namespace wallaby::sql {
namespace {

const FromTree* leaf_of(const FromTree* tree, int column) {
  if (!tree) return nullptr;
  if (!tree->is_join()) return tree;
  return leaf_of(column < tree->right->first ? tree->left.get() : tree->right.get(), column);
}

bool is_grouped(const GroupedQuery& query, int column) {
  return std::any_of(query.groups.begin(), query.groups.end(), [&](const BoundPtr& group) {
    return group->kind == BoundKind::kColumn && group->index == column;
  });
}

/// True when the groups settle the row of the column's table.
bool follows_from_key(const GroupedQuery& query, const FromTree* from, int column) {
  const FromTree* leaf = leaf_of(from, column);
  if (!leaf || !leaf->table || leaf->table->primary_key.empty()) return false;
  const auto& key = leaf->table->primary_key;
  return std::all_of(key.begin(), key.end(),
                     [&](uint16_t part) { return is_grouped(query, leaf->first + part); });
}

std::string call_text(const AggregateCall& call) {
  std::string text = call.name + "(" + (call.distinct ? "DISTINCT " : "");
  if (call.kind == AggregateKind::kCountRows) text += "*";
  for (size_t i = 0; i < call.args.size(); ++i) text += (i ? ", " : "") + print(*call.args[i], false);
  return text + ")";
}

}  // namespace

SqlResult<BoundPtr> over_groups(const Binder& binder, GroupedQuery& query, const FromTree* from,
                                const BoundPtr& expr) {
  const Bound* stray = nullptr;
  bool in_subquery = false;
  BoundPtr out = rewrite(expr, [&](const BoundPtr& node) -> BoundPtr {
    for (size_t i = 0; i < query.groups.size(); ++i) {
      if (!same(*query.groups[i], *node)) continue;
      BoundPtr column =
          make_column(static_cast<int>(i), node->type,
                      node->kind == BoundKind::kColumn ? node->name : print(*node, false), node->location);
      column->table = node->table;
      column->attribute = node->attribute;
      return column;
    }
    if (node->kind == BoundKind::kSubquery) {
      for (const BoundPtr& arg : node->args) {
        walk(*arg, [&](const Bound& below) {
          if (below.kind == BoundKind::kColumn && !is_grouped(query, below.index)) in_subquery = true;
          return true;
        });
      }
    }
    if (node->kind != BoundKind::kColumn) return nullptr;
    if (!follows_from_key(query, from, node->index)) {
      if (!stray) stray = node.get();
      return nullptr;
    }
    query.groups.push_back(node);
    BoundPtr column =
        make_column(static_cast<int>(query.groups.size()) - 1, node->type, node->name, node->location);
    column->table = node->table;
    column->attribute = node->attribute;
    return column;
  });
  if (!stray) return out;
  if (in_subquery) {
    return sql_error("42803", "subquery uses ungrouped column \"{}\" from outer query", stray->name)
        .at(binder.position(stray->location));
  }
  return sql_error("42803",
                   "column \"{}\" must appear in the GROUP BY clause or be used in an aggregate function",
                   stray->name)
      .at(binder.position(stray->location));
}

BoundPtr number_aggregates(const GroupedQuery& query, const BoundPtr& expr) {
  if (!expr) return expr;
  return rewrite(expr, [&](const BoundPtr& node) -> BoundPtr {
    if (node->kind != BoundKind::kAggregate) return nullptr;
    int column = static_cast<int>(query.groups.size()) + node->index;
    const AggregateCall& call = query.calls[static_cast<size_t>(node->index)];
    return make_column(column, node->type, call_text(call), node->location);
  });
}

}  // namespace wallaby::sql
