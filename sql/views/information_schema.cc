// information_schema.tables, columns, schemata, table_constraints, key_column_usage: what knex and others ask for.
#include "sql/views/catalog_model.h"
#include "sql/views/system_views.h"

namespace wallaby::sql {
namespace {

using enum TypeId;
using Rows = SqlResult<std::vector<Row>>;

Rows tables(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const auto& [name, table] : catalog->tables())
    rows.push_back({text_value(source.view_database()), text_value("public"), text_value(name),
                    text_value("BASE TABLE"), Value(), Value(), Value(), Value(), Value(), text_value("YES"),
                    text_value("NO"), Value()});
  return rows;
}

std::string_view internal_name(TypeId type) {
  switch (type) {
    case kInt2: return "int2";
    case kInt4: return "int4";
    case kInt8: return "int8";
    case kFloat8: return "float8";
    case kBool: return "bool";
    case kVarchar: return "varchar";
    case kTimestamptz: return "timestamptz";
    case kBytea: return "bytea";
    case kJsonb: return "jsonb";
    case kDate: return "date";
    case kTimestamp: return "timestamp";
    default: return "text";
  }
}

/// Bits, and for float8 too; NULL for what is no number.
Value precision(TypeId type) {
  switch (type) {
    case kInt2: return int_value(16);
    case kInt4: return int_value(32);
    case kInt8: return int_value(64);
    case kFloat8: return int_value(53);
    default: return Value();
  }
}

Rows columns(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const auto& [name, table] : catalog->tables()) {
    for (size_t i = 0; i < table->columns.size(); ++i) {
      const Column& column = table->columns[i];
      TypeId type = column.type.id;
      bool whole = type == kInt2 || type == kInt4 || type == kInt8;
      bool limited = type == kVarchar && column.type.modifier > 0;
      bool text = type == kVarchar || type == kText;
      bool identity = column.identity != IdentityKind::kNone;
      std::string text_default = column_default(column);
      const Sequence* sequence = identity ? catalog->find_sequence(column.sequence) : nullptr;
      constexpr int64_t kBytesPerCharacter = 4, kMostBytes = 1'073'741'824;
      rows.push_back({text_value(source.view_database()),
                      text_value("public"),
                      text_value(name),
                      text_value(column.name),
                      int_value(static_cast<int64_t>(i) + 1),
                      text_default.empty() ? Value() : text_value(text_default),
                      text_value(is_not_null(*table, i) ? "NO" : "YES"),
                      text_value(to_string(type)),
                      limited ? int_value(column.type.modifier - 4) : Value(),
                      limited ? int_value((column.type.modifier - 4) * kBytesPerCharacter)
                      : text  ? int_value(kMostBytes)
                              : Value(),
                      precision(type),
                      precision(type).is_null() ? Value() : int_value(2),
                      whole ? int_value(0) : Value(),
                      type == kTimestamptz || type == kTimestamp ? int_value(6) : Value(),
                      Value(),
                      Value(),
                      text_value(source.view_database()),
                      text_value("pg_catalog"),
                      text_value(internal_name(type)),
                      text_value("NO"),
                      text_value(identity ? "YES" : "NO"),
                      identity
                          ? text_value(column.identity == IdentityKind::kAlways ? "ALWAYS" : "BY DEFAULT")
                          : Value(),
                      sequence ? text_value(std::to_string(sequence->start)) : Value(),
                      sequence ? text_value(std::to_string(sequence->increment)) : Value(),
                      text_value("NEVER"),
                      text_value("YES")});
    }
  }
  return rows;
}

Rows schemata(ViewSource& source) {
  std::vector<Row> rows;
  for (std::string_view name : {"information_schema", "pg_catalog", "public"})
    rows.push_back({text_value(source.view_database()), text_value(name),
                    text_value(name == "public" ? role_name(kDatabaseOwnerOid, source) : source.view_user()),
                    Value(), Value(), Value(), Value()});
  return rows;
}

bool is_constraint(const Relation& relation) {
  return relation.kind == 'i' && !constraint_definition(relation).empty();
}

