#include "sql/plan/access_path.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sql/storage/key_codec.h"

namespace wallaby::sql {
namespace {

bool is_integer(TypeId type) {
  return type == TypeId::kInt2 || type == TypeId::kInt4 || type == TypeId::kInt8;
}
bool is_text(TypeId type) {
  return type == TypeId::kText || type == TypeId::kVarchar;
}

/// Values that are compared as `compared` can be looked for among keys of `stored`: same bits, same order.
bool comparable_as_key(TypeId stored, TypeId compared) {
  if (!is_key_type(stored)) return false;
  return stored == compared || (is_integer(stored) && is_integer(compared)) ||
         (is_text(stored) && is_text(compared));
}

/// A column, looked through the widening of integers and relabelling of texts that a comparison put around it.
const Bound& bare(const Bound& expr) {
  if (expr.kind != BoundKind::kCast) return expr;
  const Bound& inner = bare(*expr.args[0]);
  if (inner.kind != BoundKind::kColumn) return expr;
  bool widened = is_integer(expr.type.id) && is_integer(inner.type.id);
  return widened || (is_text(expr.type.id) && is_text(inner.type.id)) ? inner : expr;
}

CompareOp mirrored(CompareOp op) {
  switch (op) {
    case CompareOp::kLess: return CompareOp::kGreater;
    case CompareOp::kLessEqual: return CompareOp::kGreaterEqual;
    case CompareOp::kGreater: return CompareOp::kLess;
    case CompareOp::kGreaterEqual: return CompareOp::kLessEqual;
    default: return op;
  }
}

/// A condition that says something about one column of the table.
struct Clue {
  enum class Kind : uint8_t { kCompare, kList, kArray } kind = Kind::kCompare;
  uint16_t column = 0;
  CompareOp op = CompareOp::kEqual;
  std::vector<BoundPtr> values;
  size_t condition = 0;  ///< which
};

class Chooser {
 public:
  Chooser(std::shared_ptr<const Table> table, int offset, std::vector<BoundPtr> conditions)
      : table_(std::move(table)), offset_(offset), conditions_(std::move(conditions)) {
    for (size_t i = 0; i < conditions_.size(); ++i) read_clue(i);
  }

  AccessPath choose() {
    AccessPath best;
    best.table = table_;
    int best_score = 0;
    std::vector<bool> best_used(conditions_.size());
    auto consider = [&](const Index* index, const std::vector<uint16_t>& key) {
      AccessPath path;
      path.table = table_;
      path.index = index;
      std::vector<bool> used(conditions_.size());
      int score = match(path, key, used);
      if (score <= best_score) return;
      best = std::move(path);
      best_score = score;
      best_used = std::move(used);
    };
    consider(nullptr, table_->primary_key);
    for (const Index& index : table_->indexes) consider(&index, index.columns);
    std::vector<BoundPtr> keys, rest;
    for (size_t i = 0; i < conditions_.size(); ++i) (best_used[i] ? keys : rest).push_back(conditions_[i]);
    best.condition = make_and(std::move(keys));
    best.filter = make_and(std::move(rest));
    return best;
  }

 private:
  bool is_ours(const Bound& column) const {
    return column.kind == BoundKind::kColumn && column.index >= offset_ &&
           column.index < offset_ + static_cast<int>(table_->columns.size());
  }
  /// Known before the table is read, and the same for all its rows.
  bool is_known(const Bound& expr) const {
    bool known = !is_volatile(expr);
    walk(expr, [&](const Bound& node) {
      known = known && !is_ours(node) && node.kind != BoundKind::kSubquery;
      return known;
    });
    return known;
  }
  std::optional<uint16_t> key_column(const Bound& expr, TypeId compared) const {
    const Bound& column = bare(expr);
    if (!is_ours(column) || !comparable_as_key(column.type.id, compared)) return std::nullopt;
    return static_cast<uint16_t>(column.index - offset_);
  }

