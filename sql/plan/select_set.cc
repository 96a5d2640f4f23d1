// VALUES, UNION, INTERSECT, EXCEPT: queries without a FROM of their own.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sql/plan/select_parts.h"

namespace wallaby::sql {
namespace {

const char* name_of(ast::SetOperation operation) {
  switch (operation) {
    case ast::SetOperation::kIntersect: return "INTERSECT";
    case ast::SetOperation::kExcept: return "EXCEPT";
    default: return "UNION";
  }
}

/// Literals of no type stay so, that the other side may give them one.
std::vector<Type> undecided(size_t columns) {
  return std::vector<Type>(columns, Type{TypeId::kUnknown});
}

size_t width_of(const ast::Select& select) {
  if (select.operation != ast::SetOperation::kNone) return width_of(*select.left);
  return select.values.empty() ? select.targets.size() : select.values[0].size();
}

bool has_unknown(const QueryPlan& plan) {
  return std::any_of(plan.columns.begin(), plan.columns.end(),
                     [](const ResultColumn& column) { return column.type.id == TypeId::kUnknown; });
}

/// Where the expression begins: `a + 1` stands at its a, not at its operator.
int leftmost_location(const Bound& expr) {
  int first = expr.location;
  for (const BoundPtr& arg : expr.args) {
    int inner = arg ? leftmost_location(*arg) : -1;
    if (inner >= 0 && (first < 0 || inner < first)) first = inner;
  }
  return first;
}

class SetPlanner {
 public:
  SetPlanner(Binder& binder, const ast::Select& select, const QueryOptions& options)
      : binder_(binder), select_(select), options_(options) {}

  SqlResult<QueryPlan> plan() {
    if (select_.for_update)
      return sql_error("0A000", "{} is not allowed with UNION/INTERSECT/EXCEPT", select_.locking);
    size_t subqueries = binder_.independent_subqueries.size();
    int tables = binder_.tables;
    auto again = [&] {
      binder_.independent_subqueries.resize(subqueries);
      binder_.tables = tables;
    };
    std::vector<Type> open = undecided(width_of(select_) + 64);
    auto left = side(*select_.left, open), right = left ? side(*select_.right, open) : left;
    if (!right) return right;
    auto types = common_types(*left, *right);
    if (!types) return std::unexpected(types.error());
    if (has_unknown(*left) || has_unknown(*right)) {
      again();
      left = side(*select_.left, *types);
      if (!left) return left;
      right = side(*select_.right, *types);
      if (!right) return right;
    }
    std::vector<TypeId> ids;
    for (const Type& type : *types) ids.push_back(type.id);
    auto a = converted(*left, *types), b = converted(*right, *types);
    if (!a) return std::unexpected(a.error());
    if (!b) return std::unexpected(b.error());
    QueryPlan out;
    out.columns = left->columns;
    for (size_t i = 0; i < out.columns.size(); ++i) {
      out.columns[i].type = (*types)[i];
      out.columns[i].table = 0;
      out.columns[i].attribute = 0;
    }
    if (select_.operation == ast::SetOperation::kUnion) {
      out.node = make_append(*a, *b);
      if (!select_.all) out.node = make_distinct(out.node, ids);
    } else {
      out.node = make_set_operation(*a, *b, select_.operation, select_.all, ids);
    }
    if (auto done = order_result(binder_, select_, options_, out); !done)
      return std::unexpected(done.error());
    return out;
  }

 private:
  SqlResult<QueryPlan> side(const ast::Select& select, std::span<const Type> types) {
    return plan_query(binder_, select, {.outer = options_.outer, .target_types = types});
  }

  SqlResult<std::vector<Type>> common_types(const QueryPlan& left, const QueryPlan& right) const {
    if (left.columns.size() != right.columns.size()) {
      return sql_error("42601", "each {} query must have the same number of columns",
                       name_of(select_.operation))
          .at(binder_.position(first_location(*select_.right)));
    }
    std::vector<Type> out;
    for (size_t i = 0; i < left.columns.size(); ++i) {
      const Type &a = left.columns[i].type, &b = right.columns[i].type;
      const TypeId both[] = {a.id, b.id};
      bool open = a.id == TypeId::kUnknown && b.id == TypeId::kUnknown;
      // The one who asked for this may know more: the column that INSERT fills, the other side of an outer UNION.
      if (open && i < options_.target_types.size()) {
        out.push_back(options_.target_types[i]);
        continue;
      }
      TypeId type = common_type(both);
      if (type == TypeId::kInvalid) {
        return sql_error("42804", "{} types {} and {} cannot be matched", name_of(select_.operation),
                         to_string(a.id), to_string(b.id))
            .at(binder_.position(target_location(*select_.right, i)));
      }
      out.push_back(a == b && !open ? a : Type{type});
    }
    return out;
  }

  static int first_location(const ast::Select& select) { return target_location(select, 0); }
  static int target_location(const ast::Select& select, size_t i) {
    if (select.operation != ast::SetOperation::kNone) return target_location(*select.left, i);
    if (!select.values.empty()) return i < select.values[0].size() ? select.values[0][i]->location : -1;
    return i < select.targets.size() ? select.targets[i].expr->location : -1;
  }

