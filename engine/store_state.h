// engine/store_state.h
//
// Inside the store: tables, the registry of snapshots, and who waits for which snapshot to close. For the
// store*.cc files and view.cc only.
//
// How a version goes. It is seen at the positions [lsn, newer->lsn). Once it is superseded it stands in
// `superseded`, in log order, until `visible` has reached newer->lsn. New snapshots open at `visible` only, so from
// then on just the snapshots that are open already can want it. It is hung on the newest of those that see it; when
// that one closes, on the next older that sees it; when there is none, it is freed. So nothing is ever searched for,
// and a version moves at most once for each snapshot that saw it.
//
//     superseded:  [v4 until 80] [v5 until 96]           visible = 72
//     snapshots:   24 -> waiting [v1]    64 -> waiting [v2, v3]
//
// A dropped table goes the same way, behind its versions. A closed snapshot's list goes to `backlog`. All of this is
// worked off in slices (tidy).
//
// A tombstone that is its key's newest version stays until the oldest snapshot and `visible` have reached it: a
// transaction that read before it must still find that it lost. Then the key leaves the index.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>

#include "base/lsn.h"
#include "engine/version.h"

namespace wallaby::engine {

/// A key's place in the index. Its head is replaced in place: the order depends on the key alone.
struct Slot {
  mutable Version* head;
};

struct SlotOrder {
  using is_transparent = void;
  static absl::weak_ordering order(std::string_view a, std::string_view b) {
    int difference = a.compare(b);
    if (difference == 0) return absl::weak_ordering::equivalent;
    return difference < 0 ? absl::weak_ordering::less : absl::weak_ordering::greater;
  }
  absl::weak_ordering operator()(const Slot& a, const Slot& b) const {
    return order(a.head->key(), b.head->key());
  }
  absl::weak_ordering operator()(const Slot& a, std::string_view b) const { return order(a.head->key(), b); }
  absl::weak_ordering operator()(std::string_view a, const Slot& b) const { return order(a, b.head->key()); }
};

using Index = absl::btree_set<Slot, SlotOrder>;

/// One life of a table: from its creation until it is dropped.
struct Table {
  std::string name;
  uint64_t hash = 0;
  Lsn created;
  Lsn dropped = kMaxLsn;
  Index index;
  uint64_t live_rows = 0;   ///< newest versions that are not tombstones
  uint64_t live_bytes = 0;  ///< of their keys and values
  uint64_t digest = 0;      ///< sum of their hashes
  uint64_t superseded = 0;  ///< versions that are not their key's newest

  bool alive() const { return dropped == kMaxLsn; }
  bool seen_at(Lsn position) const { return created <= position && position < dropped; }
};

/// What leaves when its last reader has gone: a superseded version or (version null) a dropped table.
struct Leaving {
  Version* version;
  Table* table;
  Lsn from() const { return version ? version->lsn : table->created; }
  Lsn until() const { return version ? version->newer->lsn : table->dropped; }
};

struct Snapshot {
  uint64_t views = 0;
  std::vector<Leaving> waiting;
};

struct StoreState {
  /// Of each name every life that is still kept, oldest first.
  std::map<std::string, std::vector<std::unique_ptr<Table>>, std::less<>> tables;
  Lsn applied, visible;
  Lsn table_change;  ///< where a table was made or dropped last

  std::map<Lsn, Snapshot> snapshots;
  std::deque<Leaving> superseded;
  std::deque<std::vector<Leaving>> backlog;
  size_t backlog_done = 0;  ///< entries of its first list that are done
  /// Tombstones that are their key's newest version, in log order.
  absl::btree_map<std::pair<Lsn, Version*>, Table*> tombstones;
  /// A scan stands in an index: meanwhile nothing leaves it, though views may close.
  int scans = 0;

  // Totals. `live_*` and `digest`: of the newest state.
  uint64_t versions = 0, version_bytes = 0, keys = 0, superseded_versions = 0, table_lives = 0;
  uint64_t live_rows = 0, live_bytes = 0, live_tables = 0, digest = 0;

  Table* table_alive(std::string_view name) const;
  const Table* table_at(std::string_view name, Lsn position) const;
  Lsn oldest_view() const;

  void open_snapshot(Lsn position);
  void close_snapshot(Lsn position);

  /// Works off up to `budget` of what is due (nothing during a scan); true when more remains.
  bool tidy(uint64_t budget);
  bool work_is_due() const;
  bool tombstone_is_due() const;
  /// Takes a block out of the totals and frees it.
  void destroy(Version* version);

 private:
  Snapshot* newest_reader(const Leaving& leaving);
  void let_go(const Leaving& leaving);
  void unlink(const Leaving& leaving);
  void drop_tombstone();
  bool work_off_backlog(uint64_t& budget);
  bool free_table(Table& table, uint64_t& budget);
};

/// Holds the index still around a walk, also when the visitor throws.
class ScanGuard {
 public:
  explicit ScanGuard(StoreState& state) : state_(state) { ++state_.scans; }
  ~ScanGuard() { --state_.scans; }
  ScanGuard(const ScanGuard&) = delete;
  ScanGuard& operator=(const ScanGuard&) = delete;

 private:
  StoreState& state_;
};

/// What a call that changes something gives to tidying, beside what it makes itself.
inline constexpr uint64_t kTidySlice = 64;

}  // namespace wallaby::engine