  void read_clue(size_t i) {
    const Bound& condition = *conditions_[i];
    Clue clue;
    clue.condition = i;
    if (condition.kind == BoundKind::kCompare && condition.compare != CompareOp::kNotEqual) {
      for (size_t side : {0, 1}) {
        auto column = key_column(*condition.args[side], condition.compare_type);
        const BoundPtr& other = condition.args[1 - side];
        if (!column || !is_known(*other)) continue;
        clue.column = *column;
        clue.op = side == 0 ? condition.compare : mirrored(condition.compare);
        clue.values = {other};
        clues_.push_back(std::move(clue));
        return;
      }
      return;
    }
    bool any = condition.kind == BoundKind::kAnyAll && !condition.all && !condition.function &&
               condition.compare == CompareOp::kEqual;
    if (!any && condition.kind != BoundKind::kInList) return;
    auto column = key_column(*condition.args[0], condition.compare_type);
    if (!column) return;
    clue.kind = any ? Clue::Kind::kArray : Clue::Kind::kList;
    clue.column = *column;
    clue.values.assign(condition.args.begin() + 1, condition.args.end());
    for (const BoundPtr& value : clue.values) {
      if (!is_known(*value)) return;
    }
    clues_.push_back(std::move(clue));
  }

  const Clue* find(uint16_t column, Clue::Kind kind, std::initializer_list<CompareOp> ops) const {
    for (const Clue& clue : clues_) {
      if (clue.column != column || clue.kind != kind) continue;
      if (kind != Clue::Kind::kCompare || std::find(ops.begin(), ops.end(), clue.op) != ops.end())
        return &clue;
    }
    return nullptr;
  }

  /// How good it is; 0: of no use.
  int match(AccessPath& path, const std::vector<uint16_t>& key, std::vector<bool>& used) const {
    using enum CompareOp;
    int score = 0;
    for (uint16_t column : key) {
      if (const Clue* equal = find(column, Clue::Kind::kCompare, {kEqual})) {
        path.equal.push_back(equal->values[0]);
        used[equal->condition] = true;
        score += 100;
        continue;
      }
      const Clue* any = find(column, Clue::Kind::kList, {});
      if (!any) any = find(column, Clue::Kind::kArray, {});
      if (any) {
        path.any = any->values;
        path.any_is_array = any->kind == Clue::Kind::kArray;
        used[any->condition] = true;
        score += 50;
        break;
      }
      if (const Clue* lower = find(column, Clue::Kind::kCompare, {kGreater, kGreaterEqual})) {
        path.lower = KeyBound{lower->values[0], lower->op == kGreaterEqual};
        used[lower->condition] = true;
        score += 20;
      }
      if (const Clue* upper = find(column, Clue::Kind::kCompare, {kLess, kLessEqual})) {
        path.upper = KeyBound{upper->values[0], upper->op == kLessEqual};
        used[upper->condition] = true;
        score += 20;
      }
      break;
    }
    bool whole = path.equal.size() + (path.any.empty() ? 0 : 1) == key.size() && !key.empty();
    bool unique = !path.index || path.index->unique;
    return whole && unique ? score + 1000 : score;
  }

  std::shared_ptr<const Table> table_;
  int offset_;
  std::vector<BoundPtr> conditions_;
  std::vector<Clue> clues_;
};

}  // namespace

bool AccessPath::whole_key() const {
  return !index && !table->primary_key.empty() &&
         equal.size() + (any.empty() ? 0 : 1) == table->primary_key.size();
}

AccessPath choose_access(std::shared_ptr<const Table> table, int offset, std::vector<BoundPtr> conditions) {
  return Chooser(std::move(table), offset, std::move(conditions)).choose();
}

std::string AccessPath::title() const {
  std::string name =
      alias.empty() || alias == table->name ? table->name : fmt::format("{} {}", table->name, alias);
  if (!uses_key() && !in_key_order) return fmt::format("Seq Scan on {}", name);
  return fmt::format("Index Scan using {} on {}", index ? index->name : table->primary_key_name, name);
}

void AccessPath::explain(ExplainText& out, int depth) const {
  out.node(depth, title());
  out.property(depth, "Index Cond", condition);
  out.property(depth, "Filter", filter);
}

}  // namespace wallaby::sql
