// sql/storage/sequences.h
//
// Sequences are outside of transactions: nextval() only moves forward, two transactions never get the same number, and
// neither waits for the other. And yet they do not jump after a restart.
//
//     memory (one a node):   users_id_seq last = 17          nextval -> 18
//     log:                   sql.sequences/users_id_seq = 17  written with the commit that used the number
//
// A number counts as used when a commit that took it is logged: that commit's record carries `last`. Numbers that only
// failed transactions took are skipped while the node runs, and given again after a restart; nobody has seen them committed.
// A node that becomes the primary (again) calls clear(): its memory starts from what is in the log.
//
// The stored value says which definition it counts for (its OID): u32 OID, i64 last, u8 called, little-endian. One of another definition,
// dropped meanwhile, counts for nothing.
//
// Invariant: the stored value never goes below one that a committed row used (setval() aside).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/changes.h"
#include "engine/store.h"
#include "sql/sql_error.h"
#include "sql/storage/catalog.h"
#include "sql/storage/table_access.h"

namespace wallaby::sql {

/// One a node.
class SequenceMemory {
 public:
  /// 2200H when the sequence has reached its end. `source` gives the stored value on first use.
  SqlResult<int64_t> next(const Sequence& sequence, const DataSource& source);
  /// 22003 when the value is out of the sequence's bounds.
  SqlResult<void> set(const Sequence& sequence, int64_t value, bool is_called);
  /// Of a table without a primary key: above every row that is there and every number given before.
  int64_t next_row_number(const Table& table, const DataSource& source);
  /// What the sequence's row in a table or view shows: last value and whether it was given (pg_sequences, SELECT * FROM s).
  std::pair<int64_t, bool> last_value(const Sequence& sequence, const DataSource& source) const;
  /// Of a sequence or table that is being made: one of the same name that was rolled back must not live on in it.
  void forget(std::string_view name);
  /// A stored value: the number, and whether it was given. nullopt: it is none.
  static std::optional<std::pair<int64_t, bool>> read_stored(std::string_view stored);
  /// Forgets everything: the log knows better (this node was not the primary for a while).
  void clear();
  /// What the log should hold for these names now, as puts: in Backend's Finish (`newest` and the transaction's own changes tell which definition
  /// a name stands for), or in a single statement's transaction.
  void store_used(const std::set<std::string>& names, const engine::View& newest,
                  engine::Changes& changes) const;
  void store_used(const std::set<std::string>& names, engine::Transaction& transaction) const;

 private:
  struct State {
    Oid oid = 0;  ///< of the definition that it counts for
    int64_t last = 0;
    bool called = false;
  };
  static std::optional<State> read(std::string_view stored);
  static std::string stored(const State& state);
  static State begin(const Sequence& sequence, const DataSource& source);
  const State* find(std::string_view name, Oid oid) const;
  State& state_of(const Sequence& sequence, const DataSource& source);
  void put_state(const std::string& name, std::optional<Oid> oid, engine::Changes& changes) const;

  /// By name. More than one while a transaction that makes the sequence anew has not committed.
  std::map<std::string, std::vector<State>, std::less<>> states_;
  std::map<std::string, State, std::less<>> row_numbers_;  ///< by table
};

/// The largest and the smallest value of a sequence.
int64_t sequence_max(const Sequence& sequence);
int64_t sequence_min(const Sequence& sequence);

}  // namespace wallaby::sql
