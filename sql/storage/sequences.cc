#include "sql/storage/sequences.h"

#include <algorithm>

#include "base/check.h"
#include "base/endian.h"
#include "sql/storage/catalog_codec.h"
#include "sql/storage/catalog_rows.h"
#include "sql/storage/key_codec.h"

namespace wallaby::sql {
namespace {

constexpr size_t kStoredSize = 4 + 8 + 1;

int64_t type_max(const Type& type) {
  switch (type.id) {
    case TypeId::kInt2: return INT16_MAX;
    case TypeId::kInt4: return INT32_MAX;
    default: return INT64_MAX;
  }
}

/// The largest row number of a table, by halving: whether rows stand at or above a number is one short scan.
int64_t largest_row_number(std::string_view table, const DataSource& source) {
  auto any_from = [&](int64_t number) {
    bool found = false;
    source.scan(table, {row_number_key(number), {}}, [&](const engine::Row&) {
      found = true;
      return false;
    });
    return found;
  };
  int64_t low = 0, high = INT64_MAX;  // the answer is in [low, high)
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    (any_from(middle) ? low : high) = middle;
  }
  return low;
}

/// Which definition a name stands for once the changes are in.
std::optional<Oid> oid_in(std::string_view definition, std::string_view name) {
  auto relation = decode_relation(name, definition);
  if (!relation || !std::holds_alternative<Sequence>(*relation)) return std::nullopt;
  return std::get<Sequence>(*relation).oid;
}

}  // namespace

int64_t sequence_max(const Sequence& sequence) {
  return sequence.increment > 0 ? type_max(sequence.type) : -1;
}

int64_t sequence_min(const Sequence& sequence) {
  return sequence.increment > 0 ? 1 : -type_max(sequence.type) - 1;
}

std::optional<SequenceMemory::State> SequenceMemory::read(std::string_view stored) {
  if (stored.size() != kStoredSize) return std::nullopt;
  return State{load<uint32_t>(stored.data()), static_cast<int64_t>(load<uint64_t>(stored.data() + 4)),
               stored[12] != '\0'};
}

std::optional<std::pair<int64_t, bool>> SequenceMemory::read_stored(std::string_view stored) {
  auto state = read(stored);
  if (!state) return std::nullopt;
  return std::pair(state->last, state->called);
}

std::string SequenceMemory::stored(const State& state) {
  std::string bytes(kStoredSize, '\0');
  store(bytes.data(), state.oid);
  store(bytes.data() + 4, static_cast<uint64_t>(state.last));
  bytes[12] = state.called ? '\1' : '\0';
  return bytes;
}

/// Where the log says that the sequence stands.
SequenceMemory::State SequenceMemory::begin(const Sequence& sequence, const DataSource& source) {
  if (auto stored = source.get(kSequencesTable, sequence.name))
    if (auto state = read(*stored); state && state->oid == sequence.oid) return *state;
  return {sequence.oid, sequence.start, false};
}

const SequenceMemory::State* SequenceMemory::find(std::string_view name, Oid oid) const {
  auto named = states_.find(name);
  if (named == states_.end()) return nullptr;
  auto state = std::ranges::find(named->second, oid, &State::oid);
  return state == named->second.end() ? nullptr : &*state;
}

SequenceMemory::State& SequenceMemory::state_of(const Sequence& sequence, const DataSource& source) {
  std::vector<State>& named = states_[sequence.name];
  auto state = std::ranges::find(named, sequence.oid, &State::oid);
  if (state != named.end()) return *state;
  constexpr size_t kDefinitionsKept =
      8;  // of one name: dropped and rolled back ones are never asked for again
  if (named.size() == kDefinitionsKept) named.erase(named.begin());
  return named.emplace_back(begin(sequence, source));
}

