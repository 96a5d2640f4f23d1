// One column of a table definition: its type, its default, the sequence that fills it.
#include <fmt/format.h>

#include "sql/plan/binder.h"
#include "sql/plan/defining.h"
#include "sql/plan/scope.h"
#include "sql/storage/key_codec.h"

namespace wallaby::sql {
namespace {

/// The integer type that serial and its like stand for; kInvalid: none of them.
TypeId serial_type(const ast::TypeName& type) {
  if (type.array || !type.modifiers.empty()) return TypeId::kInvalid;
  if (type.name == "serial" || type.name == "serial4") return TypeId::kInt4;
  if (type.name == "bigserial" || type.name == "serial8") return TypeId::kInt8;
  if (type.name == "smallserial" || type.name == "serial2") return TypeId::kInt2;
  return TypeId::kInvalid;
}

bool is_integer(TypeId type) {
  return type == TypeId::kInt2 || type == TypeId::kInt4 || type == TypeId::kInt8;
}

SqlResult<void> check_column_type(const Type& type, int position) {
  if (is_storable(type.id)) return {};
  if (type.id == TypeId::kNumeric)
    return sql_error("0A000", "numeric columns are not supported")
        .at(position)
        .hint("Use float8, or bigint for exact amounts in the smallest unit.");
  return sql_error("0A000", "columns of type {} are not supported", to_string(type)).at(position);
}

SqlResult<void> check_contradictions(const ast::ColumnDef& definition, std::string_view table, bool serial,
                                     int position) {
  bool identity = definition.identity != ast::Identity::kNone;
  if (definition.null_given && (definition.not_null || serial || identity))
    return sql_error("42601", "conflicting NULL/NOT NULL declarations for column \"{}\" of table \"{}\"",
                     definition.name, table);
  if (serial && definition.default_value)
    return sql_error("42601", "multiple default values specified for column \"{}\" of table \"{}\"",
                     definition.name, table);
  if (identity && (serial || definition.default_value))
    return sql_error("42601", "both default and identity specified for column \"{}\" of table \"{}\"",
                     definition.name, table)
        .at(definition.default_value ? position : 0);
  return {};
}

/// Binds the default once, so that a wrong one is refused now and not by the first INSERT.
SqlResult<BoundPtr> bind_default(Defining& defining, const Column& column, const ast::Expr& expr) {
  if (std::holds_alternative<ast::ColumnRef>(expr.node))
    return sql_error("0A000", "cannot use column reference in DEFAULT expression")
        .at(defining.position(expr.location));
  PlanContext context{defining.catalog, nullptr, {}};
  Binder binder(context, defining.statement);
  Scope nothing;
  auto bound = binder.bind(expr, nothing, {"DEFAULT expressions"});
  if (!bound) return bound;
  auto assigned = binder.assign(*bound, column);
  if (!assigned && assigned.error().code() == "42804")
    return sql_error("42804", "column \"{}\" is of type {} but default expression is of type {}", column.name,
                     to_string(column.type.id), to_string((*bound)->type.id))
        .hint("You will need to rewrite or cast the expression.");
  return assigned;
}

SqlResult<Type> column_type(Defining& defining, const ast::TypeName& name) {
  PlanContext context{defining.catalog, nullptr, {}};
  Binder binder(context, defining.statement);
  auto type = binder.type_of(name);
  if (!type) return type;
  if (auto fits = check_column_type(*type, defining.position(name.location)); !fits)
    return std::unexpected(fits.error());
  return type;
}

}  // namespace

SqlResult<void> check_key_column(const Column& column) {
  if (is_key_type(column.type.id)) return {};
  return std::unexpected(not_supported(
      fmt::format("an index or key on column \"{}\" of type {}", column.name, to_string(column.type))));
}

SqlResult<DefinedColumn> define_column(Defining& defining, std::string_view table,
                                       const ast::ColumnDef& definition) {
  if (!definition.unsupported.empty())
    return not_supported(definition.unsupported)
        .at(defining.position(definition.unsupported_location >= 0 ? definition.unsupported_location
                                                                   : definition.location));
  bool plain_order = definition.collation.empty() || definition.collation == "C" ||
                     definition.collation == "POSIX" || definition.collation == "default";
  if (!plain_order)
    return not_supported(fmt::format("collation \"{}\"", definition.collation),
                         "Text sorts byte by byte, as COLLATE \"C\".")
        .at(defining.position(definition.location));

  DefinedColumn defined;
  Column& column = defined.column;
  column.name = definition.name;
  TypeId serial = serial_type(definition.type);
  if (serial != TypeId::kInvalid) {
    column.type.id = serial;
  } else if (auto type = column_type(defining, definition.type)) {
    column.type = *type;
  } else {
    return std::unexpected(type.error());
  }
  bool is_serial = serial != TypeId::kInvalid, identity = definition.identity != ast::Identity::kNone;
  if (auto clear = check_contradictions(definition, table, is_serial, defining.position(definition.location));
      !clear)
    return std::unexpected(clear.error());
  if (identity && !is_integer(column.type.id))
    return sql_error("22023", "identity column type must be smallint, integer, or bigint");
  column.not_null = definition.not_null || is_serial || identity;

  if (is_serial || identity) {
    column.sequence = choose_name(defining, table, column.name, "seq");
    defined.sequence = Sequence{0, column.sequence, {column.type.id}, 1, 1, std::string(table), column.name};
    if (is_serial) column.default_text = fmt::format("nextval('{}'::regclass)", column.sequence);
    if (identity)
      column.identity =
          definition.identity == ast::Identity::kAlways ? IdentityKind::kAlways : IdentityKind::kByDefault;
  } else if (definition.default_value) {
    auto bound = bind_default(defining, column, *definition.default_value);
    if (!bound) return std::unexpected(bound.error());
    column.default_text = definition.default_text;
  }
  return defined;
}

SqlResult<Value> constant_default(Defining& defining, const Column& column, const ast::Expr& expr) {
  auto bound = bind_default(defining, column, expr);
  if (!bound) return std::unexpected(bound.error());
  if (is_volatile(**bound))
    return std::unexpected(not_supported("adding a column with a default that differs from row to row",
                                         "Add it without a default and fill it with UPDATE."));
  return evaluate(**bound, Frame({}, defining.exec));
}

}  // namespace wallaby::sql
