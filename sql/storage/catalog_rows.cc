#include "sql/storage/catalog_rows.h"

#include <xxhash.h>

#include "base/endian.h"
#include "engine/changes.h"
#include "sql/storage/catalog_codec.h"

namespace wallaby::sql {
namespace {

constexpr std::string_view kStateKey = "state";

template <typename T>
SqlResult<void> in_sql(const Result<T>& done) {
  if (done) return {};
  return std::unexpected(from_node(done.error()));
}

}  // namespace

std::string relation_key(std::string_view name) {
  std::string key(kRelationPrefix);
  key += name;
  return key;
}

bool is_system_table(std::string_view name) {
  return name.starts_with(engine::kSqlPrefix);
}

SqlResult<void> check_relation_name(std::string_view name) {
  if (engine::check_table_name(name) && !is_system_table(name)) return {};
  return std::unexpected(not_supported(fmt::format("the name \"{}\"", name),
                                       "Names of tables, indexes and sequences are 1 to 63 printable ASCII "
                                       "characters without blanks and '/', and do "
                                       "not begin with \"sql.\"."));
}

SqlResult<CatalogState> read_catalog_state(const DataSource& source) {
  std::optional<std::string_view> row = source.get(kCatalogTable, kStateKey);
  if (!row) return CatalogState{};
  if (row->size() != 12) return sql_error("XX001", "the catalog's state cannot be decoded");
  return CatalogState{load<uint64_t>(row->data()), load<uint32_t>(row->data() + 8)};
}

SqlResult<void> CatalogWriter::write_state(const CatalogState& state) {
  char bytes[12];
  store(bytes, state.version);
  store(bytes + 8, state.next_oid);
  return in_sql(transaction_.put(kCatalogTable, kStateKey, {bytes, sizeof bytes}));
}

SqlResult<void> CatalogWriter::need_table(std::string_view name) {
  if (transaction_.has_table(name)) return {};
  return in_sql(transaction_.create_table(name));
}

SqlResult<Oid> CatalogWriter::take_oids(uint32_t count) {
  if (auto done = need_table(kCatalogTable); !done) return std::unexpected(done.error());
  auto state = read_catalog_state(DataSource(transaction_));
  if (!state) return std::unexpected(state.error());
  Oid first = state->next_oid;
  state->next_oid += count;
  if (auto done = write_state(*state); !done) return std::unexpected(done.error());
  return first;
}

/// The new version depends on the old one and on the change: a chain, as the log's.
SqlResult<void> CatalogWriter::move_version(std::string_view key, std::string_view definition) {
  auto state = read_catalog_state(DataSource(transaction_));
  if (!state) return std::unexpected(state.error());
  uint64_t seed = XXH3_64bits_withSeed(key.data(), key.size(), state->version);
  state->version = XXH3_64bits_withSeed(definition.data(), definition.size(), seed);
  return write_state(*state);
}

SqlResult<void> CatalogWriter::set(std::string_view key, std::string_view definition) {
  if (auto done = need_table(kCatalogTable); !done) return done;
  if (auto done = in_sql(transaction_.put(kCatalogTable, key, definition)); !done) return done;
  return move_version(key, definition);
}

SqlResult<void> CatalogWriter::erase(std::string_view key) {
  if (auto done = in_sql(transaction_.erase(kCatalogTable, key)); !done) return done;
  return move_version(key, {});
}

SqlResult<void> CatalogWriter::put(const Table& table) {
  if (auto done = need_table(table.name); !done) return done;
  for (const Index& index : table.indexes) {
    if (transaction_.has_table(index.name)) continue;
    if (auto done = need_table(index.name); !done) return done;
    if (auto done = set(relation_key(index.name), encode_relation(index)); !done) return done;
  }
  return set(relation_key(table.name), encode_relation(table));
}

SqlResult<void> CatalogWriter::put(const Sequence& sequence) {
  if (auto done = need_table(kSequencesTable); !done) return done;
  return set(relation_key(sequence.name), encode_relation(sequence));
}

SqlResult<void> CatalogWriter::put(const Role& role) {
  return set(std::string(kRolePrefix) + role.name, encode_role(role));
}

SqlResult<void> CatalogWriter::drop(const Table& table) {
  for (const Index& index : table.indexes)
    if (auto done = drop_entries(index); !done) return done;
  if (auto done = in_sql(transaction_.drop_table(table.name)); !done) return done;
  if (table.origin == TableOrigin::kNative) return {};
  return erase(relation_key(table.name));
}

SqlResult<void> CatalogWriter::drop(const Sequence& sequence) {
  if (auto done = in_sql(transaction_.erase(kSequencesTable, sequence.name)); !done) return done;
  return erase(relation_key(sequence.name));
}

SqlResult<void> CatalogWriter::drop(const Role& role) {
  return erase(std::string(kRolePrefix) + role.name);
}

SqlResult<void> CatalogWriter::drop_entries(const Index& index) {
  if (auto done = in_sql(transaction_.drop_table(index.name)); !done) return done;
  return erase(relation_key(index.name));
}

SqlResult<void> CatalogWriter::empty_engine_table(std::string_view name) {
  if (auto done = in_sql(transaction_.drop_table(name)); !done) return done;
  return in_sql(transaction_.create_table(name));
}

}  // namespace wallaby::sql
