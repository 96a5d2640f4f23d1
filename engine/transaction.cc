#include "engine/transaction.h"

#include <algorithm>

#include "base/check.h"

namespace wallaby::engine {
namespace {

// A change's share of a record beside its key and value: tags, lengths, and the table's name now and then.
constexpr uint64_t kChangeBytes = 24;
constexpr uint64_t kTableChangeBytes =
    2 * (kMaxTableName + 16);  // dropping and making it again are two changes

uint64_t write_bytes(std::string_view key, const std::optional<std::string>& value) {
  return kChangeBytes + key.size() + (value ? value->size() : 0);
}

/// Where the key is, or where it belongs. Rows of a load come in their order, mostly: behind the last there is nothing to search.
template <typename Writes>
auto place_of(Writes& writes, std::string_view key) {
  if (!writes.empty() && writes.rbegin()->first < key) return writes.end();
  return writes.lower_bound(key);
}

}  // namespace

std::optional<Transaction::TableState> Transaction::table_state(std::string_view table) const {
  auto found = tables_.find(table);
  if (found == tables_.end()) return std::nullopt;
  return found->second;
}

bool Transaction::sees_snapshot(std::string_view table) const {
  return (tables_.empty() || !tables_.contains(table)) && view_.has_table(table);
}

bool Transaction::has_table(std::string_view table) const {
  if (auto state = table_state(table)) return *state != TableState::kDropped;
  return view_.has_table(table);
}

std::vector<std::string> Transaction::tables() const {
  std::vector<std::string> names = view_.tables();
  std::erase_if(names, [&](const std::string& name) { return !has_table(name); });
  for (const auto& [name, state] : tables_)
    if (state == TableState::kCreated) names.push_back(name);
  std::ranges::sort(names);
  return names;
}

Result<void> Transaction::need_table(std::string_view table) const {
  if (has_table(table)) return {};
  return error(ErrorCode::kNotFound, "table '{}' does not exist: create it first, or check the name", table);
}

const Transaction::TableWrites* Transaction::writes_of(std::string_view table) const {
  auto found = writes_.find(table);
  return found == writes_.end() ? nullptr : &found->second;
}

std::optional<std::string_view> Transaction::get(std::string_view table, std::string_view key) const {
  if (const TableWrites* writes = writes_of(table))
    if (auto own = place_of(*writes, key); own != writes->end() && own->first == key) return own->second;
  if (!sees_snapshot(table)) return std::nullopt;
  return view_.get(table, key);
}

bool Transaction::scan(std::string_view table, const KeyRange& range,
                       const std::function<bool(const Row&)>& visit) const {
  if (!has_table(table)) return false;
  static const TableWrites kNone;
  const TableWrites* writes = writes_of(table);
  if (!writes) writes = &kNone;
  auto own = writes->lower_bound(range.from);
  auto own_end = range.to.empty() ? writes->end() : writes->lower_bound(range.to);
  if (!range.to.empty() && range.to <= range.from) return true;

  // Own rows below `limit` (all of them without one); false when the visitor has had enough.
  auto visit_own = [&](std::optional<std::string_view> limit) {
    for (; own != own_end && (!limit || own->first < *limit); ++own)
      if (own->second && !visit(Row{own->first, *own->second})) return false;
    return true;
  };
  bool more = true;
  if (sees_snapshot(table)) {
    view_.scan(table, range, [&](const Row& row) {
      more = visit_own(row.key);
      if (!more) return false;
      if (own != own_end && own->first == row.key) {
        const Value& value = (own++)->second;
        more = !value || visit(Row{row.key, *value});
      } else {
        more = visit(row);
      }
      return more;
    });
  }
  if (more) visit_own(std::nullopt);
  return true;
}

Result<void> Transaction::put(std::string_view table, std::string_view key, std::string_view value) {
  if (auto known = need_table(table); !known) return known;
  if (auto valid = check_key(key); !valid) return valid;
  if (auto valid = check_value(value); !valid) return valid;
  set_write(table, key, Value(std::string(value)));
  return {};
}

Result<bool> Transaction::erase(std::string_view table, std::string_view key) {
  if (auto known = need_table(table); !known) return std::unexpected(known.error());
  if (!get(table, key)) return false;
  // A key that nobody else ever saw needs no delete in the log, and must not have one.
  bool in_snapshot = sees_snapshot(table) && view_.get(table, key);
  set_write(table, key, in_snapshot ? std::optional<Value>(Value()) : std::nullopt);
  return true;
}

Result<void> Transaction::create_table(std::string_view table) {
  if (auto valid = check_table_name(table); !valid) return valid;
  if (has_table(table))
    return error(ErrorCode::kExists, "table '{}' exists already: drop it first, or choose another name",
                 table);
  set_table(table, view_.has_table(table) ? TableState::kReplaced : TableState::kCreated);
  return {};
}

Result<void> Transaction::drop_table(std::string_view table) {
  if (auto known = need_table(table); !known) return known;
  set_table(table, view_.has_table(table) ? std::optional(TableState::kDropped) : std::nullopt);
  return {};
}

std::optional<Transaction::Value> Transaction::exchange_write(std::string_view table, std::string_view key,
                                                              std::optional<Value> write) {
  auto found = writes_.find(table);
  if (found == writes_.end()) found = writes_.try_emplace(std::string(table)).first;
  TableWrites& writes = found->second;
  std::optional<Value> before;
  auto place = place_of(writes, key);
  bool there = place != writes.end() && place->first == key;
  if (there) {
    size_ -= write_bytes(key, place->second);
    before = std::move(place->second);
  }
  if (write) {
    size_ += write_bytes(key, *write);
    if (there) {
      place->second = std::move(*write);
    } else {
      writes.emplace_hint(place, key, std::move(*write));
    }
  } else if (there) {
    writes.erase(place);
  }
  if (writes.empty()) writes_.erase(found);
  return before;
}

void Transaction::set_write(std::string_view table, std::string_view key, std::optional<Value> write) {
  auto before = exchange_write(table, key, std::move(write));
  if (has_savepoint_) undo_.push_back(UndoWrite{std::string(table), std::string(key), std::move(before)});
}

void Transaction::set_table(std::string_view table, std::optional<TableState> state) {
  UndoTable undo{std::string(table), table_state(table), {}};
  if (auto own = writes_.find(table); own != writes_.end()) {
    undo.writes = std::move(own->second);
    writes_.erase(own);
    for (const auto& [key, value] : undo.writes) size_ -= write_bytes(key, value);
  }
  if (undo.before) size_ -= kTableChangeBytes;
  if (state) {
    size_ += kTableChangeBytes;
    tables_.insert_or_assign(undo.table, *state);
  } else {
    tables_.erase(undo.table);
  }
  if (has_savepoint_) undo_.push_back(std::move(undo));
}

void Transaction::undo(UndoWrite&& undo) {
  exchange_write(undo.table, undo.key, std::move(undo.before));
}

void Transaction::undo(UndoTable&& undo) {
  WALLABY_CHECK(!writes_.contains(undo.table), "writes to '{}' are undone before its table", undo.table);
  if (tables_.contains(undo.table)) size_ -= kTableChangeBytes;
  if (undo.before) {
    size_ += kTableChangeBytes;
    tables_.insert_or_assign(undo.table, *undo.before);
  } else {
    tables_.erase(undo.table);
  }
  if (undo.writes.empty()) return;
  for (const auto& [key, value] : undo.writes) size_ += write_bytes(key, value);
  writes_.emplace(std::move(undo.table), std::move(undo.writes));
}

Transaction::Savepoint Transaction::savepoint() {
  if (empty() && !has_savepoint_) return 0;
  has_savepoint_ = true;
  return undo_.size() + 1;
}

void Transaction::rollback_to(Savepoint savepoint) {
  if (savepoint == 0) {
    tables_.clear();
    writes_.clear();
    undo_.clear();
    has_savepoint_ = false;
    size_ = 0;
    return;
  }
  WALLABY_CHECK(has_savepoint_ && savepoint <= undo_.size() + 1, "savepoint {} was rolled back before",
                savepoint);
  while (undo_.size() >= savepoint) {
    Undo last = std::move(undo_.back());
    undo_.pop_back();
    std::visit([this](auto&& step) { undo(std::move(step)); }, std::move(last));
  }
}

bool Transaction::conflict(const Store& store) const {
  Lsn snapshot = view_.position();
  for (const auto& [table, state] : tables_)
    if (store.table_conflict(snapshot, table)) return true;
  for (const auto& [table, writes] : writes_) {
    // Nobody else can have rows in a table that this transaction makes.
    if (tables_.contains(table)) continue;
    for (const auto& [key, value] : writes)
      if (store.conflict(snapshot, table, key)) return true;
  }
  for (const auto& [table, key] : depends_)
    if (store.conflict(snapshot, table, key)) return true;
  for (const std::string& table : depends_on_rows_)
    if (store.rows_conflict(snapshot, table)) return true;
  return false;
}

void Transaction::depend_on(std::string_view table, std::string_view key) {
  for (const auto& [known_table, known_key] : depends_)
    if (known_key == key && known_table == table) return;
  depends_.emplace_back(table, key);
}

void Transaction::depend_on_rows(std::string_view table) {
  if (std::ranges::find(depends_on_rows_, table) == depends_on_rows_.end())
    depends_on_rows_.emplace_back(table);
}

Changes Transaction::take_changes() {
  size_t count = 2 * tables_.size();
  for (const auto& [table, writes] : writes_) count += writes.size();
  Changes changes;
  changes.reserve(count);
  for (const auto& [table, state] : tables_) {
    if (state != TableState::kCreated) changes.push_back({ChangeKind::kDropTable, table, {}, {}});
    if (state != TableState::kDropped) changes.push_back({ChangeKind::kCreateTable, table, {}, {}});
  }
  for (auto& [table, writes] : writes_)
    for (auto& [key, value] : writes)
      changes.push_back({value ? ChangeKind::kPut : ChangeKind::kDelete, table, key,
                         value ? std::move(*value) : std::string()});
  tables_.clear();
  writes_.clear();
  undo_.clear();
  has_savepoint_ = false;
  depends_.clear();
  depends_on_rows_.clear();
  size_ = 0;
  return changes;
}

}  // namespace wallaby::engine
