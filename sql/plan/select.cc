// SELECT, from its targets to LIMIT.
//
//     FROM and WHERE -> groups -> HAVING -> targets -> DISTINCT -> ORDER BY -> LIMIT
//
// What ORDER BY and DISTINCT ON need beside the targets is computed with them as further columns, and cut off in the end.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sql/plan/select_parts.h"

namespace wallaby::sql {
namespace {

class SelectPlanner {
 public:
  SelectPlanner(Binder& binder, const ast::Select& select, const QueryOptions& options)
      : binder_(binder), select_(select), options_(options) {
    scope_.outer = options.outer;
  }

  SqlResult<QueryPlan> plan() {
    for (auto step : {&SelectPlanner::bind_rows, &SelectPlanner::bind_expressions, &SelectPlanner::group}) {
      if (auto done = (this->*step)(); !done) return std::unexpected(done.error());
    }
    if (auto checked = check_locking(); !checked) return std::unexpected(checked.error());
    QueryPlan out;
    out.locks = select_.for_update;
    for (size_t i = 0; i < targets_; ++i) out.columns.push_back(result_column({exprs_[i], names_[i]}));
    out.node = nodes();
    return out;
  }

 private:
  SqlResult<void> bind_rows() {
    auto tree = bind_from(binder_, select_.from, scope_);
    if (!tree) return std::unexpected(tree.error());
    tree_ = std::move(*tree);
    if (!select_.where) return {};
    auto where = binder_.bind_condition(*select_.where, scope_, {"WHERE"});
    if (!where) return std::unexpected(where.error());
    split_and(*where, where_);
    return {};
  }

  SqlResult<void> bind_expressions() {
    // A subquery in an expression may be run ahead, whether or not its place is reached: no waiting there.
    Place place{.name = "SELECT", .aggregates = &grouped_.calls, .may_wait = !options_.outer};
    auto targets = bind_targets(binder_, select_.targets, scope_, place, options_.target_types);
    if (!targets) return std::unexpected(targets.error());
    for (BoundTarget& target : *targets) {
      exprs_.push_back(std::move(target.expr));
      names_.push_back(std::move(target.name));
    }
    targets_ = exprs_.size();
    if (auto done = bind_groups(); !done) return done;
    if (select_.having) {
      auto having = binder_.bind_condition(*select_.having, scope_, {"HAVING", &grouped_.calls});
      if (!having) return std::unexpected(having.error());
      having_ = *having;
    }
    if (auto done = bind_distinct_on(); !done) return done;
    if (auto done = bind_order(); !done) return done;
    for (auto [into, expr, name] :
         {std::tuple(&limit_, &select_.limit, "LIMIT"), std::tuple(&offset_, &select_.offset, "OFFSET")}) {
      auto bound = bind_limit(binder_, *expr, scope_, name);
      if (!bound) return std::unexpected(bound.error());
      *into = *bound;
    }
    return {};
  }

  /// A target by number, as 1 in ORDER BY 1; nullopt: the expression is no number.
  SqlResult<std::optional<size_t>> by_position(const ast::Expr& expr, std::string_view clause) const {
    bool other = std::holds_alternative<ast::StringConst>(expr.node) ||
                 std::holds_alternative<ast::DecimalConst>(expr.node) ||
                 std::holds_alternative<ast::NullConst>(expr.node) ||
                 std::holds_alternative<ast::BoolConst>(expr.node);
    if (other) {
      if (std::holds_alternative<ast::BoolConst>(expr.node)) return std::nullopt;
      return sql_error("42601", "non-integer constant in {}", clause).at(binder_.position(expr.location));
    }
    const auto* number = std::get_if<ast::IntConst>(&expr.node);
    if (!number) return std::nullopt;
    if (number->value < 1 || number->value > static_cast<int64_t>(targets_)) {
      return sql_error("42P10", "{} position {} is not in select list", clause, number->value)
          .at(binder_.position(expr.location));
    }
    return std::optional(static_cast<size_t>(number->value - 1));
  }

