#include "sim/errand.h"

#include <fmt/core.h>

namespace wallaby::sim {

namespace {

using LineKind = ErrandLine::Kind;
using StepKind = BankStep::Kind;
using QueryKind = BankQuery::Kind;

ErrandLine control(LineKind kind, std::string text) {
  ErrandLine line;
  line.kind = kind;
  line.text = std::move(text);
  return line;
}

Errand one(ErrandLine line) {
  return Errand{{std::move(line)}};
}

ErrandLine reading(BankQuery query) {
  ErrandLine line;
  line.text = text_of(query);
  line.shows = std::move(query);
  return line;
}

BankQuery account(int64_t id) {
  return {QueryKind::kRange, id, id, {}};
}

ErrandLine writing(std::string text, BankStep step) {
  ErrandLine line;
  line.text = std::move(text);
  line.does.steps = {step};
  return line;
}

/// Three accounts are liked more than the others, so that clients meet.
int64_t liked_account(Random& random) {
  return static_cast<int64_t>(random.chance(60) ? random.between(1, 3) : random.between(1, kOpenedAccounts));
}

int64_t small_amount(Random& random) {
  return static_cast<int64_t>(random.between(1, 9)) * (random.chance(50) ? 1 : -1);
}

ErrandLine add_to(int64_t id, int64_t amount) {
  return writing(
      fmt::format("UPDATE accounts SET balance = balance + {}, op = '$op' WHERE id = {}", amount, id),
      {StepKind::kAdd, id, id, amount});
}

/// The client knows better what the balance is.
ErrandLine set_to(int64_t id, int64_t amount) {
  ErrandLine line =
      writing(fmt::format("UPDATE accounts SET balance = $balance, op = '$op' WHERE id = {}", id),
              {StepKind::kAdd, id, id, amount});
  line.works_out = id;
  return line;
}

ErrandLine pay(bool returning) {
  ErrandLine line;
  line.text = "INSERT INTO payments (op) VALUES ('$op')";
  if (returning) line.text += " RETURNING id";
  line.does.payments = line.numbers = 1;
  line.returns_payment = returning;
  return line;
}

ErrandLine write_note(Random& random) {
  ErrandLine line;
  line.does.notes = random.between(1, 3);
  line.text = "INSERT INTO notes VALUES ";
  for (uint64_t i = 0; i < line.does.notes; ++i) line.text += i == 0 ? "('$op', 'first')" : ", ('$op', NULL)";
  return line;
}

ErrandLine deposit(Random& random) {
  int64_t id = liked_account(random), amount = small_amount(random);
  ErrandLine line = add_to(id, amount);
  line.text += " RETURNING id, balance";
  line.shows = account(id);
  if (random.chance(40))
    line.calls = {{"deposit",
                   "UPDATE accounts SET balance = balance + $1, op = $2 WHERE id = $3 RETURNING id, balance",
                   {std::to_string(amount), "$op", std::to_string(id)}}};
  return line;
}

ErrandLine sweep(Random& random) {
  int64_t last = random.chance(30) ? kAllAccounts : 3;
  ErrandLine line =
      writing(fmt::format("UPDATE accounts SET balance = balance + 1, op = '$op' WHERE id <= {}", last),
              {StepKind::kAdd, 1, last, 1});
  if (random.chance(50)) {
    line.text += " RETURNING id, balance";
    line.shows = BankQuery{QueryKind::kRange, 1, last, {}};
  }
  return line;
}

ErrandLine upsert(int64_t id, int64_t amount) {
  return writing(fmt::format("INSERT INTO accounts VALUES ({}, {}, '$op') ON CONFLICT (id) DO UPDATE "
                             "SET balance = accounts.balance + excluded.balance, op = excluded.op",
                             id, amount),
                 {StepKind::kUpsert, id, id, amount});
}

/// Two statements that are one transaction without BEGIN.
ErrandLine batch(Random& random) {
  int64_t from = liked_account(random), to = from % kOpenedAccounts + 1, amount = small_amount(random);
  ErrandLine line = add_to(from, -amount), second = add_to(to, amount);
  line.text += "; " + second.text;
  line.does.steps.push_back(second.does.steps[0]);
  line.statements = 2;
  if (random.chance(50)) {
    std::string text = "UPDATE accounts SET balance = balance + $1, op = $2 WHERE id = $3";
    line.calls = {{"add", text, {std::to_string(-amount), "$op", std::to_string(from)}},
                  {"add", text, {std::to_string(amount), "$op", std::to_string(to)}}};
  }
  return line;
}

ErrandLine copy(Random& random) {
  ErrandLine line;
  line.text = "COPY notes (op, note) FROM STDIN";
  line.does.notes = random.between(1, 12);
  std::string piece;
  for (uint64_t i = 0; i < line.does.notes; ++i) {
    piece += "$op\tcopied\n";
    if (random.chance(40)) line.pieces.push_back(std::exchange(piece, {}));
  }
  line.pieces.push_back(piece);
  line.gives_up = random.chance(15);
  return line;
}

ErrandLine number_alone() {
  ErrandLine line;
  line.text = "SELECT nextval('payments_id_seq')";
  line.numbers = 1;
  return line;
}

Errand transfer(Random& random) {
  int64_t from = liked_account(random), to = from % kOpenedAccounts + 1, amount = small_amount(random);
  Errand errand;
  auto& lines = errand.lines;
  lines.push_back(control(LineKind::kBegin, "BEGIN"));
  if (random.chance(60)) {
    lines.push_back(reading({QueryKind::kRange, 1, kOpenedAccounts, {}}));
    lines.push_back(set_to(from, -amount));
    lines.push_back(random.chance(50) ? set_to(to, amount) : add_to(to, amount));
  } else {
    if (random.chance(30)) lines.push_back(reading({QueryKind::kTotal, 0, 0, {}}));
    lines.push_back(add_to(from, -amount));
    lines.push_back(add_to(to, amount));
  }
  if (random.chance(30)) lines.push_back(pay(true));
  if (random.chance(20)) lines.push_back(write_note(random));
  if (random.chance(25)) {
    lines.push_back(control(LineKind::kSavepoint, "SAVEPOINT here"));
    lines.push_back(random.chance(50) ? add_to(liked_account(random), 1'000) : number_alone());
    if (random.chance(70)) lines.push_back(control(LineKind::kBack, "ROLLBACK TO here"));
  }
  if (random.chance(40))
    lines.push_back(reading({random.chance(50) ? QueryKind::kAll : QueryKind::kAcross, 0, 0, {}}));
  if (random.chance(15)) lines.push_back(reading({QueryKind::kPayments, 0, 0, {}}));
  lines.push_back(random.chance(90) ? control(LineKind::kCommit, "COMMIT")
                                    : control(LineKind::kRollback, "ROLLBACK"));
  return errand;
}

/// What was on an account goes to another one, and the account goes.
Errand close_account(Random& random) {
  auto id = static_cast<int64_t>(random.between(kOpenedAccounts + 1, kAllAccounts));
  Errand errand;
  errand.lines.push_back(control(LineKind::kBegin, "BEGIN"));
  errand.lines.push_back(reading(account(id)));
  errand.lines.push_back(
      writing(fmt::format("DELETE FROM accounts WHERE id = {}", id), {StepKind::kRemove, id, id, 0}));
  ErrandLine take = add_to(liked_account(random), 0);
  take.text = fmt::format("UPDATE accounts SET balance = balance + $balance, op = '$op' WHERE id = {}",
                          take.does.steps[0].from);
  take.works_out = id;
  errand.lines.push_back(std::move(take));
  errand.lines.push_back(control(LineKind::kCommit, "COMMIT"));
  return errand;
}

ErrandLine change_index(const std::vector<std::string>& indexes, const std::string& next_index) {
  ErrandLine line;
  line.changes_definitions = true;
  if (indexes.empty()) {
    line.text = fmt::format("CREATE INDEX {} ON accounts (balance)", next_index);
    line.does.makes_index = next_index;
  } else {
    line.text = fmt::format("DROP INDEX {}", indexes.front());
    line.does.drops_index = indexes.front();
  }
  return line;
}

BankQuery random_query(Random& random) {
  switch (random.below(7)) {
    case 0: return {QueryKind::kAll, 0, 0, {}};
    case 1: return {QueryKind::kTotal, 0, 0, {}};
    case 2: return account(liked_account(random));
    case 3: return {QueryKind::kRich, kFirstBalance + small_amount(random), 0, {}};
    case 4: return {QueryKind::kPayments, 0, 0, {}};
    case 5: return {QueryKind::kNative, 0, 0, fmt::format("t{}", random.below(2))};
    default: return {QueryKind::kAcross, 0, 0, {}};
  }
}

ErrandLine about(BankAsk::Kind kind, const Token& token) {
  ErrandLine line;
  line.ask = kind;
  line.token = token;
  std::string named = to_string(token);
  line.text = kind == BankAsk::Kind::kWait ? fmt::format("SELECT wallaby_wait_for_lsn('{}', 300)", named)
                                           : fmt::format("SELECT commit_status('{}')", named);
  return line;
}

}  // namespace

Errand open_bank(Random& random) {
  Errand errand;
  errand.opens = true;
  bool whole = random.chance(40);
  if (whole) errand.lines.push_back(control(LineKind::kBegin, "BEGIN"));
  for (const std::string& text : bank_tables()) {
    ErrandLine line;
    line.text = text;
    line.changes_definitions = true;
    errand.lines.push_back(std::move(line));
  }
  std::string text = "INSERT INTO accounts VALUES ";
  for (int64_t id = 1; id <= kOpenedAccounts; ++id)
    text += fmt::format("{}({}, {}, '$op')", id > 1 ? ", " : "", id, kFirstBalance);
  errand.lines.push_back(
      writing(text + " ON CONFLICT DO NOTHING", {StepKind::kOpen, 1, kOpenedAccounts, kFirstBalance}));
  if (whole) errand.lines.push_back(control(LineKind::kCommit, "COMMIT"));
  return errand;
}

Errand random_writing(Random& random, const std::vector<std::string>& indexes,
                      const std::string& next_index) {
  uint64_t what = random.below(100);
  if (what < 28) return one(deposit(random));
  if (what < 36) return one(sweep(random));
  if (what < 62) return transfer(random);
  if (what < 70) return one(batch(random));
  if (what < 78) return one(pay(random.chance(70)));
  if (what < 84)
    return one(
        upsert(static_cast<int64_t>(random.between(kOpenedAccounts, kAllAccounts)), small_amount(random)));
  if (what < 89) return close_account(random);
  if (what < 92) return one(write_note(random));
  if (what < 95) return one(copy(random));
  if (what < 98) return one(change_index(indexes, next_index));
  return one(number_alone());
}

Errand random_reading(Random& random, const std::optional<Token>& newest,
                      const std::optional<Token>& doubtful) {
  Errand errand;
  if (doubtful && random.chance(8)) return one(about(BankAsk::Kind::kStatus, *doubtful));
  if (newest && random.chance(25)) errand.lines.push_back(about(BankAsk::Kind::kWait, *newest));
  bool block = random.chance(30);
  if (block)
    errand.lines.push_back(control(LineKind::kBegin, random.chance(50) ? "BEGIN READ ONLY" : "BEGIN"));
  uint64_t readings = !block ? 1 : random.chance(80) ? random.between(2, 4) : random.between(20, 40);
  for (; readings > 0; --readings) errand.lines.push_back(reading(random_query(random)));
  if (block) errand.lines.push_back(control(LineKind::kCommit, "COMMIT"));
  return errand;
}

Errand audit_errand() {
  Errand errand;
  errand.lines.push_back(control(LineKind::kBegin, "BEGIN"));
  for (QueryKind kind : {QueryKind::kAll, QueryKind::kTotal, QueryKind::kPayments, QueryKind::kAcross})
    errand.lines.push_back(reading({kind, 0, 0, {}}));
  errand.lines.push_back(control(LineKind::kCommit, "COMMIT"));
  return errand;
}

Errand payment_errand() {
  return one(pay(true));
}

}  // namespace wallaby::sim
