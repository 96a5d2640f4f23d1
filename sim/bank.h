// sim/bank.h
//
// What the SQL clients of a life do: they keep accounts.
//
//     accounts   id, balance, op       1 to 8 are opened once; above, accounts come and go
//     payments   id serial, op unique  one row for a payment: numbers of a sequence, an index
//     notes      op, note              without a primary key
//     ix_...     indexes on accounts(balance), made and dropped while everybody works
//
// Every writing operation has a name of its own, "b1.17" is client b1's seventeenth, and leaves it in each row that it writes. What an
// operation means is a list of steps, so whoever knows the accounts before it knows those after it:
//
//     transfer b1.17 = [add 2 -5, add 7 +5]        {2: 100, 7: 100} -> {2: 95 b1.17, 7: 105 b1.17}
//
// The same steps predict what a transaction reads of its own writes.
//
// Plain values and functions of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/lsn.h"
#include "replication/ack_mode.h"
#include "sim/sql_wire.h"

namespace wallaby::sim {

inline constexpr int64_t kOpenedAccounts = 8, kAllAccounts = 11, kFirstBalance = 100;

/// True for the engine tables that SQL clients write, SQL's own included.
bool is_bank_table(std::string_view table);
/// CREATE TABLE IF NOT EXISTS ...
const std::vector<std::string>& bank_tables();

struct BankStep {
  enum class Kind : uint8_t {
    kOpen,    ///< accounts that are missing are made with this amount
    kAdd,     ///< to those that are there
    kUpsert,  ///< made with it, or added to
    kRemove,
  } kind = Kind::kAdd;
  int64_t from = 0, to = 0;  ///< accounts
  int64_t amount = 0;
};

struct BankOperation {
  std::string name;
  std::vector<BankStep> steps;
  uint64_t payments = 0, notes = 0;  ///< rows that it adds
  std::string makes_index, drops_index;
};
/// Nothing that could be in the log.
bool empty(const BankOperation& operation);
/// Does that, too.
void add(const BankOperation& more, BankOperation& operation);
/// "b1.17 = [add 2..2 +5]"
std::string to_string(const BankOperation& operation);

struct Account {
  int64_t balance = 0;
  std::string op;  ///< that wrote it last
  bool operator==(const Account&) const = default;
};
using Accounts = std::map<int64_t, Account>;

/// Does the steps; the accounts that were written.
std::set<int64_t> perform(const BankOperation& operation, Accounts& accounts);

/// What there is at one position of the log.
struct BankState {
  std::set<std::string> tables;
  Accounts accounts;
  uint64_t payments = 0, notes = 0;
  int64_t last_payment = 0;
};

struct BankQuery {
  enum class Kind : uint8_t {
    kAll,       ///< every account
    kTotal,     ///< count and sum
    kRange,     ///< accounts from..to: id and balance. RETURNING gives these too
    kRich,      ///< accounts with at least `from`, by balance: by an index, when there is one
    kPayments,  ///< count and largest number
    kAcross,    ///< two tables in one statement
    kNative,    ///< a table of the native door
  } kind = Kind::kAll;
  int64_t from = 0, to = 0;
  std::string table;  ///< of kNative
};
std::string text_of(const BankQuery& query);
/// The tables that it reads.
std::vector<std::string> tables_of(const BankQuery& query);
/// Not of kNative, whose rows are not the bank's.
std::vector<SqlRow> rows_of(const BankQuery& query, const BankState& state);

/// What a client sends between two ReadyForQuery, and what it means.
struct BankAsk {
  enum class Kind : uint8_t { kQuery, kWait, kStatus } kind = Kind::kQuery;
  std::string text;
  std::optional<BankOperation> commits;  ///< in the log when this ends well
  bool alone = false;  ///< a single statement outside of a transaction: it cannot lose (40001)
  bool writes = false;
  bool in_block = false;                  ///< between BEGIN and the end: all its statements see one snapshot
  std::optional<BankQuery> shows;         ///< its rows
  BankOperation so_far;                   ///< own writes that they show
  bool gives_up = false;                  ///< it ends what it began with an error of its own (CopyFail)
  uint64_t numbers = 0;                   ///< of the sequence that it takes
  std::vector<std::string> payments;      ///< numbers that the transaction was given
  bool returns_payment = false;           ///< its rows are such numbers
  std::optional<replication::Rung> rung;  ///< of the session
  Token token;                            ///< of kWait and kStatus
};

}  // namespace wallaby::sim
