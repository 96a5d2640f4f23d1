// sim/errand.h
//
// What a client wants of the bank in one go: the statements of a transaction, or a single one, with what they mean.
//
//     transfer     BEGIN
//                  SELECT id, balance FROM accounts WHERE id BETWEEN 2 AND 2 ...    the client works out what is left
//                  UPDATE accounts SET balance = 95, op = 'b1.17' WHERE id = 2      [add 2..2 -5]
//                  UPDATE accounts SET balance = balance + 5, op = ... WHERE id = 7  [add 7..7 +5]
//                  COMMIT
//
// Texts have $op where the operation's name comes, and $balance where a number that the client works out.
//
// Plain values, drawn from a seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "sim/bank.h"
#include "sim/sql_client.h"

namespace wallaby::sim {

struct ErrandLine {
  enum class Kind : uint8_t { kPlain, kBegin, kCommit, kRollback, kSavepoint, kBack } kind = Kind::kPlain;
  std::string text;
  std::vector<PreparedCall> calls;   ///< not empty: sent instead of the text, before one Sync
  std::vector<std::string> pieces;   ///< not empty: of a COPY
  BankOperation does;                ///< without its name
  std::optional<BankQuery> shows;    ///< its rows
  std::optional<int64_t> works_out;  ///< the account of $balance: what was seen of it, and the step's amount
  uint64_t statements = 1;
  uint64_t numbers = 0;
  bool returns_payment = false;
  bool changes_definitions = false;
  bool gives_up = false;  ///< CopyFail
  BankAsk::Kind ask = BankAsk::Kind::kQuery;
  Token token;
};

struct Errand {
  std::vector<ErrandLine> lines;
  bool opens = false;  ///< the accounts are there when it has ended well
};

/// The tables and the first accounts.
Errand open_bank(Random& random);
/// Something that writes. `indexes`: of this client, that are there; `next_index`: the name for a new one.
Errand random_writing(Random& random, const std::vector<std::string>& indexes, const std::string& next_index);
/// Something that reads, perhaps as of a token.
Errand random_reading(Random& random, const std::optional<Token>& newest,
                      const std::optional<Token>& doubtful);
/// Everything there is, in one snapshot.
Errand audit_errand();
/// A single payment.
Errand payment_errand();

}  // namespace wallaby::sim
