// Functions over the catalog that clients call beside the views.
#include "sql/session/services.h"
#include "sql/types/quoting.h"
#include "sql/types/type_io.h"
#include "sql/views/catalog_model.h"
#include "sql/views/system_views.h"

namespace wallaby::sql {
namespace {

/// A relation by its OID or its name.
const Relation* find(const std::vector<Relation>& relations, const Value& which) {
  const auto* oid = std::get_if<int64_t>(&which.data);
  return oid ? find_relation(relations, static_cast<Oid>(*oid)) : find_relation(relations, which.text());
}

/// Bytes of keys and values in the engine's table.
int64_t size_of(const DataSource& data, std::string_view table) {
  uint64_t bytes = 0;
  data.scan(table, {}, [&](const engine::Row& row) {
    bytes += row.key.size() + row.value.size();
    return true;
  });
  return static_cast<int64_t>(bytes);
}

SqlResult<Value> relation_size(const Value& which, bool with_indexes, ViewSource& source) {
  auto catalog = source.view_catalog();
  auto relations = relations_of(*catalog);
  const Relation* relation = find(relations, which);
  if (!relation) {
    if (std::holds_alternative<int64_t>(which.data)) return Value();
    return sql_error("42P01", "relation \"{}\" does not exist", which.text());
  }
  const DataSource* data = source.view_data();
  if (!data || relation->kind == 'S' || relation->is_primary_key()) return Value(int64_t{0});
  int64_t bytes = size_of(*data, relation->name);
  if (with_indexes && relation->kind == 'r')
    for (const Index& index : relation->table->indexes) bytes += size_of(*data, index.name);
  return Value(bytes);
}

/// The index's definition, or the name of its column of this number (from 1).
Value index_text(Oid oid, int64_t column, ViewSource& source) {
  auto catalog = source.view_catalog();
  auto relations = relations_of(*catalog);
  const Relation* index = find_relation(relations, oid);
  if (!index || index->kind != 'i') return Value();
  if (column == 0) return Value(index_definition(*index));
  auto columns = index->columns();
  auto at = static_cast<size_t>(column) - 1;
  return at < columns.size() ? Value(quote_identifier(index->table->columns[columns[at]].name)) : Value();
}

}  // namespace

SqlResult<Value> call_view_function(std::string_view name, std::span<const Value> arguments,
                                    ViewSource& source) {
  if (name == "pg_table_is_visible" || name == "pg_type_is_visible" || name == "pg_function_is_visible")
    return Value(true);
  if (name == "pg_get_userbyid") return Value(role_name(static_cast<Oid>(arguments[0].integer()), source));
  if (name == "obj_description" || name == "col_description" || name == "shobj_description") return Value();
  if (name == "pg_get_expr") return arguments[0];
  if (name == "pg_encoding_to_char") return text_value(arguments[0].integer() == 6 ? "UTF8" : "");
  if (name == "pg_relation_size" || name == "pg_table_size")
    return relation_size(arguments[0], false, source);
  if (name == "pg_total_relation_size") return relation_size(arguments[0], true, source);
  if (name == "pg_indexes_size") {
    auto whole = relation_size(arguments[0], true, source);
    auto table = relation_size(arguments[0], false, source);
    if (!whole || !table || whole->is_null()) return whole;
    return Value(whole->integer() - table->integer());
  }
  if (name == "pg_database_size")
    return Value(static_cast<int64_t>(source.view_services().backend.status(source.view_time()).memory));
  if (name == "pg_get_indexdef") {
    bool whole = arguments.size() == 1;
    return index_text(static_cast<Oid>(arguments[0].integer()), whole ? 0 : arguments[1].integer(), source);
  }
  if (name == "pg_get_constraintdef") {
    auto catalog = source.view_catalog();
    auto relations = relations_of(*catalog);
    auto oid = static_cast<Oid>(arguments[0].integer());
    const Relation* index =
        oid > kConstraintOffset ? find_relation(relations, oid - kConstraintOffset) : nullptr;
    std::string text = index && index->kind == 'i' ? constraint_definition(*index) : "";
    return text.empty() ? Value() : Value(std::move(text));
  }
  if (name == "pg_get_serial_sequence") {
    auto catalog = source.view_catalog();
    auto table = catalog->find_table(arguments[0].text());
    if (!table) return sql_error("42P01", "relation \"{}\" does not exist", arguments[0].text());
    auto column = table->find(arguments[1].text());
    if (!column)
      return sql_error("42703", "column \"{}\" of relation \"{}\" does not exist", arguments[1].text(),
                       table->name);
    const std::string& sequence = table->columns[*column].sequence;
    return sequence.empty() ? Value() : Value("public." + quote_identifier(sequence));
  }
  return not_supported(fmt::format("function {}()", name));
}

}  // namespace wallaby::sql
