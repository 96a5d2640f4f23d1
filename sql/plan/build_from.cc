// From tables, joins and conditions to nodes.

#include <algorithm>
#include <utility>

#include "sql/plan/select_parts.h"

namespace wallaby::sql {
namespace {

using ast::JoinKind;
using Conditions = std::vector<BoundPtr>;

struct Uses {
  bool left = false, right = false;
};

/// Which sides of a join an expression needs.
Uses uses_of(const Bound& expr, const FromTree& join) {
  Uses uses;
  walk(expr, [&](const Bound& node) {
    if (node.kind == BoundKind::kColumn) (node.index < join.right->first ? uses.left : uses.right) = true;
    return true;
  });
  return uses;
}

/// Takes those that `belongs` is true for out of `from`.
template <typename Predicate>
Conditions take(Conditions& from, Predicate belongs) {
  Conditions out;
  std::erase_if(from, [&](const BoundPtr& condition) {
    // Something volatile stays where it was written: elsewhere it would be called another number of times.
    if (is_volatile(*condition) || !belongs(*condition)) return false;
    out.push_back(condition);
    return true;
  });
  return out;
}

Conditions shifted(Conditions conditions, int offset) {
  for (BoundPtr& condition : conditions) condition = shift_columns(condition, offset);
  return conditions;
}

RowNodePtr build_leaf(const FromTree& leaf, Conditions conditions) {
  conditions = shifted(std::move(conditions), -leaf.first);
  if (!leaf.table) return make_filter(leaf.node, make_and(std::move(conditions)));
  AccessPath path = choose_access(leaf.table, 0, std::move(conditions));
  path.alias = leaf.alias;
  return make_scan(std::move(path), false);
}

/// left = right, each over one side alone: what a hash join can look up.
void split_keys(Conditions& conditions, const FromTree& join, JoinSpec& spec) {
  Conditions used;
  for (const BoundPtr& condition : conditions) {
    if (condition->kind != BoundKind::kCompare || condition->compare != CompareOp::kEqual ||
        is_volatile(*condition))
      continue;
    Uses a = uses_of(*condition->args[0], join), b = uses_of(*condition->args[1], join);
    bool straight = a.left && !a.right && b.right && !b.left,
         turned = a.right && !a.left && b.left && !b.right;
    if (!straight && !turned) continue;
    const BoundPtr& left = condition->args[straight ? 0 : 1];
    const BoundPtr& right = condition->args[straight ? 1 : 0];
    spec.keys.emplace_back(shift_columns(left, -join.first), shift_columns(right, -join.right->first));
    spec.key_types.push_back(condition->compare_type);
    used.push_back(condition);
  }
  std::erase_if(conditions, [&](const BoundPtr& condition) {
    return std::find(used.begin(), used.end(), condition) != used.end();
  });
  spec.key_condition = make_and(shifted(std::move(used), -join.first));
}

/// True when a key of the right table is found by columns of the left one.
bool looks_up(const AccessPath& path, int left_width) {
  auto from_left = [&](const BoundPtr& expr) {
    bool found = false;
    walk(*expr, [&](const Bound& node) {
      found = found || (node.kind == BoundKind::kColumn && node.index < left_width);
      return !found;
    });
    return found;
  };
  return std::any_of(path.equal.begin(), path.equal.end(), from_left) ||
         std::any_of(path.any.begin(), path.any.end(), from_left);
}

RowNodePtr build_join(const FromTree& join, Conditions where) {
  bool inner = join.kind == JoinKind::kInner;
  Conditions on = join.on;
  if (inner) {
    on.insert(on.end(), where.begin(), where.end());
    where.clear();
  }
  auto left_alone = [&](const Bound& expr) { return !uses_of(expr, join).right; };
  auto right_alone = [&](const Bound& expr) {
    Uses uses = uses_of(expr, join);
    return uses.right && !uses.left;
  };
  Conditions to_left, to_right;
  if (inner) {
    to_left = take(on, left_alone);
    to_right = take(on, right_alone);
  } else if (join.kind == JoinKind::kLeft) {
    to_left = take(where, left_alone);
    to_right = take(on, right_alone);
  } else if (join.kind == JoinKind::kRight) {
    to_left = take(on, [&](const Bound& expr) { return uses_of(expr, join).left && left_alone(expr); });
    to_right = take(where, right_alone);
  }

  JoinSpec spec;
  spec.kind = join.kind;
  spec.left_width = static_cast<size_t>(join.left->width);
  spec.right_width = static_cast<size_t>(join.right->width);
  RowNodePtr left = build_from(*join.left, std::move(to_left));
  RowNodePtr node;
  bool one_sided = join.kind == JoinKind::kInner || join.kind == JoinKind::kLeft;
  if (join.right->table && one_sided) {
    Conditions all = on;
    all.insert(all.end(), to_right.begin(), to_right.end());
    AccessPath path =
        choose_access(join.right->table, join.left->width, shifted(std::move(all), -join.first));
    if (looks_up(path, join.left->width)) {
      path.alias = join.right->alias;
      node = make_lookup_join(left, std::move(path), spec);
    }
  }
  if (!node) {
    split_keys(on, join, spec);
    spec.condition = make_and(shifted(std::move(on), -join.first));
    node = make_join(left, build_from(*join.right, std::move(to_right)), std::move(spec));
  }
  return make_filter(std::move(node), make_and(shifted(std::move(where), -join.first)));
}

}  // namespace

RowNodePtr build_from(const FromTree& tree, std::vector<BoundPtr> conditions) {
  return tree.is_join() ? build_join(tree, std::move(conditions)) : build_leaf(tree, std::move(conditions));
}

}  // namespace wallaby::sql
