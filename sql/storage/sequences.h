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
// On a promoted replica the memory starts from what is in the log.
//
// Invariant: the stored value never goes below one that a committed row used.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "engine/changes.h"
#include "engine/store.h"
#include "sql/sql_error.h"
#include "sql/storage/catalog.h"
#include "sql/storage/table_access.h"

namespace wallaby::sql {

/// One a node.
class SequenceMemory {
 public:
  /// 55000/2200H when the sequence has reached its end. `source` gives the stored value on first use.
  SqlResult<int64_t> next(const Sequence& sequence, const DataSource& source);
  void set(const Sequence& sequence, int64_t value, bool is_called);
  /// Of a table without a primary key.
  int64_t next_row_number(std::string_view table, const DataSource& source);
  /// A dropped (or rolled back) sequence must not live on under a new one's definition.
  void forget(std::string_view name);
  /// What the log should hold for these names now; appended as puts (Backend's Finish, or into a statement's own transaction).
  void store_used(const std::set<std::string>& names, engine::Changes& changes) const;
  void store_used(const std::set<std::string>& names, engine::Transaction& transaction) const;

 private:
  struct State {
    Oid oid = 0;  ///< of the definition that it counts for
    int64_t last = 0;
    bool called = false;
  };
  std::map<std::string, State, std::less<>> states_;
};

}  // namespace wallaby::sql
