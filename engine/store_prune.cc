// Letting go of what nobody can read any more; engine/store_state.h tells how.
#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "engine/store_state.h"

namespace wallaby::engine {

Lsn StoreState::oldest_view() const {
  return snapshots.empty() ? visible : std::min(visible, snapshots.begin()->first);
}

void StoreState::open_snapshot(Lsn position) {
  // Most snapshots open at the newest position, which stands last.
  ++snapshots.try_emplace(snapshots.end(), position)->second.views;
}

void StoreState::close_snapshot(Lsn position) {
  auto snapshot = snapshots.find(position);
  WALLABY_CHECK(snapshot != snapshots.end() && snapshot->second.views > 0, "no snapshot is open at {}",
                position.value);
  if (--snapshot->second.views > 0) return;
  if (!snapshot->second.waiting.empty()) backlog.push_back(std::move(snapshot->second.waiting));
  snapshots.erase(snapshot);
  tidy(kTidySlice);
}

bool StoreState::tombstone_is_due() const {
  if (tombstones.empty()) return false;
  const auto& [lsn, tombstone] = tombstones.begin()->first;
  // With older versions behind it, it still hides them until they are gone.
  return lsn <= oldest_view() && tombstone->older == nullptr;
}

bool StoreState::work_is_due() const {
  return !backlog.empty() || (!superseded.empty() && superseded.front().until() <= visible) ||
         tombstone_is_due();
}

bool StoreState::tidy(uint64_t budget) {
  if (scans > 0) return work_is_due();
  for (; budget > 0 && !superseded.empty() && superseded.front().until() <= visible; --budget) {
    Leaving leaving = superseded.front();
    superseded.pop_front();
    let_go(leaving);
  }
  while (budget > 0 && !backlog.empty())
    if (!work_off_backlog(budget)) break;
  for (; budget > 0 && tombstone_is_due(); --budget) drop_tombstone();
  return work_is_due();
}

Snapshot* StoreState::newest_reader(const Leaving& leaving) {
  auto at = snapshots.lower_bound(leaving.until());
  if (at == snapshots.begin()) return nullptr;
  --at;
  return at->first >= leaving.from() ? &at->second : nullptr;
}

void StoreState::let_go(const Leaving& leaving) {
  if (Snapshot* reader = newest_reader(leaving)) {
    reader->waiting.push_back(leaving);
  } else if (leaving.version) {
    unlink(leaving);
  } else {
    backlog.push_back({leaving});  // a table may be large: row by row, within the budget
  }
}

void StoreState::unlink(const Leaving& leaving) {
  Version* version = leaving.version;
  version->newer->older = version->older;
  if (version->older) version->older->newer = version->newer;
  --leaving.table->superseded;
  --superseded_versions;
  destroy(version);
}

void StoreState::destroy(Version* version) {
  --versions;
  version_bytes -= version->heap_bytes();
  Version::destroy(version);
}

void StoreState::drop_tombstone() {
  auto first = tombstones.begin();
  Version* tombstone = first->first.second;
  Index& index = first->second->index;
  auto slot = index.find(tombstone->key());
  WALLABY_CHECK(slot != index.end() && slot->head == tombstone,
                "a tombstone is not its key's newest version");
  index.erase(slot);
  --keys;
  tombstones.erase(first);
  destroy(tombstone);
}

/// One entry of the backlog, or a part of a table; false when it cannot go on now.
bool StoreState::work_off_backlog(uint64_t& budget) {
  Leaving leaving = backlog.front()[backlog_done];
  if (!leaving.version && !newest_reader(leaving)) {
    // Its last versions may stand behind it in the backlog.
    if (leaving.table->superseded > 0) {
      --budget;
      backlog.push_back({leaving});
    } else if (!free_table(*leaving.table, budget)) {
      return false;
    }
  } else {
    --budget;
    let_go(leaving);
  }
  if (++backlog_done == backlog.front().size()) {
    backlog.pop_front();
    backlog_done = 0;
  }
  return true;
}

/// False when the budget ended before the table did.
bool StoreState::free_table(Table& table, uint64_t& budget) {
  while (!table.index.empty()) {
    if (budget == 0) return false;
    --budget;
    auto last = std::prev(table.index.end());
    Version* version = last->head;
    WALLABY_CHECK(version->older == nullptr, "a table goes before its versions");
    if (version->tombstone) tombstones.erase({version->lsn, version});
    table.index.erase(last);
    --keys;
    destroy(version);
  }
  auto named = tables.find(table.name);
  WALLABY_CHECK(named != tables.end(), "table {} is not listed", table.name);
  std::erase_if(named->second, [&](const auto& life) { return life.get() == &table; });
  if (named->second.empty()) tables.erase(named);
  --table_lives;
  if (budget > 0) --budget;
  return true;
}

}  // namespace wallaby::engine
