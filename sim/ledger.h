// sim/ledger.h
//
// Everything that simulated clients ever tried to write, and what became of it. A value nobody wrote, half a batch, a
// write applied twice, or one that was refused and is in the log all the same: the ledger knows.
//
// Every value written is unique and names its operation: "c2.17.0|xxxx" is client c2's operation 17, first change. An
// operation of deletes alone has no value to know it by; it is known by its keys.
//
//     issued(c2.17, [put t a "c2.17.0|"])   the request leaves the client
//     in_log(0/1A8, changes)                a record of the canonical log: whose is it? all of it?
//     refused(c2.17)                        the primary said no: it must never be in the log
//
// Owns copies of what was asked. Threads: none.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/lsn.h"
#include "engine/changes.h"

namespace wallaby::sim {

class Ledger {
 public:
  /// "c2.17"
  static std::string operation(const std::string& client, uint64_t number);
  static std::string value(const std::string& operation, uint64_t change, uint64_t filler);

  void issued(const std::string& operation, const engine::Changes& changes);
  void refused(const std::string& operation, const std::string& why);
  /// Throws BrokenPromise when these changes are nobody's, or not all of somebody's.
  void in_log(Lsn lsn, const engine::ChangeViews& changes);
  /// The operation answered with this position: is it the one in the log there?
  void answered(const std::string& operation, Lsn lsn) const;

  /// Its place in the canonical log; nullopt: it is not there.
  std::optional<Lsn> place(const std::string& operation) const { return operations_.at(operation).lsn; }

  uint64_t issued_count() const { return operations_.size(); }
  uint64_t logged_count() const { return logged_; }

 private:
  struct Operation {
    engine::Changes changes;
    std::optional<Lsn> lsn;
    std::optional<std::string> refused;
  };
  void match(Lsn lsn, const std::string& name, Operation& operation, const engine::ChangeViews& changes);
  /// One delete looks like the other: perhaps the record was somebody else's who asked for the same.
  bool hand_over(Operation& from);
  /// A script's values do not name their operation: the first one that asked for this put and is not in the log yet.
  std::map<std::string, Operation>::iterator find_by_content(const engine::ChangeView& put);
  std::map<std::string, Operation> operations_;
  std::map<std::string, std::vector<std::string>>
      deletes_;  ///< by "table/key" of the first delete: operations
  uint64_t logged_ = 0;
};

}  // namespace wallaby::sim