  /// A target by its name.
  SqlResult<std::optional<size_t>> by_name(const ast::Expr& expr, std::string_view clause) const {
    const auto* ref = std::get_if<ast::ColumnRef>(&expr.node);
    if (!ref || ref->star || ref->names.size() != 1) return std::nullopt;
    std::optional<size_t> found;
    for (size_t i = 0; i < targets_; ++i) {
      if (names_[i] != ref->names[0]) continue;
      if (found && !same(*exprs_[*found], *exprs_[i])) {
        return sql_error("42702", "{} \"{}\" is ambiguous", clause, ref->names[0])
            .at(binder_.position(expr.location));
      }
      if (!found) found = i;
    }
    return found;
  }

  SqlResult<void> bind_groups() {
    for (const ast::ExprPtr& item : select_.group_by) {
      auto at = by_position(*item, "GROUP BY");
      if (!at) return std::unexpected(at.error());
      BoundPtr expr;
      if (*at) {
        expr = exprs_[**at];
      } else {
        // A column of FROM goes before a target of the same name: the standard's rule for GROUP BY.
        auto bound = binder_.bind(*item, scope_, {"GROUP BY"});
        auto named = bound ? SqlResult<std::optional<size_t>>(std::nullopt) : by_name(*item, "GROUP BY");
        if (!named) return std::unexpected(named.error());
        if (!bound && (!*named || bound.error().code() != "42703")) return std::unexpected(bound.error());
        auto settled = binder_.settle(bound ? *bound : exprs_[**named]);
        if (!settled) return std::unexpected(settled.error());
        expr = *settled;
      }
      const Bound* aggregate = nullptr;
      walk(*expr, [&](const Bound& node) {
        if (node.kind == BoundKind::kAggregate) aggregate = &node;
        return !aggregate;
      });
      if (aggregate) {
        return sql_error("42803", "aggregate functions are not allowed in GROUP BY")
            .at(binder_.position(aggregate->location));
      }
      bool known = std::any_of(grouped_.groups.begin(), grouped_.groups.end(),
                               [&](const BoundPtr& group) { return same(*group, *expr); });
      if (!known) grouped_.groups.push_back(expr);
    }
    return {};
  }

  /// The column of an expression of ORDER BY or DISTINCT ON: a target's, or one more.
  SqlResult<size_t> sort_column(const ast::Expr& item, std::string_view clause) {
    auto at = by_position(item, clause);
    if (!at) return std::unexpected(at.error());
    if (*at) return **at;
    at = by_name(item, clause);
    if (!at) return std::unexpected(at.error());
    if (*at) return **at;
    auto bound = binder_.bind(item, scope_, {clause, &grouped_.calls});
    if (!bound) return std::unexpected(bound.error());
    auto settled = binder_.settle(*bound);
    if (!settled) return std::unexpected(settled.error());
    for (size_t i = 0; i < exprs_.size(); ++i) {
      if (same(*exprs_[i], **settled) || same_aggregate(*exprs_[i], **settled)) return i;
    }
    exprs_.push_back(*settled);
    return exprs_.size() - 1;
  }

  /// count(*) in the targets and count(*) in ORDER BY are two calls that give the same.
  bool same_aggregate(const Bound& a, const Bound& b) const {
    if (a.kind != BoundKind::kAggregate || b.kind != BoundKind::kAggregate) return false;
    const AggregateCall& x = grouped_.calls[static_cast<size_t>(a.index)];
    const AggregateCall& y = grouped_.calls[static_cast<size_t>(b.index)];
    auto equal = [](const BoundPtr& p, const BoundPtr& q) { return same(*p, *q); };
    return x.kind == y.kind && x.distinct == y.distinct && !x.filter && !y.filter && x.order_by.empty() &&
           y.order_by.empty() &&
           std::equal(x.args.begin(), x.args.end(), y.args.begin(), y.args.end(), equal);
  }

  SqlResult<void> bind_distinct_on() {
    for (const ast::ExprPtr& item : select_.distinct_on) {
      auto column = sort_column(*item, "DISTINCT ON");
      if (!column) return std::unexpected(column.error());
      if (std::find(distinct_on_.begin(), distinct_on_.end(), *column) == distinct_on_.end())
        distinct_on_.push_back(*column);
    }
    return {};
  }

