#include <ostream>
#include <utility>

#include "base/check.h"
#include "engine/store.h"
#include "engine/store_state.h"

namespace wallaby::engine {
namespace {

/// The newest version at or below the position; null when the key was not there.
const Version* version_at(const Version* head, Lsn position) {
  while (head && head->lsn > position) head = head->older;
  return head && !head->tombstone ? head : nullptr;
}

/// A newest_view() reads what the next record may free.
void check_current(const Store* store, Lsn position, bool registered) {
  WALLABY_CHECK(store, "a view of no store is read");
  WALLABY_CHECK(registered || position == store->applied(),
                "a newest_view() at {} is read after {} was applied", to_string(position),
                to_string(store->applied()));
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << row.key << '=' << row.value;
}

std::ostream& operator<<(std::ostream& out, const KeyRange& range) {
  return out << '[' << range.from << ", " << (range.to.empty() ? "end" : range.to) << ')';
}

View::View(const Store* store, Lsn position, bool registered)
    : store_(store), position_(position), registered_(registered) {
  if (registered_) store_->state_->open_snapshot(position_);
}

View::View(View&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)),
      position_(other.position_),
      registered_(std::exchange(other.registered_, false)) {}

View& View::operator=(View&& other) noexcept {
  if (this != &other) {
    close();
    store_ = std::exchange(other.store_, nullptr);
    position_ = other.position_;
    registered_ = std::exchange(other.registered_, false);
  }
  return *this;
}

View::~View() {
  close();
}

void View::close() {
  if (registered_) store_->state_->close_snapshot(position_);
  registered_ = false;
  store_ = nullptr;
}

bool View::has_table(std::string_view table) const {
  check_current(store_, position_, registered_);
  return store_->state_->table_at(table, position_) != nullptr;
}

std::vector<std::string> View::tables() const {
  check_current(store_, position_, registered_);
  std::vector<std::string> names;
  for (const auto& [name, lives] : store_->state_->tables)
    for (const auto& table : lives)
      if (table->seen_at(position_)) names.push_back(name);
  return names;
}

std::optional<Lsn> View::last_table_change() const {
  check_current(store_, position_, registered_);
  Lsn change = store_->state_->table_change;
  return change <= position_ ? std::optional(change) : std::nullopt;
}

std::optional<std::string_view> View::get(std::string_view table, std::string_view key) const {
  check_current(store_, position_, registered_);
  const Table* found = store_->state_->table_at(table, position_);
  if (!found) return std::nullopt;
  // A key behind the last one is asked for before each insert of a load or of a serial number.
  if (found->index.empty() || found->index.rbegin()->head->key() < key) return std::nullopt;
  auto slot = found->index.find(key);
  if (slot == found->index.end()) return std::nullopt;
  const Version* version = version_at(slot->head, position_);
  if (!version) return std::nullopt;
  return version->value();
}

bool View::scan(std::string_view table, const KeyRange& range,
                const std::function<bool(const Row&)>& visit) const {
  check_current(store_, position_, registered_);
  const Table* found = store_->state_->table_at(table, position_);
  if (!found) return false;
  ScanGuard guard(*store_->state_);
  auto end = found->index.end();
  for (auto slot = found->index.lower_bound(std::string_view(range.from)); slot != end; ++slot) {
    std::string_view key = slot->head->key();
    if (!range.to.empty() && key >= range.to) break;
    const Version* version = version_at(slot->head, position_);
    if (version && !visit(Row{version->key(), version->value()})) break;
  }
  return true;
}

uint64_t View::count(std::string_view table) const {
  uint64_t rows = 0;
  scan(table, {}, [&](const Row&) { return ++rows, true; });
  return rows;
}

}  // namespace wallaby::engine
