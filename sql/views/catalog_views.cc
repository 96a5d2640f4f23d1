// pg_class, pg_attribute, pg_index and their like: what \d of psql, getTables() of a driver and hasTable() of a query builder read. Made
// anew for each question, from the Catalog; nothing is stored.
#include "sql/storage/sequences.h"
#include "sql/types/type_io.h"
#include "sql/views/catalog_model.h"
#include "sql/views/system_views.h"

namespace wallaby::sql {
namespace {

using enum TypeId;
using Rows = SqlResult<std::vector<Row>>;

Rows classes(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const Relation& relation : relations_of(*catalog)) {
    bool table = relation.kind == 'r', index = relation.kind == 'i';
    bool indexed = table && (!relation.table->primary_key.empty() || !relation.table->indexes.empty());
    size_t columns = table ? relation.table->columns.size() : index ? relation.columns().size() : 3;
    Oid method = table ? kHeapOid : index ? kBtreeOid : 0;
    rows.push_back({oid_value(relation.oid),
                    text_value(relation.name),
                    oid_value(kPublicOid),
                    oid_value(0),
                    oid_value(0),
                    oid_value(owner_oid(source)),
                    oid_value(method),
                    oid_value(relation.oid),
                    oid_value(0),
                    int_value(0),
                    Value(-1.0),
                    int_value(0),
                    oid_value(0),
                    Value(indexed),
                    Value(false),
                    char_value('p'),
                    char_value(relation.kind),
                    int_value(static_cast<int64_t>(columns)),
                    int_value(0),
                    Value(false),
                    Value(false),
                    Value(false),
                    Value(false),
                    Value(false),
                    Value(true),
                    char_value(table ? 'd' : 'n'),
                    Value(false),
                    Value(),
                    Value(),
                    Value()});
  }
  return rows;
}

/// `at`: counts from 0. Only tables' columns have more to say than a name and a type.
Row attribute(Oid relation, size_t at, const Column& column, const Table* table) {
  const Type& type = column.type;
  bool by_value = type_size(type.id) > 0;
  return {oid_value(relation),
          text_value(column.name),
          oid_value(static_cast<Oid>(type.id)),
          int_value(-1),
          int_value(type_size(type.id)),
          int_value(static_cast<int64_t>(at) + 1),
          int_value(0),
          int_value(type.modifier),
          char_value(by_value ? 'p' : 'x'),
          text_value(""),
          Value(table && is_not_null(*table, at)),
          Value(table && !default_as_shown(column).empty()),
          text_value(table ? identity_code(column) : ""),
          text_value(""),
          Value(false),
          Value(true),
          int_value(0),
          oid_value(0),
          Value(),
          Value(),
          Value()};
}

Rows attributes(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const Relation& relation : relations_of(*catalog)) {
    if (relation.kind == 'r')
      for (size_t at = 0; at < relation.table->columns.size(); ++at)
        rows.push_back(attribute(relation.oid, at, relation.table->columns[at], relation.table));
    if (relation.kind != 'i') continue;
    auto columns = relation.columns();
    for (size_t at = 0; at < columns.size(); ++at)
      rows.push_back(attribute(relation.oid, at, relation.table->columns[columns[at]], nullptr));
  }
  return rows;
}

Rows defaults(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const auto& [name, table] : catalog->tables())
    for (size_t i = 0; i < table->columns.size(); ++i)
      if (std::string text = default_as_shown(table->columns[i]); !text.empty())
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
                    Value(relation.is_unique()), Value(false), Value(relation.is_primary_key()), Value(false),
                    Value(true), Value(false), Value(true), Value(false), Value(true), Value(true),
                    Value(false), text_value(keys), Value(), Value()});
  }
  return rows;
}

Rows constraints(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const Relation& index : relations_of(*catalog)) {
    if (index.kind != 'i' || constraint_definition(index).empty()) continue;
    std::vector<Value> keys;
    for (uint16_t column : index.columns()) keys.push_back(int_value(column + 1));
    rows.push_back({oid_value(index.oid + kConstraintOffset), text_value(index.name), oid_value(kPublicOid),
                    char_value(index.is_primary_key() ? 'p' : 'u'), Value(false), Value(false), Value(true),
                    oid_value(index.table->oid), oid_value(0), oid_value(index.oid), oid_value(0),
                    oid_value(0), Value(true), int_value(0), Value(true),
                    Value(Array(std::make_shared<const std::vector<Value>>(std::move(keys)))), Value()});
  }
  return rows;
}

