#include "sql/views/catalog_tables.h"

#include <array>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "sql/storage/sequences.h"
#include "sql/views/catalog_model.h"

namespace wallaby::sql {

namespace {

constexpr std::string_view kPublic = "2200", kHeap = "2", kBtree = "403", kOwner = "10";
/// Constraints have no numbers of their own here: their index's, moved out of the way.
constexpr Oid kConstraintOffset = 1'000'000'000;

std::string number(uint64_t value) {
  return std::to_string(value);
}
std::string truth(bool value) {
  return value ? "t" : "f";
}

void each_index(const Catalog& catalog, const std::function<void(const Relation&)>& visit) {
  for (const Relation& relation : relations_of(catalog))
    if (relation.kind == 'i') visit(relation);
}

/// "1 2", "1,2": the numbers of its columns.
std::string key_numbers(const Relation& index, char between) {
  std::string keys;
  for (uint16_t column : index.columns()) {
    if (!keys.empty()) keys += between;
    keys += number(column + 1u);
  }
  return keys;
}

CatalogRow relation(Oid oid, const std::string& name, std::string_view kind) {
  return {{"oid", number(oid)},
          {"relname", name},
          {"relkind", std::string(kind)},
          {"relnamespace", std::string(kPublic)},
          {"relowner", std::string(kOwner)},
          {"relchecks", "0"},
          {"relhasindex", "f"},
          {"relhasrules", "f"},
          {"relhastriggers", "f"},
          {"relrowsecurity", "f"},
          {"relforcerowsecurity", "f"},
          {"relispartition", "f"},
          {"reltablespace", "0"},
          {"reltoastrelid", "0"},
          {"reloftype", "0"},
          {"relpersistence", "p"},
          {"relreplident", "d"},
          {"reltuples", "-1"},
          {"relam", "0"}};
}

std::vector<CatalogRow> pg_class(const CatalogFacts& facts) {
  std::vector<CatalogRow> rows;
  for (const Relation& each : relations_of(facts.catalog)) {
    CatalogRow row = relation(each.oid, each.name, std::string_view(&each.kind, 1));
    if (each.kind == 'r') {
      row["relam"] = kHeap;
      row["relhasindex"] = truth(!each.table->primary_key.empty() || !each.table->indexes.empty());
      row["relnatts"] = number(each.table->columns.size());
    }
    if (each.kind == 'i') {
      row["relam"] = kBtree;
      row["relreplident"] = "n";
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

CatalogRow attribute(Oid relation, size_t position, const std::string& name, const Type& type) {
  bool fixed = type_size(type.id) > 0;
  return {{"attrelid", number(relation)},
          {"attname", name},
          {"attnum", number(position + 1)},
          {"atttypid", number(static_cast<Oid>(type.id))},
          {"atttypmod", std::to_string(type.modifier)},
          {"attlen", std::to_string(type_size(type.id))},
          {"attnotnull", "f"},
          {"atthasdef", "f"},
          {"attidentity", ""},
          {"attgenerated", ""},
          {"attisdropped", "f"},
          {"attcollation", "0"},
          {"attstorage", fixed ? "p" : "x"},
          {"attcompression", ""},
          {"attstattarget", "-1"}};
}

std::vector<CatalogRow> pg_attribute(const CatalogFacts& facts) {
  std::vector<CatalogRow> rows;
  for (const auto& [name, table] : facts.catalog.tables()) {
    for (size_t at = 0; at < table->columns.size(); ++at) {
      const Column& column = table->columns[at];
      CatalogRow row = attribute(table->oid, at, column.name, column.type);
      row["attnotnull"] = truth(is_not_null(*table, at));
      row["atthasdef"] = truth(!default_as_shown(column).empty());
      row["attidentity"] = identity_code(column);
      rows.push_back(std::move(row));
    }
  }
  each_index(facts.catalog, [&](const Relation& index) {
    auto columns = index.columns();
    for (size_t at = 0; at < columns.size(); ++at) {
      const Column& column = index.table->columns[columns[at]];
      rows.push_back(attribute(index.oid, at, column.name, column.type));
    }
  });
  return rows;
}

std::vector<CatalogRow> pg_attrdef(const CatalogFacts& facts) {
  std::vector<CatalogRow> rows;
  for (const auto& [name, table] : facts.catalog.tables())
    for (size_t at = 0; at < table->columns.size(); ++at)
      if (std::string shown = default_as_shown(table->columns[at]); !shown.empty())
        rows.push_back({{"adrelid", number(table->oid)}, {"adnum", number(at + 1)}, {"adbin", shown}});
  return rows;
}

std::vector<CatalogRow> pg_index(const CatalogFacts& facts) {
  std::vector<CatalogRow> rows;
  each_index(facts.catalog, [&](const Relation& index) {
    std::string count = number(index.columns().size());
    rows.push_back({{"indexrelid", number(index.oid)},
                    {"indrelid", number(index.table->oid)},
                    {"indnatts", count},
                    {"indnkeyatts", count},
                    {"indkey", key_numbers(index, ' ')},
                    {"indisprimary", truth(index.is_primary_key())},
                    {"indisunique", truth(index.is_unique())},
                    {"indisclustered", "f"},
                    {"indisvalid", "t"},
                    {"indimmediate", "t"},
                    {"indisreplident", "f"},
                    {"indnullsnotdistinct", "f"}});
  });
  return rows;
}

std::vector<CatalogRow> pg_constraint(const CatalogFacts& facts) {
  std::vector<CatalogRow> rows;
  each_index(facts.catalog, [&](const Relation& index) {
    if (constraint_definition(index).empty()) return;
    rows.push_back({{"oid", number(index.oid + kConstraintOffset)},
                    {"conname", index.name},
                    {"connamespace", std::string(kPublic)},
                    {"contype", index.is_primary_key() ? "p" : "u"},
                    {"conrelid", number(index.table->oid)},
                    {"conindid", number(index.oid)},
                    {"confrelid", "0"},
                    {"conkey", "{" + key_numbers(index, ',') + "}"},
                    {"condeferrable", "f"},
                    {"condeferred", "f"},
                    {"convalidated", "t"}});
  });
  return rows;
}

std::vector<CatalogRow> pg_roles(const CatalogFacts& facts) {
  auto role = [](Oid oid, const std::string& name, bool login, bool superuser, bool replication) {
    return CatalogRow{{"oid", number(oid)},
                      {"usesysid", number(oid)},
                      {"rolname", name},
                      {"usename", name},
                      {"rolsuper", truth(superuser)},
                      {"usesuper", truth(superuser)},
                      {"rolinherit", "t"},
                      {"rolcreaterole", truth(superuser)},
                      {"rolcreatedb", truth(superuser)},
                      {"rolcanlogin", truth(login)},
                      {"rolconnlimit", "-1"},
                      {"rolreplication", truth(replication)},
                      {"rolbypassrls", "f"}};
  };
  std::vector<CatalogRow> rows;
  for (const auto& [name, each] : facts.catalog.roles())
    rows.push_back(role(each.oid, name, each.login, each.superuser, each.replication));
  // Whoever was let in without a password is there as well, and may do everything.
  if (!facts.catalog.find_role(facts.user)) rows.push_back(role(10, facts.user, true, true, false));
  return rows;
}

std::vector<CatalogRow> pg_namespace(const CatalogFacts&) {
  return {{{"oid", "11"}, {"nspname", "pg_catalog"}, {"nspowner", std::string(kOwner)}},
          {{"oid", std::string(kPublic)}, {"nspname", "public"}, {"nspowner", std::string(kOwner)}},
          {{"oid", "13000"}, {"nspname", "information_schema"}, {"nspowner", std::string(kOwner)}}};
}

std::vector<CatalogRow> pg_am(const CatalogFacts&) {
  return {{{"oid", std::string(kHeap)}, {"amname", "heap"}, {"amtype", "t"}},
          {{"oid", std::string(kBtree)}, {"amname", "btree"}, {"amtype", "i"}}};
}

std::vector<CatalogRow> pg_database(const CatalogFacts& facts) {
  return {{{"oid", "5"},
           {"datname", facts.database},
           {"datdba", std::string(kOwner)},
           {"encoding", "6"},
           {"datcollate", "C"},
           {"datctype", "C"},
           {"datlocprovider", "c"},
           {"datistemplate", "f"},
           {"datallowconn", "t"},
           {"datconnlimit", "-1"},
           {"dattablespace", "1663"}}};
}

std::vector<CatalogRow> pg_type(const CatalogFacts&) {
  using enum TypeId;
  struct Known {
    TypeId id;
    std::string_view name, category;
  };
  static constexpr std::array kKnown{Known{kBool, "bool", "B"},
                                     Known{kBytea, "bytea", "U"},
                                     Known{kName, "name", "S"},
                                     Known{kInt8, "int8", "N"},
                                     Known{kInt2, "int2", "N"},
                                     Known{kInt4, "int4", "N"},
                                     Known{kText, "text", "S"},
                                     Known{kOid, "oid", "N"},
                                     Known{kFloat8, "float8", "N"},
                                     Known{kVarchar, "varchar", "S"},
                                     Known{kDate, "date", "D"},
                                     Known{kTimestamp, "timestamp", "D"},
                                     Known{kTimestamptz, "timestamptz", "D"},
                                     Known{kInterval, "interval", "T"},
                                     Known{kNumeric, "numeric", "N"},
                                     Known{kPgLsn, "pg_lsn", "U"},
                                     Known{kJsonb, "jsonb", "U"}};
  std::vector<CatalogRow> rows;
  for (const Known& type : kKnown) {
    rows.push_back({{"oid", number(static_cast<Oid>(type.id))},
                    {"typname", std::string(type.name)},
                    {"typnamespace", "11"},
                    {"typowner", std::string(kOwner)},
                    {"typlen", std::to_string(type_size(type.id))},
                    {"typtype", "b"},
                    {"typcategory", std::string(type.category)},
                    {"typrelid", "0"},
                    {"typelem", "0"},
                    {"typarray", number(static_cast<Oid>(array_of(type.id)))},
                    {"typbasetype", "0"},
                    {"typnotnull", "f"},
                    {"typcollation", "0"}});
  }
  return rows;
}

std::vector<CatalogRow> pg_sequence(const CatalogFacts& facts) {
  std::vector<CatalogRow> rows;
  for (const auto& [name, sequence] : facts.catalog.sequences()) {
    rows.push_back({{"seqrelid", number(sequence.oid)},
                    {"seqtypid", number(static_cast<Oid>(sequence.type.id))},
                    {"seqstart", std::to_string(sequence.start)},
                    {"seqincrement", std::to_string(sequence.increment)},
                    {"seqmin", std::to_string(sequence_min(sequence))},
                    {"seqmax", std::to_string(sequence_max(sequence))},
                    {"seqcache", "1"},
                    {"seqcycle", "f"}});
  }
  return rows;
}

/// Which column a sequence belongs to: all that psql asks pg_depend for.
std::vector<CatalogRow> pg_depend(const CatalogFacts& facts) {
  std::vector<CatalogRow> rows;
  for (const auto& [name, sequence] : facts.catalog.sequences()) {
    auto table = facts.catalog.find_table(sequence.owner_table);
    auto column = table ? table->find(sequence.owner_column) : std::nullopt;
    if (!column) continue;
    bool identity = table->columns[*column].identity != IdentityKind::kNone;
    rows.push_back({{"classid", "1259"},
                    {"objid", number(sequence.oid)},
                    {"objsubid", "0"},
                    {"refclassid", "1259"},
                    {"refobjid", number(table->oid)},
                    {"refobjsubid", number(*column + 1u)},
                    {"deptype", identity ? "i" : "a"}});
  }
  return rows;
}

}  // namespace

std::vector<CatalogRow> catalog_rows(std::string_view relation, const CatalogFacts& facts) {
  using Make = std::vector<CatalogRow> (*)(const CatalogFacts&);
  static const std::map<std::string_view, Make> kTables{{"pg_class", pg_class},
                                                        {"pg_attribute", pg_attribute},
                                                        {"pg_attrdef", pg_attrdef},
                                                        {"pg_index", pg_index},
                                                        {"pg_constraint", pg_constraint},
                                                        {"pg_roles", pg_roles},
                                                        {"pg_user", pg_roles},
                                                        {"pg_authid", pg_roles},
                                                        {"pg_namespace", pg_namespace},
                                                        {"pg_am", pg_am},
                                                        {"pg_database", pg_database},
                                                        {"pg_type", pg_type},
                                                        {"pg_sequence", pg_sequence},
                                                        {"pg_depend", pg_depend}};
  auto found = kTables.find(relation);
  return found == kTables.end() ? std::vector<CatalogRow>{} : found->second(facts);
}

std::string index_definition(Oid index, int column, const Catalog& catalog) {
  auto relations = relations_of(catalog);
  const Relation* found = find_relation(relations, index);
  if (!found || found->kind != 'i') return {};
  auto columns = found->columns();
  auto at = static_cast<size_t>(column);
  if (column > 0 && at <= columns.size()) return found->table->columns[columns[at - 1]].name;
  return index_definition(*found);
}

std::string constraint_definition(Oid constraint, const Catalog& catalog) {
  auto relations = relations_of(catalog);
  const Relation* index = find_relation(relations, constraint - kConstraintOffset);
  return index && index->kind == 'i' ? constraint_definition(*index) : "";
}

std::string relation_name(Oid oid, const Catalog& catalog) {
  auto relations = relations_of(catalog);
  const Relation* found = find_relation(relations, oid);
  return found ? found->name : "";
}

Oid relation_oid(std::string_view name, const Catalog& catalog) {
  if (size_t dot = name.rfind('.'); dot != std::string_view::npos) name.remove_prefix(dot + 1);
  if (name == "pg_class") return 1259;
  if (name == "pg_type") return 1247;
  if (name == "pg_extension") return 3079;
  auto relations = relations_of(catalog);
  const Relation* found = find_relation(relations, name);
  return found ? found->oid : 0;
}

std::string default_as_shown(const Column& column) {
  std::string text = column_default(column);
  bool literal = text.starts_with('\'') && text.ends_with('\'');
  // The type alone, without its length, is what PostgreSQL's cast of a literal shows.
  return literal ? fmt::format("{}::{}", text, to_string(column.type.id)) : text;
}

}  // namespace wallaby::sql
