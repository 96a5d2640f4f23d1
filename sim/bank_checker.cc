#include "sim/bank_checker.h"

#include <algorithm>

#include <fmt/core.h>

#include "sim/trace.h"
#include "sql/storage/catalog_codec.h"
#include "sql/storage/catalog_rows.h"
#include "sql/storage/row_codec.h"
#include "sql/storage/sequences.h"
#include "sql/storage/table_access.h"

namespace wallaby::sim {

using engine::ChangeKind;

namespace {

constexpr std::string_view kPaymentNumbers = "payments_id_seq";

template <typename... T>
[[noreturn]] void broken(Lsn lsn, fmt::format_string<T...> text, T&&... parts) {
  throw BrokenPromise(
      fmt::format("record {}: {}", to_string(lsn), fmt::format(text, std::forward<T>(parts)...)));
}

std::string shown(const std::optional<Account>& account) {
  return account ? fmt::format("{} by {}", account->balance, account->op) : "nothing";
}

}  // namespace

// --- what clients do ---

void BankChecker::may_commit(const BankOperation& operation) {
  operations_[operation.name].operation = operation;
}

void BankChecker::refused(const std::string& name, const std::string& why) {
  Known& known = operations_[name];
  known.refused = why;
  if (known.lsn)
    throw BrokenPromise(fmt::format("what failed is not in the log, but {} was told '{}' and is there at {}",
                                    name, why, to_string(*known.lsn)));
}

void BankChecker::committed(const std::string& name, Lsn lsn, const std::vector<std::string>& payments) {
  const Known& known = operations_.at(name);
  const BankOperation& operation = known.operation;
  if (empty(operation) ? !anonymous_.contains(lsn) : known.lsn != lsn)
    throw BrokenPromise(fmt::format("{} was acknowledged as {}, but that is not its place in the log ({})",
                                    to_string(operation), to_string(lsn),
                                    known.lsn ? to_string(*known.lsn) : "nowhere"));
  if (!payments.empty() && std::set(payments.begin(), payments.end()) != known.payments)
    throw BrokenPromise(
        fmt::format("a statement returns what it wrote, but {} returned other numbers than those at {}",
                    to_string(operation), to_string(lsn)));
}

void BankChecker::unknown(const std::string& name, Lsn lsn) {
  Known& known = operations_.at(name);
  known.expected = lsn;
  if (known.lsn && known.lsn != lsn)
    throw BrokenPromise(
        fmt::format("{}: its client was told that its outcome is unknown at {}, but it is at {}",
                    to_string(known.operation), to_string(lsn), to_string(*known.lsn)));
}

void BankChecker::process_began() {
  number_at_start_ = stored_number();
  numbers_asked_ = 0;
}

// --- the log ---

bool BankChecker::owns(Lsn lsn, const engine::ChangeViews& changes) {
  auto banks = static_cast<size_t>(
      std::ranges::count_if(changes, [](const auto& change) { return is_bank_table(change.table); }));
  if (banks > 0 && banks < changes.size())
    broken(lsn, "it has changes of SQL clients and of native ones, but nobody wrote both at once");
  return banks > 0;
}

const BankState& BankChecker::state_at(Lsn lsn) const {
  auto after = std::ranges::upper_bound(states_, lsn, {}, &std::pair<Lsn, BankState>::first);
  return std::prev(after)->second;
}

int64_t BankChecker::stored_number() const {
  auto table = tables_.find(sql::kSequencesTable);
  if (table == tables_.end()) return 0;
  auto row = table->second.find(std::string(kPaymentNumbers));
  if (row == table->second.end()) return 0;
  auto stored = sql::SequenceMemory::read_stored(row->second);
  return stored && stored->second ? stored->first : 0;
}

void BankChecker::in_log(Lsn lsn, const engine::ChangeViews& changes) {
  for (const engine::ChangeView& change : changes) learn(change);
  Record record{.lsn = lsn};
  for (const engine::ChangeView& change : changes) replay(record, change);
  BankState state = states_.back().second;
  for (const engine::ChangeView& change : changes) {
    if (change.kind == ChangeKind::kCreateTable) state.tables.emplace(change.table);
    if (change.kind == ChangeKind::kDropTable) state.tables.erase(std::string(change.table));
  }
  if (record.names.empty())
    judge_anonymous(record);
  else
    judge(record, state);
  if (record.names.empty()) anonymous_.insert(lsn);
  judge_sequence(record);
  judge_indexes(lsn);
  states_.emplace_back(lsn, std::move(state));
}

void BankChecker::learn(const engine::ChangeView& change) {
  if (change.table != sql::kCatalogTable || !change.key.starts_with(sql::kRelationPrefix)) return;
  std::string name(change.key.substr(sql::kRelationPrefix.size()));
  if (change.kind != ChangeKind::kPut) {
    definitions_.erase(name);
    return;
  }
  auto relation = sql::decode_relation(name, change.value);
  if (!relation) throw BrokenPromise("the catalog can be read, but: " + relation.error().message());
  if (auto* table = std::get_if<sql::Table>(&*relation)) definitions_[name] = std::move(*table);
}

sql::Row BankChecker::decode(const engine::ChangeView& change, std::string_view value) const {
  auto table = definitions_.find(change.table);
  sql::Row row;
  if (table == definitions_.end() || !sql::decode_stored(table->second, change.key, value, row))
    throw BrokenPromise(fmt::format("the log holds rows of its tables, but one of {} is none", change.table));
  return row;
}

void BankChecker::replay(Record& record, const engine::ChangeView& change) {
  if (change.kind == ChangeKind::kCreateTable || change.kind == ChangeKind::kDropTable) {
    bool index = change.table.starts_with("ix_");
    if (change.kind == ChangeKind::kDropTable) {
      tables_.erase(std::string(change.table));
      if (index) record.names.insert("drop " + std::string(change.table));
    } else {
      tables_[std::string(change.table)];
      if (index) record.names.insert("make " + std::string(change.table));
    }
    return;
  }
  auto table = tables_.find(change.table);
  if (table == tables_.end()) broken(record.lsn, "it changes {}, which is not there", change.table);
  auto& rows = table->second;
  std::string key(change.key);
  bool put = change.kind == ChangeKind::kPut, there = rows.contains(key);
  if (change.table == "accounts") {
    if (!put) {
      record.accounts[decode(change, rows.at(key))[0].integer()].reset();
    } else {
      sql::Row row = decode(change, change.value);
      record.accounts[row[0].integer()] = Account{row[1].integer(), row[2].text()};
      record.names.insert(row[2].text());
    }
  } else if (change.table == "payments" || change.table == "notes") {
    if (!put || there)
      broken(record.lsn, "a row of {} is written once, but this changes one that was there", change.table);
    sql::Row row = decode(change, change.value);
    bool payment = change.table == "payments";
    record.names.insert(row[payment ? 1 : 0].text());
    if (!payment) ++record.notes;
    if (payment) record.payments.insert(std::to_string(row[0].integer()));
    if (payment) record.payment_numbers.insert(row[0].integer());
  }
  if (put)
    rows[key] = change.value;
  else
    rows.erase(key);
}

void BankChecker::judge_anonymous(const Record& record) const {
  if (!record.accounts.empty()) broken(record.lsn, "it takes accounts away, which nobody asked for");
}

void BankChecker::judge(const Record& record, BankState& state) {
  if (record.names.size() > 1) broken(record.lsn, "it has rows of several operations");
  // An index's record is known by the index's name.
  auto is_its = [&](const auto& entry) {
    const BankOperation& operation = entry.second.operation;
    const std::string& name = *record.names.begin();
    return operation.name == name || "make " + operation.makes_index == name ||
           "drop " + operation.drops_index == name;
  };
  auto found = operations_.find(*record.names.begin());
  if (found == operations_.end()) found = std::ranges::find_if(operations_, is_its);
  if (found == operations_.end())
    broken(record.lsn, "it is '{}', which nobody has asked to commit", *record.names.begin());
  Known& known = found->second;
  std::string what = to_string(known.operation);
  if (known.refused) broken(record.lsn, "it is {}, whose client was told '{}'", what, *known.refused);
  if (known.lsn) broken(record.lsn, "it is {}, which is at {} already", what, to_string(*known.lsn));
  if (known.expected && known.expected != record.lsn)
    broken(record.lsn, "it is {}, whose client was told {}", what, to_string(*known.expected));
  known.lsn = record.lsn;
  known.payments = record.payments;

  Accounts before = state.accounts;
  std::set<int64_t> written = perform(known.operation, state.accounts);
  for (const auto& [id, account] : record.accounts) {
    auto expected = state.accounts.find(id);
    std::optional<Account> should;
    if (expected != state.accounts.end()) should = expected->second;
    auto was = before.find(id);
    if (written.erase(id) == 0) broken(record.lsn, "it is {}, and yet it changes account {}", what, id);
    if (account != should)
      broken(record.lsn,
             "no update is lost: it is {}, which makes account {} {}, since the log before it has {}; but it "
             "writes {}",
             what, id, shown(should), was == before.end() ? "nothing" : shown(was->second), shown(account));
  }
  if (!written.empty()) broken(record.lsn, "it is {}, but account {} is missing", what, *written.begin());
  if (record.payments.size() != known.operation.payments || record.notes != known.operation.notes)
    broken(record.lsn, "it is {}, but it has {} payments and {} notes", what, record.payments.size(),
           record.notes);
  state.payments += record.payments.size();
  state.notes += record.notes;
  if (!record.payment_numbers.empty())
    state.last_payment = std::max(state.last_payment, *record.payment_numbers.rbegin());
}

void BankChecker::judge_sequence(const Record& record) const {
  if (record.payment_numbers.empty()) return;
  int64_t highest = *record.payment_numbers.rbegin(), stored = stored_number();
  if (stored < highest)
    broken(
        record.lsn,
        "the log knows each number that a committed row has, but this row has {}, and the sequence is at {}",
        highest, stored);
  auto most = number_at_start_ + 2 * static_cast<int64_t>(numbers_asked_);
  if (highest > most)
    broken(record.lsn,
           "numbers do not jump over a restart: the process began at {} and was asked for {}, and this row "
           "has {}",
           number_at_start_, numbers_asked_, highest);
}

void BankChecker::judge_indexes(Lsn lsn) const {
  for (const auto& [name, table] : definitions_) {
    auto rows = tables_.find(name);
    if (rows == tables_.end()) continue;
    for (const sql::Index& index : table.indexes) {
      auto entries = tables_.find(index.name);
      if (entries == tables_.end()) broken(lsn, "index {} is defined and is not there", index.name);
      if (entries->second.size() != rows->second.size())
        broken(lsn, "index {} has {} entries for {} rows of {}", index.name, entries->second.size(),
               rows->second.size(), name);
      if (name == "payments") continue;  // rows only come: the count tells enough, each time
      for (const auto& [key, value] : rows->second) {
        sql::Row row;
        if (!sql::decode_stored(table, key, value, row)) broken(lsn, "a row of {} is none", name);
        auto found = entries->second.find(sql::index_entry_key(table, index, row, key));
        if (found == entries->second.end() || found->second != key)
          broken(lsn, "index {} lacks the entry of a row of {}", index.name, name);
      }
    }
  }
}

}  // namespace wallaby::sim
