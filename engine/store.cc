#include "engine/store.h"

#include <algorithm>
#include <ostream>

#include "base/check.h"
#include "engine/store_state.h"

namespace wallaby::engine {
namespace {

// What an entry takes beside its version's block, with a tree's or a vector's slack.
constexpr uint64_t kIndexBytes = 24;
constexpr uint64_t kSupersededBytes = 2 * sizeof(Leaving);
constexpr uint64_t kTombstoneBytes = 64;
constexpr uint64_t kSnapshotBytes = 128;
constexpr uint64_t kTableBytes =
    512;  // with its name, its place among the tables and the first node of its index

// As checkpoint_format.h has it, rounded up.
constexpr uint64_t kCheckpointRowBytes = 7;
constexpr uint64_t kCheckpointTableBytes = 128;
constexpr uint64_t kCheckpointBaseBytes = 4096;

}  // namespace

std::ostream& operator<<(std::ostream& out, const Digest& digest) {
  return out << fmt::format("{:016x} at {}", digest.value, to_string(digest.position));
}

Store::Store() : state_(std::make_unique<StoreState>()) {}

Store::~Store() {
  WALLABY_CHECK(state_->snapshots.empty(), "the store goes before {} of its views", views());
  for (const auto& [name, lives] : state_->tables)
    for (const auto& table : lives)
      for (const Slot& slot : table->index)
        for (Version* version = slot.head; version;) {
          Version* older = version->older;
          Version::destroy(version);
          version = older;
        }
}

Table* StoreState::table_alive(std::string_view name) const {
  auto named = tables.find(name);
  if (named == tables.end() || !named->second.back()->alive()) return nullptr;
  return named->second.back().get();
}

const Table* StoreState::table_at(std::string_view name, Lsn position) const {
  auto named = tables.find(name);
  if (named == tables.end()) return nullptr;
  for (auto life = named->second.rbegin(); life != named->second.rend(); ++life)
    if ((*life)->seen_at(position)) return life->get();
  return nullptr;
}

Lsn Store::applied() const {
  return state_->applied;
}
Lsn Store::visible() const {
  return state_->visible;
}
Lsn Store::oldest_view() const {
  return state_->oldest_view();
}

uint64_t Store::views() const {
  uint64_t views = 0;
  for (const auto& [position, snapshot] : state_->snapshots) views += snapshot.views;
  return views;
}

View Store::visible_view() const {
  return View(this, state_->visible, true);
}
View Store::newest_view() const {
  return View(this, state_->applied, false);
}

bool Store::table_conflict(Lsn snapshot, std::string_view table) const {
  if (const Table* now = state_->table_alive(table)) return now->created > snapshot;
  return state_->table_at(table, snapshot) != nullptr;
}

bool Store::conflict(Lsn snapshot, std::string_view table, std::string_view key) const {
  if (table_conflict(snapshot, table)) return true;
  const Table* now = state_->table_alive(table);
  if (!now) return false;
  auto slot = now->index.find(key);
  return slot != now->index.end() && slot->head->lsn > snapshot;
}

bool Store::rows_conflict(Lsn snapshot, std::string_view table) const {
  if (table_conflict(snapshot, table)) return true;
  const Table* now = state_->table_alive(table);
  return now && std::ranges::any_of(now->index, [&](const Slot& slot) { return slot.head->lsn > snapshot; });
}

Digest Store::digest() const {
  return {state_->applied, state_->digest};
}

uint64_t Store::memory() const {
  const StoreState& s = *state_;
  return s.version_bytes + s.keys * kIndexBytes + s.superseded_versions * kSupersededBytes +
         s.tombstones.size() * kTombstoneBytes + s.snapshots.size() * kSnapshotBytes +
         s.table_lives * kTableBytes;
}

uint64_t Store::versions() const {
  return state_->versions;
}
uint64_t Store::rows() const {
  return state_->live_rows;
}

uint64_t Store::checkpoint_size() const {
  const StoreState& s = *state_;
  return s.live_bytes + s.live_rows * kCheckpointRowBytes + s.live_tables * kCheckpointTableBytes +
         kCheckpointBaseBytes;
}

}  // namespace wallaby::engine
