// pg_namespace, pg_am, pg_type: what is the same in every database.
#include "sql/types/type.h"
#include "sql/views/system_views.h"

namespace wallaby::sql {
namespace {

using enum TypeId;
using Rows = SqlResult<std::vector<Row>>;

Rows namespaces(ViewSource& source) {
  auto row = [](Oid oid, std::string_view name, Oid owner) {
    return Row{oid_value(oid), text_value(name), oid_value(owner), Value()};
  };
  return std::vector<Row>{row(kPgCatalogOid, "pg_catalog", owner_oid(source)),
                          row(kPublicOid, "public", kDatabaseOwnerOid),
                          row(kInformationSchemaOid, "information_schema", owner_oid(source))};
}

Rows access_methods(ViewSource&) {
  return std::vector<Row>{{oid_value(kHeapOid), text_value("heap"), char_value('t')},
                          {oid_value(kBtreeOid), text_value("btree"), char_value('i')}};
}

Rows types(ViewSource& source) {
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
                    oid_value(owner_oid(source)), int_value(type_size(type.id)), char_value('b'),
                    char_value(type.category), Value(true), char_value(','), oid_value(0),
                    oid_value(static_cast<Oid>(element_of(type.id))),
                    oid_value(static_cast<Oid>(array_of(type.id))), Value(false), oid_value(0), int_value(-1),
                    oid_value(0), Value(), Value()});
  return rows;
}

}  // namespace

std::vector<ViewDefinition> builtin_views() {
  std::vector<ViewDefinition> views;
  auto add = [&](std::string_view name, Oid oid, std::initializer_list<ColumnSpec> columns,
                 Rows (*rows)(ViewSource&)) {
    views.push_back(make_view("pg_catalog", name, oid, columns, rows));
  };
  add("pg_namespace", 2615, {{"oid", kOid}, {"nspname", kName}, {"nspowner", kOid}, {"nspacl", kTextArray}},
      namespaces);
  add("pg_am", 2601, {{"oid", kOid}, {"amname", kName}, {"amtype", kChar}}, access_methods);
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
       {"typcollation", kOid},
       {"typdefault", kText},
       {"typacl", kTextArray}},
      types);
  return views;
}

}  // namespace wallaby::sql