  SqlResult<void> bind_order() {
    size_t matched = 0;
    for (const ast::OrderItem& item : select_.order_by) {
      auto column = sort_column(*item.expr, "ORDER BY");
      if (!column) return std::unexpected(column.error());
      int position = binder_.position(item.expr->location);
      if (select_.distinct && *column >= targets_) {
        return sql_error("42P10", "for SELECT DISTINCT, ORDER BY expressions must appear in select list")
            .at(position);
      }
      bool repeated =
          std::any_of(order_.begin(), order_.end(), [&](const auto& key) { return key.first == *column; });
      if (repeated) continue;
      if (matched < distinct_on_.size()) {
        if (std::find(distinct_on_.begin(), distinct_on_.end(), *column) == distinct_on_.end()) {
          return sql_error("42P10", "SELECT DISTINCT ON expressions must match initial ORDER BY expressions")
              .at(binder_.position(select_.distinct_on[0]->location));
        }
        ++matched;
      }
      bool nulls_first =
          item.nulls == ast::NullsOrder::kDefault ? item.descending : item.nulls == ast::NullsOrder::kFirst;
      order_.emplace_back(*column, SortKey{nullptr, item.descending, nulls_first});
    }
    for (size_t column : distinct_on_) {
      bool there =
          std::any_of(order_.begin(), order_.end(), [&](const auto& key) { return key.first == column; });
      if (!there) order_.emplace_back(column, SortKey{});
    }
    return {};
  }

  SqlResult<void> group() {
    is_grouped_ = !grouped_.groups.empty() || !grouped_.calls.empty() || having_;
    if (!is_grouped_) return {};
    auto over = [&](BoundPtr& expr) -> SqlResult<void> {
      auto out = over_groups(binder_, grouped_, tree_.get(), expr);
      if (!out) return std::unexpected(out.error());
      expr = *out;
      return {};
    };
    for (BoundPtr& expr : exprs_) {
      if (auto done = over(expr); !done) return done;
    }
    if (having_) {
      if (auto done = over(having_); !done) return done;
    }
    for (BoundPtr& expr : exprs_) expr = number_aggregates(grouped_, expr);
    having_ = number_aggregates(grouped_, having_);
    return {};
  }

  SqlResult<void> check_locking() const {
    if (!select_.for_update) return {};
    const char* with = select_.distinct || !select_.distinct_on.empty() ? "DISTINCT clause"
                       : !select_.group_by.empty()                      ? "GROUP BY clause"
                       : having_                                        ? "HAVING clause"
                       : is_grouped_                                    ? "aggregate functions"
                                                                        : nullptr;
    if (with) return sql_error("0A000", "{} is not allowed with {}", select_.locking, with);
    if (!tree_) return {};
    if (tree_->is_join() || !tree_->table)
      return not_supported(select_.locking + " of anything but one table");
    return {};
  }

  std::vector<SortKey> sort_keys() const {
    std::vector<SortKey> keys;
    for (const auto& [column, key] : order_) {
      SortKey out = key;
      out.expr = make_column(static_cast<int>(column), exprs_[column]->type, print(*exprs_[column], true));
      out.expr->name = exprs_[column]->kind == BoundKind::kColumn ? exprs_[column]->name : out.expr->name;
      keys.push_back(std::move(out));
    }
    return keys;
  }

  /// True when the path gives the rows in the order that is asked for.
  bool is_ordered(const AccessPath& path) const {
    const std::vector<uint16_t>& key = path.order();
    size_t at = 0;
    for (const auto& [column, sort] : order_) {
      const Bound& expr = *exprs_[column];
      if (expr.kind != BoundKind::kColumn || sort.descending) return false;
      auto is_it = [&](size_t i) { return i < key.size() && key[i] == expr.index; };
      // A column with one value is in order whatever comes.
      bool fixed = false;
      for (size_t i = 0; i < path.equal.size(); ++i) fixed = fixed || is_it(i);
      if (fixed) continue;
      at = std::max(at, path.equal.size());
      if (!is_it(at)) return false;
      if (sort.nulls_first && !path.table->columns[key[at]].not_null && path.index) return false;
      ++at;
    }
    return true;
  }