SqlResult<int64_t> SequenceMemory::next(const Sequence& sequence, const DataSource& source) {
  State& state = state_of(sequence, source);
  int64_t value = state.last;
  if (state.called && __builtin_add_overflow(state.last, sequence.increment, &value))
    value = sequence.increment > 0 ? INT64_MAX : INT64_MIN;
  bool stands = state.called && value == state.last;
  int64_t min = sequence_min(sequence), max = sequence_max(sequence);
  if (value > max || (stands && sequence.increment > 0))
    return sql_error("2200H", "nextval: reached maximum value of sequence \"{}\" ({})", sequence.name, max);
  if (value < min || stands)
    return sql_error("2200H", "nextval: reached minimum value of sequence \"{}\" ({})", sequence.name, min);
  state.last = value;
  state.called = true;
  return value;
}

SqlResult<void> SequenceMemory::set(const Sequence& sequence, int64_t value, bool is_called) {
  int64_t min = sequence_min(sequence), max = sequence_max(sequence);
  if (value < min || value > max)
    return sql_error("22003", "setval: value {} is out of bounds for sequence \"{}\" ({}..{})", value,
                     sequence.name, min, max);
  std::vector<State>& named = states_[sequence.name];
  std::erase_if(named, [&](const State& state) { return state.oid == sequence.oid; });
  named.push_back({sequence.oid, value, is_called});
  return {};
}

int64_t SequenceMemory::next_row_number(const Table& table, const DataSource& source) {
  auto [place, added] = row_numbers_.try_emplace(table.name);
  State& state = place->second;
  if (added || state.oid != table.oid) state = {table.oid, largest_row_number(table.name, source), true};
  WALLABY_CHECK(state.last < INT64_MAX, "row numbers of table '{}' are used up", table.name);
  return ++state.last;
}

std::pair<int64_t, bool> SequenceMemory::last_value(const Sequence& sequence,
                                                    const DataSource& source) const {
  const State* known = find(sequence.name, sequence.oid);
  State state = known ? *known : begin(sequence, source);
  return {state.last, state.called};
}

void SequenceMemory::forget(std::string_view name) {
  if (auto found = states_.find(name); found != states_.end()) states_.erase(found);
  if (auto found = row_numbers_.find(name); found != row_numbers_.end()) row_numbers_.erase(found);
}

void SequenceMemory::clear() {
  states_.clear();
  row_numbers_.clear();
}

void SequenceMemory::put_state(const std::string& name, std::optional<Oid> oid, engine::Changes& changes) const {
  const State* state = oid ? find(name, *oid) : nullptr;
  if (state)
    changes.push_back({engine::ChangeKind::kPut, std::string(kSequencesTable), name, stored(*state)});
}

void SequenceMemory::store_used(const std::set<std::string>& names, const engine::View& newest,
                                engine::Changes& changes) const {
  const size_t own = changes.size();
  for (const std::string& name : names) {
    std::string key = relation_key(name);
    std::optional<std::string_view> definition = newest.get(kCatalogTable, key);
    for (size_t i = 0; i < own; ++i) {
      const engine::Change& change = changes[i];
      if (change.table != kCatalogTable || change.key != key) continue;
      definition = change.kind == engine::ChangeKind::kPut ? std::optional<std::string_view>(change.value)
                                                           : std::nullopt;
    }
    put_state(name, definition ? oid_in(*definition, name) : std::nullopt, changes);
  }
}

void SequenceMemory::store_used(const std::set<std::string>& names, engine::Transaction& transaction) const {
  engine::Changes changes;
  for (const std::string& name : names) {
    auto definition = transaction.get(kCatalogTable, relation_key(name));
    put_state(name, definition ? oid_in(*definition, name) : std::nullopt, changes);
  }
  for (const engine::Change& change : changes) {
    bool stored = transaction.put(change.table, change.key, change.value).has_value();
    WALLABY_CHECK(stored, "sequence '{}' is defined, but there is no table for its value", change.key);
  }
}

}  // namespace wallaby::sql
