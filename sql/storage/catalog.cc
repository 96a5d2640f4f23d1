#include "sql/storage/catalog.h"

#include <algorithm>

#include <xxhash.h>

#include "sql/storage/catalog_codec.h"
#include "sql/storage/catalog_rows.h"
#include "sql/storage/key_codec.h"

namespace wallaby::sql {
namespace {

/// What a table of the native door looks like. Its OID comes from its name, above those that the catalog gives.
std::shared_ptr<const Table> native_table(const std::string& name) {
  constexpr Oid kNativeOids = 0x80000000;
  auto hash = static_cast<Oid>(XXH3_64bits(name.data(), name.size()));
  auto table = std::make_shared<Table>();
  table->oid = kNativeOids | (hash & ~Oid{1});
  table->name = name;
  table->origin = TableOrigin::kNative;
  for (const char* column : {"key", "value"}) {
    table->columns.emplace_back();
    table->columns.back().name = column;
    table->columns.back().type.id = TypeId::kText;
    table->columns.back().not_null = true;
  }
  table->primary_key = {0};
  table->primary_key_name = name + "_pkey";
  return table;
}

template <typename Map>
auto* find_in(const Map& map, std::string_view name) {
  auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

std::optional<uint16_t> Table::find(std::string_view column) const {
  for (size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == column) return static_cast<uint16_t>(i);
  return std::nullopt;
}

SqlResult<std::shared_ptr<const Catalog>> Catalog::load(const DataSource& source) {
  auto catalog = std::make_shared<Catalog>();
  auto state = read_catalog_state(source);
  if (!state) return std::unexpected(state.error());
  catalog->version_ = state->version;
  if (auto loaded = catalog->load_definitions(source); !loaded) return std::unexpected(loaded.error());
  catalog->load_tables(source);
  return catalog;
}

SqlResult<void> Catalog::load_definitions(const DataSource& source) {
  std::optional<SqlError> failure;
  auto relation = [&](std::string_view name, std::string_view bytes) {
    auto read = decode_relation(name, bytes);
    if (!read) {
      failure = read.error();
    } else if (auto* table = std::get_if<Table>(&*read)) {
      tables_.emplace(table->name, std::make_shared<Table>(std::move(*table)));
    } else if (auto* sequence = std::get_if<Sequence>(&*read)) {
      sequences_.emplace(name, std::move(*sequence));
    }
    return !failure;
  };
  auto role = [&](std::string_view name, std::string_view bytes) {
    auto read = decode_role(name, bytes);
    if (read) {
      roles_.emplace(name, std::move(*read));
    } else {
      failure = read.error();
    }
    return !failure;
  };
  auto scan = [&](std::string_view prefix, const auto& take) {
    engine::KeyRange range{std::string(prefix), prefix_end(std::string(prefix))};
    source.scan(kCatalogTable, range,
                [&](const engine::Row& row) { return take(row.key.substr(prefix.size()), row.value); });
  };
  scan(kRelationPrefix, relation);
  if (!failure) scan(kRolePrefix, role);
  if (failure) return std::unexpected(std::move(*failure));
  return {};
}

/// Native tables come in; what the native door has dropped goes.
void Catalog::load_tables(const DataSource& source) {
  std::vector<std::string> names = source.tables();
  auto there = [&](std::string_view name) { return std::ranges::binary_search(names, name, std::less<>()); };
  for (auto place = tables_.begin(); place != tables_.end();) {
    const Table& table = *place->second;
    if (!there(table.name)) {
      place = tables_.erase(place);
      continue;
    }
    if (!std::ranges::all_of(table.indexes, [&](const Index& index) { return there(index.name); })) {
      auto remaining = std::make_shared<Table>(table);
      std::erase_if(remaining->indexes, [&](const Index& index) { return !there(index.name); });
      place->second = std::move(remaining);
    }
    if (!place->second->primary_key.empty())
      index_tables_.emplace(place->second->primary_key_name, place->first);
    for (const Index& index : place->second->indexes) index_tables_.emplace(index.name, place->first);
    ++place;
  }
  for (const std::string& name : names)
    if (!is_system_table(name) && !tables_.contains(name) && !find_index(name))
      tables_.emplace(name, native_table(name));
}

std::shared_ptr<const Table> Catalog::find_table(std::string_view name) const {
  auto* found = find_in(tables_, name);
  return found ? *found : nullptr;
}

const Index* Catalog::find_index(std::string_view name) const {
  auto* table_name = find_in(index_tables_, name);
  if (!table_name) return nullptr;
  const auto& indexes = tables_.find(*table_name)->second->indexes;
  auto found = std::ranges::find(indexes, name, &Index::name);
  return found == indexes.end() ? nullptr : &*found;
}

const Sequence* Catalog::find_sequence(std::string_view name) const {
  return find_in(sequences_, name);
}

const Role* Catalog::find_role(std::string_view name) const {
  return find_in(roles_, name);
}

std::shared_ptr<const Table> Catalog::table_of_oid(Oid oid) const {
  auto found = std::ranges::find_if(tables_, [&](const auto& entry) { return entry.second->oid == oid; });
  return found == tables_.end() ? nullptr : found->second;
}

bool Catalog::has_relation(std::string_view name) const {
  return tables_.contains(name) || sequences_.contains(name) || index_tables_.contains(name);
}

SqlResult<std::shared_ptr<const Catalog>> CatalogCache::of(const DataSource& source) {
  constexpr size_t kKept = 4;
  auto state = read_catalog_state(source);
  if (!state) return std::unexpected(state.error());
  std::optional<Lsn> change = source.last_table_change();
  if (change)
    for (const Entry& entry : entries_)
      if (entry.version == state->version && entry.table_change == change) return entry.catalog;

  std::vector<std::string> engine_tables = source.tables();
  for (Entry& entry : entries_)
    if (entry.version == state->version && entry.engine_tables == engine_tables) {
      if (change) entry.table_change = change;
      return entry.catalog;
    }
  auto catalog = Catalog::load(source);
  if (!catalog) return catalog;
  if (entries_.size() == kKept) entries_.pop_back();
  entries_.insert(entries_.begin(), Entry{state->version, change, std::move(engine_tables), *catalog});
  return catalog;
}

}  // namespace wallaby::sql
