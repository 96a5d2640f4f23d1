// engine/transaction.h
//
// An optimistic transaction: it reads a snapshot and its own writes, and at commit hands over its changes, if
// nobody else has written the same keys meanwhile. The first committer wins.
//
//     Transaction tx(store.visible_view());
//     tx.put("accounts", "alice", "90");        // into the write set; nobody else sees it
//     if (tx.conflict(store)) ...               // 40001: try again
//     encode_changes(tx.take_changes(), out);   // append, then store.apply(...)
//
// This is snapshot isolation (Berenson et al., "A Critique of ANSI SQL Isolation Levels", 1995) and PostgreSQL's
// REPEATABLE READ. What it allows is write skew: two transactions read the same two rows, each writes another of
// them, and both commit.
//
// A single writing statement runs on store.newest_view() within one turn, so it never conflicts.
//
// Invariants:
//   1. take_changes() applies to the store whenever conflict() was false: no delete of a key that is not there, no put
//      into a table that is not there.
//   2. A refused call changes nothing.
//   3. rollback_to(s) restores exactly what was there when savepoint() returned s.
//
// Owns its write set and its view. What get and scan return lasts until the next change to the transaction. Limits
// are checked as changes come in. Left out: SQL, retries, locks (two writers of one row learn it at commit).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "engine/changes.h"
#include "engine/store.h"

namespace wallaby::engine {

class Transaction {
 public:
  explicit Transaction(View view) : view_(std::move(view)) {}

  const View& view() const { return view_; }

  /// The transaction's own writes first, then its snapshot.
  std::optional<std::string_view> get(std::string_view table, std::string_view key) const;
  bool has_table(std::string_view table) const;
  /// Sorted by name.
  std::vector<std::string> tables() const;
  /// In key order, own writes merged in. False when the table does not exist. `visit` must not change the
  /// transaction.
  bool scan(std::string_view table, const KeyRange& range,
            const std::function<bool(const Row&)>& visit) const;

  /// kNotFound: no such table. kTooLarge: key or value over its limit.
  Result<void> put(std::string_view table, std::string_view key, std::string_view value);
  /// True when the key was there. kNotFound: no such table.
  Result<bool> erase(std::string_view table, std::string_view key);
  /// kExists; kInvalidArgument, kTooLarge: the name.
  Result<void> create_table(std::string_view table);
  /// Its rows go with it. kNotFound.
  Result<void> drop_table(std::string_view table);

  /// What this transaction has read and builds on: it conflicts when somebody else changes that row, as if it had
  /// written it, but two that only depend on it do not disturb each other. A savepoint does not undo this.
  void depend_on(std::string_view table, std::string_view key);
  /// The same for all rows of a table, those that are not there yet included. Checked by a walk over it.
  void depend_on_rows(std::string_view table);

  /// Marks a place in the write set; rollback_to undoes what came after it. 0 is the beginning.
  using Savepoint = size_t;
  Savepoint savepoint();
  void rollback_to(Savepoint savepoint);

  bool empty() const { return tables_.empty() && writes_.empty(); }
  /// True when a table was made or dropped.
  bool changes_tables() const { return !tables_.empty(); }
  /// Bytes that the changes take as a record, about and never too low (to refuse an over-large one early).
  uint64_t size() const { return size_ + writes_.size() * (kMaxTableName + 2); }
  /// True when `store` holds newer versions of what this transaction wrote or depends on.
  bool conflict(const Store& store) const;
  /// One change a key, tables first; the transaction is empty afterwards.
  Changes take_changes();

 private:
  /// nullopt: deleted.
  using Value = std::optional<std::string>;
  using TableWrites = std::map<std::string, Value, std::less<>>;
  /// What the own changes made of a table; absent: as in the snapshot.
  enum class TableState : uint8_t { kCreated, kDropped, kReplaced };

  struct UndoWrite {
    std::string table, key;
    std::optional<Value> before;  ///< nullopt: the key was not in the write set
  };
  struct UndoTable {
    std::string table;
    std::optional<TableState> before;
    TableWrites writes;  ///< that went with the table
  };
  using Undo = std::variant<UndoWrite, UndoTable>;

  std::optional<TableState> table_state(std::string_view table) const;
  /// True when the snapshot's rows of the table show through.
  bool sees_snapshot(std::string_view table) const;
  Result<void> need_table(std::string_view table) const;
  const TableWrites* writes_of(std::string_view table) const;
  void set_write(std::string_view table, std::string_view key, std::optional<Value> write);
  std::optional<Value> exchange_write(std::string_view table, std::string_view key,
                                      std::optional<Value> write);
  void set_table(std::string_view table, std::optional<TableState> state);
  void undo(UndoWrite&& undo);
  void undo(UndoTable&& undo);

  View view_;
  std::map<std::string, TableWrites, std::less<>> writes_;  ///< no empty ones
  std::map<std::string, TableState, std::less<>> tables_;
  std::vector<Undo>
      undo_;  ///< of what came after the first savepoint: a transaction without one notes nothing
  bool has_savepoint_ = false;
  /// Few: a transaction depends on what defines the tables that it writes.
  std::vector<std::pair<std::string, std::string>> depends_;
  std::vector<std::string> depends_on_rows_;
  uint64_t size_ = 0;  ///< without the names of the tables
};

}  // namespace wallaby::engine
