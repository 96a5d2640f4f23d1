// Functions and aggregates.

#include <algorithm>
#include <utility>

#include "sql/plan/expr_binder.h"
#include "sql/plan/waits.h"

namespace wallaby::sql {
namespace {

/// They give several rows where an expression has one place.
bool gives_rows(std::string_view name) {
  for (const char* known : {"generate_series", "unnest", "regexp_matches", "regexp_split_to_table",
                            "string_to_table", "jsonb_array_elements", "jsonb_each", "jsonb_object_keys"}) {
    if (name == known) return true;
  }
  return false;
}

/// Their first argument names a sequence: 'x' and 'x'::regclass are the same.
bool takes_sequence(std::string_view name) {
  return name == "nextval" || name == "currval" || name == "setval";
}

bool has_column(const BoundPtr& expr, BoundKind kind) {
  bool found = false;
  walk(*expr, [&](const Bound& node) { return !(found = found || node.kind == kind); });
  return found;
}

}  // namespace

SqlResult<BoundPtr> ExprBinder::call_function(std::string_view name, std::vector<BoundPtr> args,
                                              int location) {
  std::vector<TypeId> types;
  for (const BoundPtr& arg : args) types.push_back(arg->type.id);
  auto callable = resolve_function(name, types);
  if (!callable) {
    // text(x), date(x): a type's name used as a function is a cast.
    TypeId type = type_named(name);
    if (args.size() == 1 && type != TypeId::kInvalid && callable.error().code() == "42883") {
      auto cast = binder_.coerce(args[0], {type}, CastKind::kExplicit);
      if (!cast || *cast) return cast;
    }
    return std::unexpected(at(callable.error(), location));
  }
  if (callable->function->waits && !place_.may_wait) return at(cannot_wait(name), location);
  for (size_t i = 0; i < args.size(); ++i) {
    // An argument of type "any" comes as text.
    bool any = callable->arguments[i] == TypeId::kUnknown;
    auto value = any && types[i] == TypeId::kUnknown
                     ? binder_.settle(args[i])
                     : binder_.coerce(args[i], {callable->arguments[i]}, CastKind::kImplicit);
    if (!value) return value;
    if (!*value) {
      return at(sql_error("42846", "cannot cast type {} to {}", to_string(types[i]),
                          to_string(callable->arguments[i])),
                args[i]->location);
    }
    args[i] = *value;
  }
  BoundPtr out = make_bound(BoundKind::kCall, callable->result, std::move(args), location);
  if (name == "nextval" || name == "setval") binder_.moves_sequences = true;
  out->function = callable->function;
  out->name = name;
  return fold(out);
}

/// What only aggregates may have, on a plain function.
SqlResult<void> ExprBinder::refuse_plain(const ast::Call& call) {
  const char* what = call.star                ? nullptr
                     : call.distinct          ? "DISTINCT"
                     : !call.order_by.empty() ? "ORDER BY"
                     : call.filter            ? "FILTER"
                                              : "";
  if (!what) {
    if (auto plain = resolve_function(call.name, {}); !plain)
      return std::unexpected(at(plain.error(), location_));
    return at(
        sql_error("42809", "{}(*) specified, but {} is not an aggregate function", call.name, call.name),
        location_);
  }
  if (*what == '\0') return {};
  return at(sql_error("42809", "{} specified, but {} is not an aggregate function", what, call.name),
            location_);
}

SqlResult<BoundPtr> ExprBinder::operator()(const ast::Call& node) {
  int location = location_;
  if (!node.schema.empty() && node.schema != "pg_catalog" && node.schema != "public") {
    return at(sql_error("3F000", "schema \"{}\" does not exist", node.schema), location);
  }
  if (node.window) return at(not_supported("a window function"), location);
  if (is_aggregate(node.name)) return aggregate(node);
  if (gives_rows(node.name) && node.name != "unnest") {
    return at(not_supported("a function that gives rows outside of FROM",
                            "Write it in FROM: SELECT x FROM generate_series(1, 10) x."),
              location);
  }
  if (auto plain = refuse_plain(node); !plain) return std::unexpected(plain.error());
  if (takes_sequence(node.name) && !node.arguments.empty()) return sequence_call(node);
  auto args = bind_all(node.arguments);
  if (!args) return std::unexpected(args.error());
  if (node.name == "pg_typeof" && args->size() == 1) {
    return make_constant({TypeId::kText}, Value(to_string(args->at(0)->type.id)), location);
  }
  return call_function(node.name, std::move(*args), location);
}

SqlResult<BoundPtr> ExprBinder::sequence_call(const ast::Call& call) {
  int location = location_;
  std::vector<BoundPtr> args;
  for (const ast::ExprPtr& expr : call.arguments) {
    const auto* cast = std::get_if<ast::Cast>(&expr->node);
    bool named = args.empty() && cast && cast->type.name == "regclass";
    auto arg = bind(named ? *cast->operand : *expr);
    if (!arg) return arg;
    args.push_back(*arg);
  }
  return call_function(call.name, std::move(args), location);
}

/// An aggregate over columns of the query around alone is that query's, wherever it stands.
bool ExprBinder::is_of_outer_query(const ast::Call& call) {
  if (!scope_.outer) return false;
  Place inside{place_.name, nullptr, false, "aggregate function calls cannot be nested"};
  auto args = ExprBinder(binder_, scope_, inside).bind_all(call.arguments);
  if (!args) return false;
  auto has = [&](BoundKind kind) {
    return std::ranges::any_of(*args, [&](const BoundPtr& arg) { return has_column(arg, kind); });
  };
  return has(BoundKind::kArgument) && !has(BoundKind::kColumn);
}

SqlResult<BoundPtr> ExprBinder::aggregate(const ast::Call& call) {
  int location = location_;
  if (!place_.aggregates) {
    if (is_of_outer_query(call)) {
      return at(not_supported("an aggregate of the outer query in a subquery"), location);
    }
    if (!place_.aggregates_refused.empty()) {
      return at(sql_error("42803", "{}", place_.aggregates_refused), location);
    }
    return at(sql_error("42803", "aggregate functions are not allowed in {}", place_.name), location);
  }
  Place inside{place_.name, nullptr, false, "aggregate function calls cannot be nested"};
  ExprBinder argument_binder(binder_, scope_, inside);
  auto args = argument_binder.bind_all(call.arguments);
  if (!args) return std::unexpected(args.error());
  if (args->empty() && !call.star) {
    return at(sql_error("42809", "{}(*) must be used to call a parameterless aggregate function", call.name),
              location);
  }
  std::vector<TypeId> types;
  for (const BoundPtr& arg : *args) types.push_back(arg->type.id);
  auto resolved = resolve_aggregate(call.name, call.star, types);
  if (!resolved) return std::unexpected(at(resolved.error(), location));
  for (size_t i = 0; i < args->size(); ++i) {
    auto value = binder_.coerce(args->at(i), {types[i]}, CastKind::kImplicit);
    if (!value) return value;
    BoundPtr arg = *value;
    if (has_column(arg, BoundKind::kArgument) && !has_column(arg, BoundKind::kColumn)) {
      return at(not_supported("an aggregate of the outer query in a subquery"), location);
    }
    resolved->args.push_back(std::move(arg));
  }
  resolved->distinct = call.distinct;
  if (call.filter) {
    Place filter{"FILTER"};
    auto condition = binder_.bind_condition(*call.filter, scope_, filter);
    if (!condition) return condition;
    resolved->filter = *condition;
  }
  for (const ast::OrderItem& item : call.order_by) {
    auto key = argument_binder.bind(*item.expr);
    if (!key) return key;
    auto settled = binder_.settle(*key);
    if (!settled) return settled;
    bool nulls_first =
        item.nulls == ast::NullsOrder::kDefault ? item.descending : item.nulls == ast::NullsOrder::kFirst;
    resolved->order_by.push_back({*settled, item.descending, nulls_first});
    auto is_key = [&](const BoundPtr& arg) { return same(*arg, **settled); };
    if (call.distinct && std::none_of(resolved->args.begin(), resolved->args.end(), is_key)) {
      return at(sql_error("42P10",
                          "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list"),
                item.location);
    }
  }
  auto out = make_bound(BoundKind::kAggregate, resolved->type.id, {}, location);
  out->index = static_cast<int>(place_.aggregates->size());
  out->name = resolved->name;
  place_.aggregates->push_back(std::move(*resolved));
  return out;
}

}  // namespace wallaby::sql
