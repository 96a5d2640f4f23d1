#include "sim/bank.h"

#include <algorithm>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/check.h"

namespace wallaby::sim {

bool is_bank_table(std::string_view table) {
  for (std::string_view name : {"accounts", "payments", "payments_op_key", "notes"})
    if (table == name) return true;
  return table.starts_with("sql.") || table.starts_with("ix_");
}

const std::vector<std::string>& bank_tables() {
  static const std::vector<std::string> kTables{
      "CREATE TABLE IF NOT EXISTS accounts (id int PRIMARY KEY, balance bigint NOT NULL, op text NOT NULL)",
      "CREATE TABLE IF NOT EXISTS payments (id serial PRIMARY KEY, op text NOT NULL UNIQUE)",
      "CREATE TABLE IF NOT EXISTS notes (op text NOT NULL, note text)"};
  return kTables;
}

std::string to_string(const BankOperation& operation) {
  static constexpr std::string_view kVerbs[] = {"open", "add", "upsert", "remove"};
  std::vector<std::string> parts;
  for (const BankStep& step : operation.steps)
    parts.push_back(fmt::format("{} {}..{} {:+}", kVerbs[static_cast<size_t>(step.kind)], step.from, step.to,
                                step.amount));
  if (operation.payments > 0) parts.push_back(fmt::format("{} payments", operation.payments));
  if (operation.notes > 0) parts.push_back(fmt::format("{} notes", operation.notes));
  if (!operation.makes_index.empty()) parts.push_back("make " + operation.makes_index);
  if (!operation.drops_index.empty()) parts.push_back("drop " + operation.drops_index);
  return fmt::format("{} = [{}]", operation.name, fmt::join(parts, ", "));
}

bool empty(const BankOperation& operation) {
  return operation.steps.empty() && operation.payments + operation.notes == 0 &&
         operation.makes_index.empty() && operation.drops_index.empty();
}

void add(const BankOperation& more, BankOperation& operation) {
  operation.steps.insert(operation.steps.end(), more.steps.begin(), more.steps.end());
  operation.payments += more.payments;
  operation.notes += more.notes;
  if (!more.makes_index.empty()) operation.makes_index = more.makes_index;
  if (!more.drops_index.empty()) operation.drops_index = more.drops_index;
}

std::set<int64_t> perform(const BankOperation& operation, Accounts& accounts) {
  using Kind = BankStep::Kind;
  std::set<int64_t> written;
  for (const BankStep& step : operation.steps) {
    for (int64_t id = step.from; id <= step.to; ++id) {
      auto found = accounts.find(id);
      bool there = found != accounts.end();
      if (step.kind == Kind::kRemove) {
        if (there) accounts.erase(found), written.insert(id);
        continue;
      }
      if (step.kind == Kind::kOpen ? there : step.kind == Kind::kAdd && !there) continue;
      Account& account = accounts[id];
      account.balance += step.amount;
      account.op = operation.name;
      written.insert(id);
    }
  }
  return written;
}

std::string text_of(const BankQuery& query) {
  using Kind = BankQuery::Kind;
  switch (query.kind) {
    case Kind::kAll: return "SELECT id, balance, op FROM accounts ORDER BY id";
    case Kind::kTotal: return "SELECT count(*), sum(balance) FROM accounts";
    case Kind::kRange:
      return fmt::format("SELECT id, balance FROM accounts WHERE id BETWEEN {} AND {} ORDER BY id",
                         query.from, query.to);
    case Kind::kRich:
      return fmt::format("SELECT id FROM accounts WHERE balance >= {} ORDER BY balance, id", query.from);
    case Kind::kPayments: return "SELECT count(*), max(id) FROM payments";
    case Kind::kAcross:
      return "SELECT (SELECT sum(balance) FROM accounts), (SELECT count(*) FROM payments), "
             "(SELECT count(*) FROM notes)";
    case Kind::kNative: return fmt::format("SELECT key, value FROM {} ORDER BY key", query.table);
  }
  WALLABY_CHECK(false);
}

std::vector<std::string> tables_of(const BankQuery& query) {
  using Kind = BankQuery::Kind;
  switch (query.kind) {
    case Kind::kPayments: return {"payments"};
    case Kind::kAcross: return {"accounts", "payments", "notes"};
    case Kind::kNative: return {query.table};
    default: return {"accounts"};
  }
}

std::vector<SqlRow> rows_of(const BankQuery& query, const BankState& state) {
  using Kind = BankQuery::Kind;
  std::vector<SqlRow> rows;
  int64_t total = 0;
  for (const auto& [id, account] : state.accounts) total += account.balance;
  auto number = [](auto value) { return std::optional(std::to_string(value)); };
  std::optional<std::string> sum;
  if (!state.accounts.empty()) sum = number(total);
  switch (query.kind) {
    case Kind::kAll:
      for (const auto& [id, account] : state.accounts)
        rows.push_back({number(id), number(account.balance), account.op});
      break;
    case Kind::kTotal: rows.push_back({number(state.accounts.size()), sum}); break;
    case Kind::kRange:
      for (const auto& [id, account] : state.accounts)
        if (id >= query.from && id <= query.to) rows.push_back({number(id), number(account.balance)});
      break;
    case Kind::kRich: {
      std::vector<std::pair<int64_t, int64_t>> rich;
      for (const auto& [id, account] : state.accounts)
        if (account.balance >= query.from) rich.emplace_back(account.balance, id);
      std::ranges::sort(rich);
      for (const auto& [balance, id] : rich) rows.push_back({number(id)});
      break;
    }
    case Kind::kPayments: {
      std::optional<std::string> last;
      if (state.payments > 0) last = number(state.last_payment);
      rows.push_back({number(state.payments), last});
      break;
    }
    case Kind::kAcross: rows.push_back({sum, number(state.payments), number(state.notes)}); break;
    case Kind::kNative: WALLABY_CHECK(false, "the bank has no table {}", query.table);
  }
  return rows;
}

}  // namespace wallaby::sim
