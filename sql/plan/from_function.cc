// Functions in FROM.

#include <utility>

#include "sql/plan/from_binder.h"

namespace wallaby::sql {

SqlResult<Series> FromBinder::generate_series(Series series, int location) {
  std::vector<TypeId> types;
  for (const BoundPtr& arg : series.args) types.push_back(arg->type.id);
  auto wrong = [&]() -> SqlError {
    std::string list;
    for (TypeId type : types) list += (list.empty() ? "" : ", ") + to_string(type);
    return sql_error("42883", "function generate_series({}) does not exist", list)
        .at(binder_.position(location))
        .hint(
            "No function matches the given name and argument types. You might need to add explicit type "
            "casts.");
  };
  if (types.size() < 2 || types.size() > 3) return wrong();
  bool times =
      types[0] == TypeId::kTimestamptz || types[0] == TypeId::kTimestamp || types[0] == TypeId::kDate;
  if (times) {
    series.kind = SeriesKind::kTimestamp;
    series.type = types[0] == TypeId::kTimestamp ? TypeId::kTimestamp : TypeId::kTimestamptz;
    if (types.size() != 3) return wrong();
    const TypeId sum[] = {series.type, TypeId::kInterval};
    auto add = resolve_operator("+", sum);
    if (!add) return std::unexpected(add.error());
    series.add = add->function;
  } else {
    series.type = common_type(types);
    if (series.type == TypeId::kInt2) series.type = TypeId::kInt4;
    if (series.type != TypeId::kInt4 && series.type != TypeId::kInt8 && series.type != TypeId::kNumeric)
      return wrong();
    series.kind = series.type == TypeId::kNumeric ? SeriesKind::kNumeric : SeriesKind::kInteger;
  }
  for (size_t i = 0; i < series.args.size(); ++i) {
    TypeId to = times && i == 2 ? TypeId::kInterval : series.type;
    auto value = binder_.coerce(series.args[i], {to}, CastKind::kImplicit);
    if (!value) return std::unexpected(value.error());
    if (!*value) return wrong();
    series.args[i] = *value;
  }
  return series;
}

SqlResult<Series> FromBinder::series_of(const ast::TableFunction& ref) {
  Series series;
  const auto* call = std::get_if<ast::Call>(&ref.call->node);
  // A function in FROM may use the query around, and (LATERAL, which is not there) the tables before it.
  Scope outside;
  outside.outer = scope_.outer;
  bool many = call && (call->name == "generate_series" || call->name == "unnest");
  auto bind_argument = [&](const ast::Expr& expr) -> SqlResult<BoundPtr> {
    const Place place{.name = "functions in FROM", .may_wait = !many && !scope_.outer};
    auto value = binder_.bind(expr, outside, place);
    if (value || (value.error().code() != "42703" && value.error().code() != "42P01")) return value;
    if (!binder_.bind(expr, scope_, place)) return value;
    return not_supported("a function in FROM that uses tables before it (LATERAL)")
        .at(binder_.position(expr.location));
  };
  if (!many) {
    auto value = bind_argument(*ref.call);
    if (!value) return std::unexpected(value.error());
    series.type = (*value)->type.id;
    series.args = {*value};
    series.name = column_name(*ref.call);
    return series;
  }
  series.name = call->name;
  for (const ast::ExprPtr& expr : call->arguments) {
    auto value = bind_argument(*expr);
    if (!value) return std::unexpected(value.error());
    series.args.push_back(*value);
  }
  if (call->name == "generate_series") return generate_series(std::move(series), ref.call->location);
  series.kind = SeriesKind::kArray;
  if (series.args.size() == 1) series.type = element_of(series.args[0]->type.id);
  if (series.type == TypeId::kInvalid) {
    return not_supported("unnest() of this").at(binder_.position(ref.call->location));
  }
  return series;
}

SqlResult<FromTreePtr> FromBinder::bind(const ast::TableFunction& ref) {
  auto series = series_of(ref);
  if (!series) return std::unexpected(series.error());
  std::string name = ref.alias.empty() ? series->name : ref.alias;
  series->alias = name;
  ResultColumn column;
  column.name = name;
  column.type = {series->type};
  auto tree = std::make_unique<FromTree>();
  tree->node = make_series(std::move(*series));
  return add(std::move(tree), scope_table(name, {column}), ref.column_aliases, ref.location);
}

}  // namespace wallaby::sql
