// pg_class, pg_attribute, pg_index, pg_type and their like, as far as simple queries over them go; pg_tables, pg_indexes, pg_sequences.
#include "sql/session/services.h"
#include "sql/types/type_io.h"
#include "sql/views/catalog_model.h"
#include "sql/views/system_views.h"

namespace wallaby::sql {
namespace {

using enum TypeId;
using Rows = SqlResult<std::vector<Row>>;

Value flag(bool value) {
  return Value(value);
}
Value code(char c) {
  return Value(std::string(1, c));
}

Rows nothing(ViewSource&) {
  return std::vector<Row>{};
}

Rows classes(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const Relation& relation : relations_of(*catalog)) {
    bool table = relation.kind == 'r';
    bool indexed = table && (!relation.table->primary_key.empty() || !relation.table->indexes.empty());
    size_t columns = table                  ? relation.table->columns.size()
                     : relation.kind == 'i' ? relation.columns().size()
                                            : 3;
    rows.push_back({oid_value(relation.oid),
                    text_value(relation.name),
                    oid_value(kPublicOid),
                    oid_value(0),
                    oid_value(0),
                    oid_value(kOwnerOid),
                    oid_value(table                  ? kHeapOid
                              : relation.kind == 'i' ? kBtreeOid
                                                     : 0),
                    oid_value(relation.oid),
                    oid_value(0),
                    int_value(0),
                    Value(-1.0),
                    flag(indexed),
                    flag(false),
                    code('p'),
                    code(relation.kind),
                    int_value(static_cast<int64_t>(columns)),
                    int_value(0),
                    flag(false),
                    flag(false),
                    flag(false),
                    flag(false),
                    flag(false),
                    flag(true),
                    code(table ? 'd' : 'n'),
                    flag(false)});
  }
  return rows;
}

Rows namespaces(ViewSource&) {
  return std::vector<Row>{
      {oid_value(kPgCatalogOid), text_value("pg_catalog"), oid_value(kOwnerOid), Value()},
      {oid_value(kPublicOid), text_value("public"), oid_value(kOwnerOid), Value()},
      {oid_value(kInformationSchemaOid), text_value("information_schema"), oid_value(kOwnerOid), Value()}};
}

Rows attributes(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const auto& [name, table] : catalog->tables()) {
    for (size_t i = 0; i < table->columns.size(); ++i) {
      const Column& column = table->columns[i];
      rows.push_back({oid_value(table->oid), text_value(column.name),
                      oid_value(static_cast<Oid>(column.type.id)), int_value(type_size(column.type.id)),
                      int_value(static_cast<int64_t>(i) + 1), int_value(column.type.modifier),
                      flag(is_not_null(*table, i)), flag(!column_default(column).empty()),
                      text_value(identity_code(column)), text_value(""), flag(false), oid_value(0)});
    }
  }
  return rows;
}

Rows defaults(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const auto& [name, table] : catalog->tables())
    for (size_t i = 0; i < table->columns.size(); ++i)
      if (std::string text = column_default(table->columns[i]); !text.empty())
        rows.push_back({oid_value(table->oid + 2 + static_cast<Oid>(i)), oid_value(table->oid),
                        int_value(static_cast<int64_t>(i) + 1), text_value(text)});
  return rows;
}

Rows indexes(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const Relation& relation : relations_of(*catalog)) {
    if (relation.kind != 'i') continue;
    std::string keys;
    for (uint16_t column : relation.columns()) keys += (keys.empty() ? "" : " ") + std::to_string(column + 1);
    auto count = int_value(static_cast<int64_t>(relation.columns().size()));
    rows.push_back({oid_value(relation.oid), oid_value(relation.table->oid), count, count,
                    flag(relation.is_unique()), flag(relation.is_primary_key()), flag(true), flag(true),
                    text_value(keys)});
  }
  return rows;
}

Rows types(ViewSource&) {
  struct Known {
    TypeId id;
    std::string_view name;
    char category;
  };
  constexpr Known kTypes[] = {{kBool, "bool", 'B'},
                              {kBytea, "bytea", 'U'},
                              {kName, "name", 'S'},
                              {kInt8, "int8", 'N'},
                              {kInt2, "int2", 'N'},
                              {kInt4, "int4", 'N'},
                              {kText, "text", 'S'},
                              {kOid, "oid", 'N'},
                              {kFloat8, "float8", 'N'},
                              {kInt2Array, "_int2", 'A'},
                              {kInt4Array, "_int4", 'A'},
                              {kTextArray, "_text", 'A'},
                              {kInt8Array, "_int8", 'A'},
                              {kVarchar, "varchar", 'S'},
                              {kDate, "date", 'D'},
                              {kTimestamp, "timestamp", 'D'},
                              {kTimestamptz, "timestamptz", 'D'},
                              {kInterval, "interval", 'T'},
                              {kNumeric, "numeric", 'N'},
                              {kPgLsn, "pg_lsn", 'U'},
                              {kJsonb, "jsonb", 'U'}};
  std::vector<Row> rows;
  for (const Known& type : kTypes)
    rows.push_back({oid_value(static_cast<Oid>(type.id)), text_value(type.name), oid_value(kPgCatalogOid),
                    oid_value(kOwnerOid), int_value(type_size(type.id)), code('b'), code(type.category),
                    flag(true), code(','), oid_value(0), oid_value(static_cast<Oid>(element_of(type.id))),
                    oid_value(static_cast<Oid>(array_of(type.id))), flag(false), oid_value(0), int_value(-1),
                    Value()});
  return rows;
}