Rows sequences(ViewSource& source) {
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const auto& [name, sequence] : catalog->sequences())
    rows.push_back({oid_value(sequence.oid), oid_value(static_cast<Oid>(sequence.type.id)),
                    int_value(sequence.start), int_value(sequence.increment),
                    int_value(sequence_max(sequence)), int_value(sequence_min(sequence)), int_value(1),
                    Value(false)});
  return rows;
}

/// Which column a sequence belongs to: all that psql asks pg_depend for.
Rows dependencies(ViewSource& source) {
  constexpr Oid kPgClass = 1259;
  std::vector<Row> rows;
  auto catalog = source.view_catalog();
  for (const auto& [name, sequence] : catalog->sequences()) {
    auto table = catalog->find_table(sequence.owner_table);
    auto column = table ? table->find(sequence.owner_column) : std::nullopt;
    if (!column) continue;
    bool identity = table->columns[*column].identity != IdentityKind::kNone;
    rows.push_back({oid_value(kPgClass), oid_value(sequence.oid), int_value(0), oid_value(kPgClass),
                    oid_value(table->oid), int_value(*column + 1), char_value(identity ? 'i' : 'a')});
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
       {"relallvisible", kInt4},
       {"reltoastrelid", kOid},
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
       {"relispartition", kBool},
       {"relacl", kTextArray},
       {"reloptions", kTextArray},
       {"relpartbound", kText}},
      classes);
  add("pg_attribute", 1249,
      {{"attrelid", kOid},        {"attname", kName},         {"atttypid", kOid},
       {"attstattarget", kInt4},  {"attlen", kInt2},          {"attnum", kInt2},
       {"attndims", kInt4},       {"atttypmod", kInt4},       {"attstorage", kChar},
       {"attcompression", kChar}, {"attnotnull", kBool},      {"atthasdef", kBool},
       {"attidentity", kChar},    {"attgenerated", kChar},    {"attisdropped", kBool},
       {"attislocal", kBool},     {"attinhcount", kInt4},     {"attcollation", kOid},
       {"attacl", kTextArray},    {"attoptions", kTextArray}, {"attfdwoptions", kTextArray}},
      attributes);
  add("pg_attrdef", 2604, {{"oid", kOid}, {"adrelid", kOid}, {"adnum", kInt2}, {"adbin", kText}}, defaults);
  add("pg_index", 2610,
      {{"indexrelid", kOid},
       {"indrelid", kOid},
       {"indnatts", kInt2},
       {"indnkeyatts", kInt2},
       {"indisunique", kBool},
       {"indnullsnotdistinct", kBool},
       {"indisprimary", kBool},
       {"indisexclusion", kBool},
       {"indimmediate", kBool},
       {"indisclustered", kBool},
       {"indisvalid", kBool},
       {"indcheckxmin", kBool},
       {"indisready", kBool},
       {"indislive", kBool},
       {"indisreplident", kBool},
       {"indkey", kText},
       {"indexprs", kText},
       {"indpred", kText}},
      indexes);
  add("pg_constraint", 2606,
      {{"oid", kOid},
       {"conname", kName},
       {"connamespace", kOid},
       {"contype", kChar},
       {"condeferrable", kBool},
       {"condeferred", kBool},
       {"convalidated", kBool},
       {"conrelid", kOid},
       {"contypid", kOid},
       {"conindid", kOid},
       {"conparentid", kOid},
       {"confrelid", kOid},
       {"conislocal", kBool},
       {"coninhcount", kInt4},
       {"connoinherit", kBool},
       {"conkey", kInt2Array},
       {"confkey", kInt2Array}},
      constraints);
  add("pg_sequence", 2224,
      {{"seqrelid", kOid},
       {"seqtypid", kOid},
       {"seqstart", kInt8},
       {"seqincrement", kInt8},
       {"seqmax", kInt8},
       {"seqmin", kInt8},
       {"seqcache", kInt8},
       {"seqcycle", kBool}},
      sequences);
  add("pg_depend", 2608,
      {{"classid", kOid},
       {"objid", kOid},
       {"objsubid", kInt4},
       {"refclassid", kOid},
       {"refobjid", kOid},
       {"refobjsubid", kInt4},
       {"deptype", kChar}},
      dependencies);
  return views;
}

}  // namespace wallaby::sql
