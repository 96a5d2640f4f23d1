// The invariants of engine/store.h, by walking over everything.
#include "base/check.h"
#include "engine/digest.h"
#include "engine/store.h"
#include "engine/store_state.h"

namespace wallaby::engine {
namespace {

bool has_reader(const StoreState& state, Lsn from, Lsn until) {
  if (until > state.visible) return true;
  auto at = state.snapshots.lower_bound(from);
  return at != state.snapshots.end() && at->first < until;
}

struct Found {
  uint64_t versions = 0, version_bytes = 0, keys = 0, superseded = 0, tombstones = 0;
  uint64_t live_rows = 0, live_bytes = 0, digest = 0;
};

void check_versions(const StoreState& state, const Table& table, const Version* head, bool tidy,
                    Found& found) {
  WALLABY_CHECK(head && head->newer == nullptr, "a key of '{}' without a newest version", table.name);
  for (const Version* version = head; version; version = version->older) {
    ++found.versions;
    found.version_bytes += version->heap_bytes();
    WALLABY_CHECK(version->key() == head->key(), "versions of different keys in one chain of '{}'",
                  table.name);
    WALLABY_CHECK(
        version->lsn >= table.created && version->lsn <= table.dropped && version->lsn <= state.applied,
        "a version of '{}' at {}", table.name, to_string(version->lsn));
    if (version == head) continue;
    ++found.superseded;
    WALLABY_CHECK(version->newer->older == version, "a broken chain in '{}'", table.name);
    WALLABY_CHECK(version->lsn < version->newer->lsn, "versions of '{}' out of order: {} under {}",
                  table.name, to_string(version->lsn), to_string(version->newer->lsn));
    WALLABY_CHECK(!tidy || has_reader(state, version->lsn, version->newer->lsn),
                  "a version of '{}' from {} to {} is kept for nobody", table.name, to_string(version->lsn),
                  to_string(version->newer->lsn));
  }
}

Found check_table(const StoreState& state, const Table& table, bool tidy) {
  Found found;
  const Version* before = nullptr;
  for (const Slot& slot : table.index) {
    const Version* head = slot.head;
    check_versions(state, table, head, tidy, found);
    WALLABY_CHECK(!before || before->key() < head->key(), "keys of '{}' out of order", table.name);
    before = head;
    ++found.keys;
    if (head->tombstone) {
      ++found.tombstones;
      auto listed = state.tombstones.find({head->lsn, const_cast<Version*>(head)});
      WALLABY_CHECK(listed != state.tombstones.end() && listed->second == &table,
                    "a tombstone of '{}' at {} is not listed", table.name, to_string(head->lsn));
      continue;
    }
    ++found.live_rows;
    found.live_bytes += head->key_size + head->value_size;
    found.digest += row_hash(table.hash, head->key(), head->value());
  }
  WALLABY_CHECK(found.superseded == table.superseded, "'{}' has {} superseded versions, counted {}",
                table.name, found.superseded, table.superseded);
  if (!table.alive() && !tidy) return found;  // perhaps half gone
  WALLABY_CHECK(found.live_rows == table.live_rows && found.live_bytes == table.live_bytes,
                "'{}' has {} rows of {} bytes, counted {} of {}", table.name, found.live_rows,
                found.live_bytes, table.live_rows, table.live_bytes);
  WALLABY_CHECK(found.digest == table.digest, "the digest of '{}' is wrong", table.name);
  return found;
}

}  // namespace

void Store::check_totals() const {
  const StoreState& s = *state_;
  WALLABY_CHECK(s.visible <= s.applied, "visible {} is past applied {}", to_string(s.visible),
                to_string(s.applied));
  WALLABY_CHECK(s.snapshots.empty() || s.snapshots.rbegin()->first <= s.visible,
                "a snapshot is past visible {}", to_string(s.visible));
  uint64_t rows = 0, bytes = 0, digest = 0, live_tables = 0, lives = 0, superseded = 0;
  for (const auto& [name, all] : s.tables) {
    Lsn free_from;
    for (const auto& table : all) {
      WALLABY_CHECK(table->name == name && table->hash == table_hash(name), "table '{}' listed as '{}'",
                    table->name, name);
      WALLABY_CHECK(table->created >= free_from && table->dropped >= table->created, "lives of '{}' overlap",
                    name);
      free_from = table->dropped;
      ++lives;
      superseded += table->superseded;
      if (!table->alive()) continue;
      ++live_tables;
      rows += table->live_rows;
      bytes += table->live_bytes;
      digest += table->hash + table->digest;
    }
  }
  WALLABY_CHECK(
      rows == s.live_rows && bytes == s.live_bytes && live_tables == s.live_tables && lives == s.table_lives,
      "counted {} rows in {} tables, found {} in {}", s.live_rows, s.live_tables, rows, live_tables);
  WALLABY_CHECK(superseded == s.superseded_versions, "superseded versions: {}, counted {}", superseded,
                s.superseded_versions);
  WALLABY_CHECK(digest == s.digest, "the digest is not that of the tables");
}

void Store::check_invariants() const {
  check_totals();
  const StoreState& s = *state_;
  bool tidy = !s.work_is_due();
  Found all;
  for (const auto& [name, lives] : s.tables)
    for (const auto& table : lives) {
      WALLABY_CHECK(!tidy || table->alive() || has_reader(s, table->created, table->dropped),
                    "table '{}' from {} to {} is kept for nobody", name, to_string(table->created),
                    to_string(table->dropped));
      Found found = check_table(s, *table, tidy);
      all.versions += found.versions;
      all.version_bytes += found.version_bytes;
      all.keys += found.keys;
      all.tombstones += found.tombstones;
    }
  WALLABY_CHECK(all.versions == s.versions && all.version_bytes == s.version_bytes && all.keys == s.keys,
                "counted {} versions of {} keys, found {} of {}", s.versions, s.keys, all.versions, all.keys);
  WALLABY_CHECK(all.tombstones == s.tombstones.size(), "{} tombstones, listed {}", all.tombstones,
                s.tombstones.size());
  for (const auto& [position, snapshot] : s.snapshots)
    WALLABY_CHECK(snapshot.views > 0, "a closed snapshot at {} is listed", to_string(position));
}

}  // namespace wallaby::engine