Rows tables(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const auto& [name, table] : catalog->tables())
    rows.push_back({text_value("public"), text_value(name), text_value(kOwner), Value(),
                    flag(!table->primary_key.empty() || !table->indexes.empty()), flag(false), flag(false),
                    flag(false)});
  return rows;
}

Rows index_list(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const Relation& relation : relations_of(*catalog))
    if (relation.kind == 'i')
      rows.push_back({text_value("public"), text_value(relation.table->name), text_value(relation.name),
                      Value(), text_value(index_definition(relation))});
  return rows;
}

Rows sequences(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  const DataSource* data = source.view_data();
  for (const auto& [name, sequence] : catalog->sequences()) {
    Value last;
    if (data) {
      auto [value, called] = source.view_services().sequences.last_value(sequence, *data);
      if (called) last = Value(value);
    }
    rows.push_back({text_value("public"), text_value(name), text_value(kOwner),
                    text_value(to_string(sequence.type.id)), int_value(sequence.start),
                    int_value(sequence_min(sequence)), int_value(sequence_max(sequence)),
                    int_value(sequence.increment), flag(false), int_value(1), std::move(last)});
  }
  return rows;
}

}  // namespace

std::vector<ViewDefinition> catalog_views() {
  std::vector<ViewDefinition> views;
  auto add = [&](std::string_view name, Oid oid, std::initializer_list<ColumnSpec> columns,
                 Rows (*rows)(ViewSource&)) {
    views.push_back(make_view("pg_catalog", name, oid, columns, rows));
  };
  add("pg_class", 1259,
      {{"oid", kOid},
       {"relname", kName},
       {"relnamespace", kOid},
       {"reltype", kOid},
       {"reloftype", kOid},
       {"relowner", kOid},
       {"relam", kOid},
       {"relfilenode", kOid},
       {"reltablespace", kOid},
       {"relpages", kInt4},
       {"reltuples", kFloat8},
       {"relhasindex", kBool},
       {"relisshared", kBool},
       {"relpersistence", kChar},
       {"relkind", kChar},
       {"relnatts", kInt2},
       {"relchecks", kInt2},
       {"relhasrules", kBool},
       {"relhastriggers", kBool},
       {"relhassubclass", kBool},
       {"relrowsecurity", kBool},
       {"relforcerowsecurity", kBool},
       {"relispopulated", kBool},
       {"relreplident", kChar},
       {"relispartition", kBool}},
      classes);
  add("pg_namespace", 2615, {{"oid", kOid}, {"nspname", kName}, {"nspowner", kOid}, {"nspacl", kTextArray}},
      namespaces);
  add("pg_attribute", 1249,
      {{"attrelid", kOid},
       {"attname", kName},
       {"atttypid", kOid},
       {"attlen", kInt2},
       {"attnum", kInt2},
       {"atttypmod", kInt4},
       {"attnotnull", kBool},
       {"atthasdef", kBool},
       {"attidentity", kChar},
       {"attgenerated", kChar},
       {"attisdropped", kBool},
       {"attcollation", kOid}},
      attributes);
  add("pg_attrdef", 2604, {{"oid", kOid}, {"adrelid", kOid}, {"adnum", kInt2}, {"adbin", kText}}, defaults);
  add("pg_index", 2610,
      {{"indexrelid", kOid},
       {"indrelid", kOid},
       {"indnatts", kInt2},
       {"indnkeyatts", kInt2},
       {"indisunique", kBool},
       {"indisprimary", kBool},
       {"indisvalid", kBool},
       {"indisready", kBool},
       {"indkey", kText}},
      indexes);
  add("pg_type", 1247,
      {{"oid", kOid},
       {"typname", kName},
       {"typnamespace", kOid},
       {"typowner", kOid},
       {"typlen", kInt2},
       {"typtype", kChar},
       {"typcategory", kChar},
       {"typisdefined", kBool},
       {"typdelim", kChar},
       {"typrelid", kOid},
       {"typelem", kOid},
       {"typarray", kOid},
       {"typnotnull", kBool},
       {"typbasetype", kOid},
       {"typtypmod", kInt4},
       {"typdefault", kText}},
      types);
  add("pg_tables", 12225,
      {{"schemaname", kName},
       {"tablename", kName},
       {"tableowner", kName},
       {"tablespace", kName},
       {"hasindexes", kBool},
       {"hasrules", kBool},
       {"hastriggers", kBool},
       {"rowsecurity", kBool}},
      tables);
  add("pg_indexes", 12229,
      {{"schemaname", kName},
       {"tablename", kName},
       {"indexname", kName},
       {"tablespace", kName},
       {"indexdef", kText}},
      index_list);
  add("pg_sequences", 12233,
      {{"schemaname", kName},
       {"sequencename", kName},
       {"sequenceowner", kName},
       {"data_type", kText},
       {"start_value", kInt8},
       {"min_value", kInt8},
       {"max_value", kInt8},
       {"increment_by", kInt8},
       {"cycle", kBool},
       {"cache_size", kInt8},
       {"last_value", kInt8}},
      sequences);
  add("pg_views", 12221,
      {{"schemaname", kName}, {"viewname", kName}, {"viewowner", kName}, {"definition", kText}}, nothing);
  add("pg_extension", 3079, {{"oid", kOid}, {"extname", kName}, {"extversion", kText}}, nothing);
  add("pg_locks", 12073,
      {{"locktype", kText}, {"relation", kOid}, {"pid", kInt4}, {"mode", kText}, {"granted", kBool}},
      nothing);
  return views;
}

}  // namespace wallaby::sql