  /// The side's rows with the common types.
  SqlResult<RowNodePtr> converted(const QueryPlan& side, const std::vector<Type>& types) {
    std::vector<BoundPtr> exprs;
    bool changed = false;
    for (size_t i = 0; i < types.size(); ++i) {
      BoundPtr column = make_column(static_cast<int>(i), side.columns[i].type, side.columns[i].name);
      auto expr = types[i].id == TypeId::kUnknown
                      ? SqlResult<BoundPtr>(column)
                      : binder_.coerce(column, {types[i].id}, CastKind::kImplicit);
      if (!expr) return std::unexpected(expr.error());
      if (!*expr) {
        return sql_error("42846", "{} could not convert type {} to {}", name_of(select_.operation),
                         to_string(side.columns[i].type.id), to_string(types[i].id));
      }
      changed = changed || *expr != column;
      exprs.push_back(*expr);
    }
    return changed ? make_project(side.node, std::move(exprs)) : side.node;
  }

  Binder& binder_;
  const ast::Select& select_;
  const QueryOptions& options_;
};

}  // namespace

SqlResult<QueryPlan> plan_set_operation(Binder& binder, const ast::Select& select,
                                        const QueryOptions& options) {
  return SetPlanner(binder, select, options).plan();
}

SqlResult<QueryPlan> plan_values(Binder& binder, const ast::Select& select, const QueryOptions& options) {
  if (select.for_update) return sql_error("0A000", "{} cannot be applied to VALUES", select.locking);
  size_t width = select.values[0].size();
  Scope scope;
  scope.outer = options.outer;
  std::vector<std::vector<BoundPtr>> columns(width);
  for (const auto& row : select.values) {
    if (row.size() != width) {
      return sql_error("42601", "VALUES lists must all be the same length")
          .at(binder.position(row.empty() ? -1 : row[0]->location));
    }
    for (size_t i = 0; i < width; ++i) {
      auto value = binder.bind(*row[i], scope, {"VALUES"});
      if (!value) return std::unexpected(value.error());
      columns[i].push_back(*value);
    }
  }
  QueryPlan out;
  for (size_t i = 0; i < width; ++i) {
    bool unknown = std::all_of(columns[i].begin(), columns[i].end(),
                               [](const BoundPtr& value) { return value->type.id == TypeId::kUnknown; });
    TypeId type = TypeId::kUnknown;
    if (unknown && i < options.target_types.size() && options.target_types[i].id != TypeId::kInvalid) {
      type = options.target_types[i].id;
      for (BoundPtr& value : columns[i]) {
        if (type == TypeId::kUnknown) break;
        auto read = binder.coerce(value, {type}, CastKind::kImplicit);
        if (!read) return std::unexpected(read.error());
        value = *read;
      }
    } else {
      auto common = binder.unify(columns[i], "VALUES");
      if (!common) return std::unexpected(common.error());
      type = *common;
    }
    ResultColumn column;
    column.name = fmt::format("column{}", i + 1);
    column.type = {type};
    out.columns.push_back(std::move(column));
  }
  std::vector<std::vector<BoundPtr>> rows(select.values.size());
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t i = 0; i < width; ++i) rows[row].push_back(columns[i][row]);
  }
  out.node = make_rows(std::move(rows), {});
  if (auto done = order_result(binder, select, options, out); !done) return std::unexpected(done.error());
  return out;
}

SqlResult<void> order_result(Binder& binder, const ast::Select& select, const QueryOptions& options,
                             QueryPlan& plan) {
  Scope scope;
  scope.outer = options.outer;
  ScopeTable table;
  table.name = select.values.empty() ? "" : "*VALUES*";
  for (const ResultColumn& column : plan.columns) {
    ScopeColumn into;
    into.name = column.name;
    into.type = column.type;
    table.columns.push_back(std::move(into));
  }
  if (auto added = scope.add(std::move(table)); !added) return added;

  SortSpec spec;
  for (const ast::OrderItem& item : select.order_by) {
    SortKey key;
    key.descending = item.descending;
    key.nulls_first =
        item.nulls == ast::NullsOrder::kDefault ? item.descending : item.nulls == ast::NullsOrder::kFirst;
    if (const auto* number = std::get_if<ast::IntConst>(&item.expr->node)) {
      if (number->value < 1 || number->value > static_cast<int64_t>(plan.columns.size())) {
        return sql_error("42P10", "ORDER BY position {} is not in select list", number->value)
            .at(binder.position(item.expr->location));
      }
      int at = static_cast<int>(number->value) - 1;
      key.expr = make_column(at, plan.columns[static_cast<size_t>(at)].type,
                             plan.columns[static_cast<size_t>(at)].name);
    } else {
      auto bound = binder.bind(*item.expr, scope, {"ORDER BY"});
      if (!bound) return std::unexpected(bound.error());
      if ((*bound)->kind != BoundKind::kColumn) {
        int position = binder.position(leftmost_location(**bound));
        if (!select.values.empty())
          return not_supported("ORDER BY of an expression after VALUES").at(position);
        return sql_error("0A000", "invalid UNION/INTERSECT/EXCEPT ORDER BY clause")
            .at(position)
            .detail("Only result column names can be used, not expressions or functions.")
            .hint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.");
      }
      key.expr = *bound;
    }
    spec.keys.push_back(std::move(key));
  }
  auto limit = bind_limit(binder, select.limit, scope, "LIMIT");
  if (!limit) return std::unexpected(limit.error());
  auto offset = bind_limit(binder, select.offset, scope, "OFFSET");
  if (!offset) return std::unexpected(offset.error());
  if (!spec.keys.empty()) {
    spec.limit = *limit;
    spec.offset = *offset;
    plan.node = make_sort(plan.node, std::move(spec));
  }
  plan.node = make_limit(plan.node, *limit, *offset);
  return {};
}

}  // namespace wallaby::sql
