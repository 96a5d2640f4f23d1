// Changing the newest state: one record's changes, or a checkpoint's rows.
#include <algorithm>
#include <iterator>
#include <optional>

#include "base/check.h"
#include "engine/digest.h"
#include "engine/store.h"
#include "engine/store_state.h"

namespace wallaby::engine {
namespace {

/// Applies the changes of one position. It remembers the table and the place of the last change, since changes of
/// one record tend to be neighbours: a sorted load then never searches the tree.
class Applier {
 public:
  Applier(StoreState& state, Lsn lsn) : state_(state), lsn_(lsn) {}

  void apply(const ChangeView& change);
  void create_table(std::string_view name);
  /// True when the table of the next put and erase exists.
  bool use_table(std::string_view name);
  void put(std::string_view key, std::string_view value);

 private:
  void drop_table(std::string_view name);
  void erase(std::string_view key);
  Index::iterator place_of(std::string_view key) const;
  Version* add(std::string_view key, std::string_view value, bool tombstone);
  void supersede(const Slot& slot, Version* fresh);
  void count(const Version& version);
  void uncount(const Version& version);

  StoreState& state_;
  const Lsn lsn_;
  Table* table_ = nullptr;
  std::optional<Index::iterator> last_;
};

void Applier::apply(const ChangeView& change) {
  switch (change.kind) {
    case ChangeKind::kCreateTable: create_table(change.table); return;
    case ChangeKind::kDropTable: drop_table(change.table); return;
    case ChangeKind::kPut:
      WALLABY_CHECK(use_table(change.table), "record at {}: put into missing table '{}'", to_string(lsn_),
                    change.table);
      put(change.key, change.value);
      return;
    case ChangeKind::kDelete:
      WALLABY_CHECK(use_table(change.table), "record at {}: delete in missing table '{}'", to_string(lsn_),
                    change.table);
      erase(change.key);
      return;
  }
  WALLABY_CHECK(false, "change kind {}", static_cast<int>(change.kind));
}

bool Applier::use_table(std::string_view name) {
  if (table_ && table_->name == name) return true;
  last_.reset();
  table_ = state_.table_alive(name);
  return table_ != nullptr;
}

void Applier::create_table(std::string_view name) {
  WALLABY_CHECK(!use_table(name), "record at {}: table '{}' is created twice", to_string(lsn_), name);
  auto table = std::make_unique<Table>();
  table->name = name;
  table->hash = table_hash(name);
  table->created = lsn_;
  state_.table_change = lsn_;
  table_ = table.get();
  state_.tables[table->name].push_back(std::move(table));
  state_.digest += table_->hash;
  ++state_.live_tables;
  ++state_.table_lives;
}

void Applier::drop_table(std::string_view name) {
  WALLABY_CHECK(use_table(name), "record at {}: missing table '{}' is dropped", to_string(lsn_), name);
  table_->dropped = lsn_;
  state_.table_change = lsn_;
  state_.digest -= table_->hash + table_->digest;
  state_.live_rows -= table_->live_rows;
  state_.live_bytes -= table_->live_bytes;
  --state_.live_tables;
  state_.superseded.push_back({nullptr, table_});
  table_ = nullptr;
}

/// Where the key is, or where it belongs.
Index::iterator Applier::place_of(std::string_view key) const {
  Index& index = table_->index;
  if (last_ && (*last_)->head->key() < key) {
    auto next = std::next(*last_);
    if (next == index.end() || key <= next->head->key()) return next;
  }
  return index.lower_bound(key);
}

Version* Applier::add(std::string_view key, std::string_view value, bool tombstone) {
  Version* version = Version::make(lsn_, key, value, tombstone);
  ++state_.versions;
  state_.version_bytes += version->heap_bytes();
  return version;
}

void Applier::put(std::string_view key, std::string_view value) {
  auto place = place_of(key);
  Version* fresh = add(key, value, false);
  if (place != table_->index.end() && place->head->key() == key) {
    supersede(*place, fresh);
  } else {
    place = table_->index.insert(place, Slot{fresh});
    ++state_.keys;
  }
  count(*fresh);
  last_ = place;
}

void Applier::erase(std::string_view key) {
  auto place = place_of(key);
  bool there = place != table_->index.end() && place->head->key() == key && !place->head->tombstone;
  WALLABY_CHECK(there, "record at {}: a missing key of table '{}' is deleted", to_string(lsn_), table_->name);
  Version* fresh = add(key, {}, true);
  supersede(*place, fresh);
  state_.tombstones.emplace_hint(state_.tombstones.end(), std::pair(lsn_, fresh), table_);
  last_ = place;
}

void Applier::supersede(const Slot& slot, Version* fresh) {
  Version* old = slot.head;
  if (old->tombstone) {
    state_.tombstones.erase({old->lsn, old});
  } else {
    uncount(*old);
  }
  slot.head = fresh;
  if (old->lsn == lsn_) {
    // Twice in one record: nobody will ever stand between the two.
    fresh->older = old->older;
    if (fresh->older) fresh->older->newer = fresh;
    state_.destroy(old);
    return;
  }
  fresh->older = old;
  old->newer = fresh;
  ++table_->superseded;
  ++state_.superseded_versions;
  state_.superseded.push_back({old, table_});
}

void Applier::count(const Version& version) {
  uint64_t hash = row_hash(table_->hash, version.key(), version.value());
  uint64_t bytes = version.key_size + version.value_size;
  table_->digest += hash;
  state_.digest += hash;
  table_->live_bytes += bytes;
  state_.live_bytes += bytes;
  ++table_->live_rows;
  ++state_.live_rows;
}

void Applier::uncount(const Version& version) {
  uint64_t hash = row_hash(table_->hash, version.key(), version.value());
  uint64_t bytes = version.key_size + version.value_size;
  table_->digest -= hash;
  state_.digest -= hash;
  table_->live_bytes -= bytes;
  state_.live_bytes -= bytes;
  --table_->live_rows;
  --state_.live_rows;
}

}  // namespace

void Store::apply(Lsn lsn, const ChangeViews& changes) {
  advance(lsn);
  Applier applier(*state_, lsn);
  for (const ChangeView& change : changes) applier.apply(change);
  // More than these changes can leave behind, so that what is due shrinks in the long run.
  state_->tidy(kTidySlice + 2 * changes.size());
}

void Store::advance(Lsn lsn) {
  WALLABY_CHECK(state_->scans == 0, "the store changes under a scan");
  WALLABY_CHECK(lsn > state_->applied, "record at {} after {}", to_string(lsn), to_string(state_->applied));
  state_->applied = lsn;
}

void Store::set_visible(Lsn lsn) {
  WALLABY_CHECK(state_->scans == 0, "the store changes under a scan");
  WALLABY_CHECK(lsn >= state_->visible, "visible {} moves back to {}", to_string(state_->visible),
                to_string(lsn));
  WALLABY_CHECK(lsn <= state_->applied, "visible {} runs past applied {}", to_string(lsn),
                to_string(state_->applied));
  state_->visible = lsn;
  state_->tidy(kTidySlice);
}

void Store::fill(Lsn position, std::string_view table, std::span<const Row> rows) {
  WALLABY_CHECK(state_->applied == Lsn{}, "a checkpoint is loaded into a store that is at {}",
                to_string(applied()));
  Applier applier(*state_, position);
  if (!applier.use_table(table)) applier.create_table(table);
  const Index& index = state_->table_alive(table)->index;
  for (const Row& row : rows) {
    WALLABY_CHECK(index.empty() || std::prev(index.end())->head->key() < row.key,
                  "rows of '{}' are not sorted", table);
    applier.put(row.key, row.value);
  }
}

bool Store::tidy(uint64_t budget) {
  return state_->tidy(budget);
}

}  // namespace wallaby::engine
