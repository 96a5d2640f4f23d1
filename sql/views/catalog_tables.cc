#include "sql/views/catalog_tables.h"

#include <array>
#include <functional>
#include <utility>

#include <fmt/format.h>

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

/// One index of a table, the primary key's among them.
struct IndexFacts {
  Oid oid = 0;
  std::string name;
  std::vector<uint16_t> columns;
  bool primary = false, unique = false, constraint = false;
};

std::vector<IndexFacts> indexes_of(const Table& table) {
  std::vector<IndexFacts> all;
  if (!table.primary_key.empty())
    all.push_back({table.oid + 1, table.primary_key_name, table.primary_key, true, true, true});
  for (const Index& index : table.indexes)
    all.push_back({index.oid, index.name, index.columns, false, index.unique, index.constraint});
  return all;
}

void each_index(const Catalog& catalog, const std::function<void(const Table&, const IndexFacts&)>& visit) {
  for (const auto& [name, table] : catalog.tables())
    for (const IndexFacts& index : indexes_of(*table)) visit(*table, index);
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
  for (const auto& [name, table] : facts.catalog.tables()) {
    CatalogRow row = relation(table->oid, name, "r");
    row["relam"] = kHeap;
    row["relhasindex"] = truth(!indexes_of(*table).empty());
    row["relnatts"] = number(table->columns.size());
    rows.push_back(std::move(row));
  }
  each_index(facts.catalog, [&](const Table&, const IndexFacts& index) {
    CatalogRow row = relation(index.oid, index.name, "i");
    row["relam"] = kBtree;
    row["relreplident"] = "n";
    rows.push_back(std::move(row));
  });
  for (const auto& [name, sequence] : facts.catalog.sequences())
    rows.push_back(relation(sequence.oid, name, "S"));
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
      row["attnotnull"] = truth(column.not_null);
      row["atthasdef"] = truth(!default_as_shown(column).empty());
      if (column.identity == IdentityKind::kAlways) row["attidentity"] = "a";
      if (column.identity == IdentityKind::kByDefault) row["attidentity"] = "d";
      rows.push_back(std::move(row));
    }
  }
  each_index(facts.catalog, [&](const Table& table, const IndexFacts& index) {
    for (size_t at = 0; at < index.columns.size(); ++at) {
      const Column& column = table.columns[index.columns[at]];
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
  each_index(facts.catalog, [&](const Table& table, const IndexFacts& index) {
    std::string keys;
    for (uint16_t column : index.columns) keys += fmt::format("{}{}", keys.empty() ? "" : " ", column + 1);
    rows.push_back({{"indexrelid", number(index.oid)},
                    {"indrelid", number(table.oid)},
                    {"indnatts", number(index.columns.size())},
                    {"indnkeyatts", number(index.columns.size())},
                    {"indkey", keys},
                    {"indisprimary", truth(index.primary)},
                    {"indisunique", truth(index.unique)},
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
  each_index(facts.catalog, [&](const Table& table, const IndexFacts& index) {
    if (!index.constraint) return;
    std::string keys;
    for (uint16_t column : index.columns) keys += fmt::format("{}{}", keys.empty() ? "" : ",", column + 1);
    rows.push_back({{"oid", number(index.oid + kConstraintOffset)},
                    {"conname", index.name},
                    {"connamespace", std::string(kPublic)},
                    {"contype", index.primary ? "p" : "u"},
                    {"conrelid", number(table.oid)},
                    {"conindid", number(index.oid)},
                    {"confrelid", "0"},
                    {"conkey", "{" + keys + "}"},
                    {"condeferrable", "f"},
                    {"condeferred", "f"},
                    {"convalidated", "t"}});
  });
  return rows;
}

std::vector<CatalogRow> pg_roles(const CatalogFacts& facts) {
  auto role = [](Oid oid, const std::string& name, bool login, bool superuser) {
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
                      {"rolreplication", "f"},
                      {"rolbypassrls", "f"}};
  };
  std::vector<CatalogRow> rows;
  for (const auto& [name, each] : facts.catalog.roles())
    rows.push_back(role(each.oid, name, each.login, each.superuser));
  // Whoever was let in without a password is there as well, and may do everything.
  if (!facts.catalog.find_role(facts.user)) rows.push_back(role(10, facts.user, true, true));
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
    std::string largest = "9223372036854775807";
    if (sequence.type.id == TypeId::kInt4) largest = "2147483647";
    if (sequence.type.id == TypeId::kInt2) largest = "32767";
    rows.push_back({{"seqrelid", number(sequence.oid)},
                    {"seqtypid", number(static_cast<Oid>(sequence.type.id))},
                    {"seqstart", std::to_string(sequence.start)},
                    {"seqincrement", std::to_string(sequence.increment)},
                    {"seqmin", "1"},
                    {"seqmax", largest},
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

std::string index_definition(Oid oid, int column, const Catalog& catalog) {
  std::string text;
  each_index(catalog, [&](const Table& table, const IndexFacts& index) {
    if (index.oid != oid) return;
    std::string columns;
    for (uint16_t at : index.columns)
      columns += fmt::format("{}{}", columns.empty() ? "" : ", ", table.columns[at].name);
    text = fmt::format("CREATE {}INDEX {} ON public.{} USING btree ({})", index.unique ? "UNIQUE " : "",
                       index.name, table.name, columns);
    if (column > 0 && static_cast<size_t>(column) <= index.columns.size())
      text = table.columns[index.columns[static_cast<size_t>(column) - 1]].name;
  });
  return text;
}

std::string constraint_definition(Oid constraint, const Catalog& catalog) {
  std::string text;
  each_index(catalog, [&](const Table& table, const IndexFacts& index) {
    if (!index.constraint || index.oid + kConstraintOffset != constraint) return;
    for (uint16_t at : index.columns)
      text += fmt::format("{}{}", text.empty() ? "" : ", ", table.columns[at].name);
    text = fmt::format("{} ({})", index.primary ? "PRIMARY KEY" : "UNIQUE", text);
  });
  return text;
}

std::string relation_name(Oid oid, const Catalog& catalog) {
  std::string found;
  for (const auto& [name, table] : catalog.tables())
    if (table->oid == oid) found = name;
  each_index(catalog, [&](const Table&, const IndexFacts& index) {
    if (index.oid == oid) found = index.name;
  });
  for (const auto& [name, sequence] : catalog.sequences())
    if (sequence.oid == oid) found = name;
  return found;
}

Oid relation_oid(std::string_view name, const Catalog& catalog) {
  if (size_t dot = name.rfind('.'); dot != std::string_view::npos) name.remove_prefix(dot + 1);
  if (name == "pg_class") return 1259;
  if (name == "pg_type") return 1247;
  if (name == "pg_extension") return 3079;
  if (auto table = catalog.find_table(name)) return table->oid;
  if (const Sequence* sequence = catalog.find_sequence(name)) return sequence->oid;
  Oid found = 0;
  each_index(catalog, [&](const Table&, const IndexFacts& index) {
    if (index.name == name) found = index.oid;
  });
  return found;
}

std::string default_as_shown(const Column& column) {
  if (column.identity != IdentityKind::kNone) return {};
  if (!column.sequence.empty()) return fmt::format("nextval('{}'::regclass)", column.sequence);
  bool literal = column.default_text.starts_with('\'') && column.default_text.ends_with('\'');
  // The type alone, without its length, is what PostgreSQL's cast of a literal shows.
  return literal ? fmt::format("{}::{}", column.default_text, to_string(column.type.id))
                 : column.default_text;
}

}  // namespace wallaby::sql
