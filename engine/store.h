// engine/store.h
//
// The tables of one node: ordered maps from key bytes to value bytes, in memory, with the older versions that
// an open snapshot can still see. Durable through the log and checkpoints, which live elsewhere; the store only
// learns "apply these changes at this position" and "this position is visible now".
//
//     key "hello" -> ["moon" from 0/1A8] -> ["world" from 0/90 to 0/1A8]
//                     newest                 kept while a snapshot at 0/90 ... 0/1A0 is open
//
// Two positions matter. `applied` is the newest position whose changes are in: writing statements read there
// (newest_view). `visible` follows the acknowledgement and moves in log order only: everybody else reads there
// (visible_view), and it counts as an open snapshot itself. Between the two, every version is kept, because
// `visible` may stop at any of them.
//
// A delete leaves a version too, a tombstone: older snapshots still see what was there, and a transaction that
// wrote the key finds that it lost. A table that is dropped and made again is another table: snapshots from before
// go on reading the old one.
//
// Invariants (check_invariants()):
//   1. visible <= applied; neither moves backwards.
//   2. A key's versions have falling positions from newest to oldest.
//   3. No version is kept without a reason: the newest; or one that an open snapshot sees, or that `visible` sees
//      now or may still come to. A tombstone that everybody sees is gone, with its key.
//   4. A view sees, for each key, the newest version at or below its position; records are seen whole or not.
//   5. digest(), rows(), versions(), memory() equal what a walk over everything finds.
// Versions that lost their last reason go in slices, in calls that change something anyway, so that no single call
// pays for a snapshot that was open for an hour: 3 holds once tidy() has nothing left to do.
//
// Owns all versions. A View must not outlive its Store; it keeps its snapshot open until destroyed.
// Threads: one. Time, I/O: none. Left out: transactions (engine/transaction.h), files (engine/checkpoint.h).
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/lsn.h"
#include "engine/changes.h"

namespace wallaby::engine {

class Store;
struct StoreState;

/// What one table row looks like to a reader: views into the store (see View for how long they last).
struct Row {
  std::string_view key, value;
  bool operator==(const Row&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Row& row);

/// A half-open key range [from, to); an empty `to` means: to the end.
struct KeyRange {
  std::string from, to;
  bool operator==(const KeyRange&) const = default;
};
std::ostream& operator<<(std::ostream& out, const KeyRange& range);

/// A reader's fixed position in the store's history. The bytes that it returns stay where they are until the view
/// is destroyed; for Store::newest_view(), until the next apply().
class View {
 public:
  View() = default;
  View(View&&) noexcept;
  View& operator=(View&&) noexcept;
  ~View();

  Lsn position() const { return position_; }
  bool has_table(std::string_view table) const;
  /// Sorted by name.
  std::vector<std::string> tables() const;
  /// Where a table was made or dropped last: while it stays the same, so does tables(). nullopt: after this view's
  /// position, so the store does not know of the one before it.
  std::optional<Lsn> last_table_change() const;
  /// nullopt: no such key (or no such table; ask has_table to tell).
  std::optional<std::string_view> get(std::string_view table, std::string_view key) const;
  /// Calls `visit` for each row in key order until it returns false. Returns false when the table does not exist.
  /// `visit` may open, read and close views, but must not change the store.
  bool scan(std::string_view table, const KeyRange& range,
            const std::function<bool(const Row&)>& visit) const;
  /// Rows that the view sees in a table (a walk).
  uint64_t count(std::string_view table) const;

 private:
  friend class Store;
  View(const Store* store, Lsn position, bool registered);
  void close();
  const Store* store_ = nullptr;
  Lsn position_;
  bool registered_ = false;
};

/// Order-free sum of the hashes of all rows and tables at a position; equal states have equal digests.
struct Digest {
  Lsn position;
  uint64_t value = 0;
  bool operator==(const Digest&) const = default;
};
/// "6c62272e07bb0142 at 0/1A8"
std::ostream& operator<<(std::ostream& out, const Digest& digest);

class Store {
 public:
  Store();
  /// No view may be open any more.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Applies one record's changes at its LSN (> applied). What was checked when the record was written is a
  /// promise here: a delete of a missing key, a put into a missing table, a second creation abort the process.
  /// The views in `changes` are copied from; their memory may go afterwards.
  void apply(Lsn lsn, const ChangeViews& changes);
  /// Records without changes for tables (policy, members, ...) move `applied` too.
  void advance(Lsn lsn);
  /// Moves visibility up to `lsn` (<= applied) and lets go of versions that nobody can see any more.
  void set_visible(Lsn lsn);

  /// Brings an empty store to a checkpoint: rows of one table, in key order, tables in name order; a table's rows
  /// may come in several calls. Ends with advance(position) and set_visible(position).
  void fill(Lsn position, std::string_view table, std::span<const Row> rows);

  Lsn applied() const;
  Lsn visible() const;

  View visible_view() const;
  /// The newest state, for the current turn only: it is not a registered snapshot, and reading from it after the
  /// next apply() aborts the process.
  View newest_view() const;
  /// The oldest position that somebody reads: of the open snapshots and `visible`.
  Lsn oldest_view() const;
  /// Open snapshots.
  uint64_t views() const;

  /// True when a version of `key` newer than `snapshot` exists, or its table was dropped, made, or dropped and
  /// made again after it: the transaction that read at `snapshot` (in a view still open) and writes it has lost.
  bool conflict(Lsn snapshot, std::string_view table, std::string_view key) const;
  /// The part about the table alone.
  bool table_conflict(Lsn snapshot, std::string_view table) const;
  /// True when any row of the table is newer than `snapshot`, or the table itself conflicts (a walk).
  bool rows_conflict(Lsn snapshot, std::string_view table) const;

  /// Of the newest state.
  Digest digest() const;
  /// Bytes of heap that versions and indexes take, overhead included (an estimate that errs upwards).
  uint64_t memory() const;
  uint64_t versions() const;
  /// Rows of the newest state, all tables.
  uint64_t rows() const;
  /// Bytes that a checkpoint of the newest state would take, about.
  uint64_t checkpoint_size() const;

  /// Frees up to `budget` versions that have no reader left. True when more remain: call it again when there is
  /// time, or when memory is short. Every change does a slice by itself; only an idle store needs this.
  bool tidy(uint64_t budget);

  /// Walks everything: O(versions).
  void check_invariants() const;
  /// Positions and totals alone: O(tables).
  void check_totals() const;

 private:
  friend class View;
  std::unique_ptr<StoreState> state_;
};

}  // namespace wallaby::engine