  /// One table: its path, with the order of its keys used where it fits.
  RowNodePtr scan_table(bool& ordered) {
    AccessPath path = choose_access(tree_->table, 0, where_);
    path.alias = tree_->alias;
    bool plain = !is_grouped_ && !select_.distinct;
    ordered = !order_.empty() && plain && is_ordered(path);
    if (ordered && !path.uses_key()) path.in_key_order = true;
    if (!ordered && plain && limit_ && !order_.empty() && !path.uses_key()) {
      for (const Index& index : path.table->indexes) {
        AccessPath other = path;
        other.index = &index;
        if (!is_ordered(other)) continue;
        path = std::move(other);
        path.in_key_order = ordered = true;
        break;
      }
    }
    bool one_row = plain && path.whole_key() && path.any.empty() && !path.filter && order_.empty() &&
                   !limit_ && !offset_ && !select_.for_update;
    bool columns_alone = std::all_of(exprs_.begin(), exprs_.end(),
                                     [](const BoundPtr& expr) { return expr->kind == BoundKind::kColumn; });
    if (!one_row || !columns_alone) return make_scan(std::move(path), select_.for_update);
    std::vector<int> columns;
    for (const BoundPtr& expr : exprs_) columns.push_back(expr->index);
    is_point_ = true;
    return make_point_scan(std::move(path), std::move(columns));
  }

  RowNodePtr nodes() {
    bool ordered = order_.empty();
    RowNodePtr node;
    if (!tree_)
      node = make_filter(make_rows({{}}, {}), make_and(where_));
    else if (!tree_->is_join() && tree_->table)
      node = scan_table(ordered);
    else
      node = build_from(*tree_, where_);
    if (is_point_) return node;
    if (is_grouped_) {
      node = make_aggregate(std::move(node), grouped_.groups, grouped_.calls);
      node = make_filter(std::move(node), having_);
    }
    node = make_project(std::move(node), exprs_);
    if (select_.distinct) {
      std::vector<TypeId> types;
      for (const BoundPtr& expr : exprs_) types.push_back(expr->type.id);
      node = make_distinct(std::move(node), std::move(types));
    }
    if (!ordered && !order_.empty()) {
      SortSpec spec{sort_keys(), nullptr, nullptr};
      if (distinct_on_.empty()) {
        spec.limit = limit_;
        spec.offset = offset_;
      }
      node = make_sort(std::move(node), std::move(spec));
    }
    if (!distinct_on_.empty()) {
      std::vector<SortKey> keys = sort_keys();
      std::erase_if(keys, [&](const SortKey& key) {
        return std::find(distinct_on_.begin(), distinct_on_.end(), static_cast<size_t>(key.expr->index)) ==
               distinct_on_.end();
      });
      node = make_first_of_each(std::move(node), std::move(keys));
    }
    if (exprs_.size() > targets_) node = make_cut(std::move(node), targets_);
    return make_limit(std::move(node), limit_, offset_);
  }

  Binder& binder_;
  const ast::Select& select_;
  const QueryOptions& options_;
  Scope scope_;
  FromTreePtr tree_;
  std::vector<BoundPtr> where_;
  std::vector<BoundPtr> exprs_;  ///< the targets, then what only sorting needs
  std::vector<std::string> names_;
  size_t targets_ = 0;
  GroupedQuery grouped_;
  BoundPtr having_, limit_, offset_;
  std::vector<std::pair<size_t, SortKey>> order_;
  std::vector<size_t> distinct_on_;
  bool is_grouped_ = false, is_point_ = false;
};

}  // namespace

SqlResult<QueryPlan> plan_plain_select(Binder& binder, const ast::Select& select,
                                       const QueryOptions& options) {
  return SelectPlanner(binder, select, options).plan();
}

}  // namespace wallaby::sql
