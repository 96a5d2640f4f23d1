// sim/bank_checker.h
//
// Is what stands in the log what SQL clients did, and all of it? Replays each of their records against the state that the log before it
// makes, and knows the accounts at every position.
//
//     0/2F8   b1.17 = [add 2 -5, add 7 +5]     the rows in the record are exactly what this makes of the rows before it
//
//   - No update is lost: a transaction was built on the newest versions, in the log, of all that it wrote. (One that read an older
//     balance writes another one than its steps make of the newest.)
//   - An operation is in the log once, whole, and only if its COMMIT (or single statement) had come to the primary; never when its client
//     was told that it failed, had rolled it back, or had hung up before.
//   - What was answered as committed is in the log where its token says, and what the statement returned is what stands there.
//   - A number of a sequence is in one committed row only, and the log knows of each number that is in a committed row. Numbers do not
//     jump over a restart: since it began, the process gave no more than it was asked for (a statement that had to wait for room in the log is
//     run again and takes another number, hence twice as many).
//   - Rows without a primary key get a place of their own. Indexes have an entry for each row, and no other.
//
// Owns its model. Threads: none. Left out: what readers are shown; SqlWatch asks state_at() for it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/lsn.h"
#include "engine/changes.h"
#include "sim/bank.h"
#include "sql/storage/catalog.h"

namespace wallaby::sim {

class BankChecker {
 public:
  // --- what clients do ---
  /// The primary has heard what may bring it into the log.
  void may_commit(const BankOperation& operation);
  /// Its client was told that it failed.
  void refused(const std::string& name, const std::string& why);
  /// Answered with this token, which the canonical log has reached. `payments`: the numbers that it returned, when it told.
  void committed(const std::string& name, Lsn lsn, const std::vector<std::string>& payments);
  /// Its outcome is unknown; if it is in the log, then here.
  void unknown(const std::string& name, Lsn lsn);
  /// The primary has heard a statement that takes so many numbers.
  void numbers_asked(uint64_t count) { numbers_asked_ += count; }
  /// A process of the primary begins on the log as it is now.
  void process_began();

  // --- the log ---
  /// True when the record is for in_log(); the ledger has the others. Throws when it is half and half.
  static bool owns(Lsn lsn, const engine::ChangeViews& changes);
  void in_log(Lsn lsn, const engine::ChangeViews& changes);

  /// As all records that end at or below `lsn` make it.
  const BankState& state_at(Lsn lsn) const;
  uint64_t records() const { return states_.size() - 1; }

 private:
  struct Known {
    BankOperation operation;
    std::optional<std::string> refused;
    std::optional<Lsn> lsn, expected;  ///< where it is; where it must be, if it is anywhere
    std::set<std::string> payments;    ///< numbers of its rows
  };
  /// A record's changes by what they mean.
  struct Record {
    Lsn lsn;
    std::set<std::string> names;  ///< of operations
    std::map<int64_t, std::optional<Account>> accounts;
    std::set<std::string> payments;
    std::set<int64_t> payment_numbers;
    uint64_t notes = 0;
  };

  void replay(Record& record, const engine::ChangeView& change);
  void learn(const engine::ChangeView& change);
  void judge(const Record& record, BankState& state);
  void judge_anonymous(const Record& record) const;
  void judge_sequence(const Record& record) const;
  void judge_indexes(Lsn lsn) const;
  sql::Row decode(const engine::ChangeView& change, std::string_view value) const;
  /// Where the payments' sequence stands in the log.
  int64_t stored_number() const;

  std::map<std::string, Known> operations_;
  std::map<std::string, sql::Table, std::less<>> definitions_;
  /// All rows of the bank's tables and of SQL's own, as bytes.
  std::map<std::string, std::map<std::string, std::string>, std::less<>> tables_;
  std::vector<std::pair<Lsn, BankState>> states_{{Lsn{}, {}}};
  std::set<Lsn> anonymous_;  ///< records that carry no name: definitions, numbers alone
  int64_t number_at_start_ = 0;
  uint64_t numbers_asked_ = 0;  ///< since the process began
};

}  // namespace wallaby::sim