Rows table_constraints(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const Relation& relation : relations_of(*catalog))
    if (is_constraint(relation))
      rows.push_back({text_value(source.view_database()), text_value("public"), text_value(relation.name),
                      text_value(source.view_database()), text_value("public"),
                      text_value(relation.table->name),
                      text_value(relation.is_primary_key() ? "PRIMARY KEY" : "UNIQUE"), text_value("NO"),
                      text_value("NO"), text_value("YES"), Value()});
  return rows;
}

Rows key_columns(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const Relation& relation : relations_of(*catalog)) {
    if (!is_constraint(relation)) continue;
    int64_t place = 0;
    for (uint16_t column : relation.columns())
      rows.push_back({text_value(source.view_database()), text_value("public"), text_value(relation.name),
                      text_value(source.view_database()), text_value("public"),
                      text_value(relation.table->name), text_value(relation.table->columns[column].name),
                      int_value(++place), Value()});
  }
  return rows;
}

}  // namespace

std::vector<ViewDefinition> information_schema_views() {
  std::vector<ViewDefinition> views;
  auto add = [&](std::string_view name, Oid oid, std::initializer_list<ColumnSpec> columns,
                 Rows (*rows)(ViewSource&)) {
    views.push_back(make_view("information_schema", name, oid, columns, rows));
  };
  add("tables", 13600,
      {{"table_catalog", kName},
       {"table_schema", kName},
       {"table_name", kName},
       {"table_type", kVarchar},
       {"self_referencing_column_name", kName},
       {"reference_generation", kVarchar},
       {"user_defined_type_catalog", kName},
       {"user_defined_type_schema", kName},
       {"user_defined_type_name", kName},
       {"is_insertable_into", kVarchar},
       {"is_typed", kVarchar},
       {"commit_action", kVarchar}},
      tables);
  add("columns", 13610,
      {{"table_catalog", kName},
       {"table_schema", kName},
       {"table_name", kName},
       {"column_name", kName},
       {"ordinal_position", kInt4},
       {"column_default", kVarchar},
       {"is_nullable", kVarchar},
       {"data_type", kVarchar},
       {"character_maximum_length", kInt4},
       {"character_octet_length", kInt4},
       {"numeric_precision", kInt4},
       {"numeric_precision_radix", kInt4},
       {"numeric_scale", kInt4},
       {"datetime_precision", kInt4},
       {"interval_type", kVarchar},
       {"collation_name", kName},
       {"udt_catalog", kName},
       {"udt_schema", kName},
       {"udt_name", kName},
       {"is_self_referencing", kVarchar},
       {"is_identity", kVarchar},
       {"identity_generation", kVarchar},
       {"identity_start", kVarchar},
       {"identity_increment", kVarchar},
       {"is_generated", kVarchar},
       {"is_updatable", kVarchar}},
      columns);
  add("schemata", 13620,
      {{"catalog_name", kName},
       {"schema_name", kName},
       {"schema_owner", kName},
       {"default_character_set_catalog", kName},
       {"default_character_set_schema", kName},
       {"default_character_set_name", kName},
       {"sql_path", kVarchar}},
      schemata);
  add("table_constraints", 13630,
      {{"constraint_catalog", kName},
       {"constraint_schema", kName},
       {"constraint_name", kName},
       {"table_catalog", kName},
       {"table_schema", kName},
       {"table_name", kName},
       {"constraint_type", kVarchar},
       {"is_deferrable", kVarchar},
       {"initially_deferred", kVarchar},
       {"enforced", kVarchar},
       {"nulls_distinct", kVarchar}},
      table_constraints);
  add("key_column_usage", 13640,
      {{"constraint_catalog", kName},
       {"constraint_schema", kName},
       {"constraint_name", kName},
       {"table_catalog", kName},
       {"table_schema", kName},
       {"table_name", kName},
       {"column_name", kName},
       {"ordinal_position", kInt4},
       {"position_in_unique_constraint", kInt4}},
      key_columns);
  return views;
}

}  // namespace wallaby::sql
