#include "sql/storage/sequences.h"

#include "base/check.h"
#include "base/endian.h"
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

SequenceMemory::State& SequenceMemory::state_of(const Sequence& sequence, const DataSource& source) {
  auto [place, added] = states_.try_emplace(sequence.name);
  // A dropped sequence, or one whose creation was undone, does not live on under the next definition.
  if (added || place->second.oid != sequence.oid) place->second = begin(sequence, source);
  return place->second;
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
  states_.insert_or_assign(sequence.name, State{sequence.oid, value, is_called});
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
  auto found = states_.find(sequence.name);
  bool known = found != states_.end() && found->second.oid == sequence.oid;
  State state = known ? found->second : begin(sequence, source);
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

void SequenceMemory::store_used(const std::set<std::string>& names, engine::Changes& changes) const {
  for (const std::string& name : names)
    if (auto found = states_.find(name); found != states_.end())
      changes.push_back(
          {engine::ChangeKind::kPut, std::string(kSequencesTable), name, stored(found->second)});
}

void SequenceMemory::store_used(const std::set<std::string>& names, engine::Transaction& transaction) const {
  for (const std::string& name : names)
    if (auto found = states_.find(name); found != states_.end())
      // A sequence that the same transaction has dropped with everything: then there is nothing to keep.
      static_cast<void>(transaction.put(kSequencesTable, name, stored(found->second)));
}

}  // namespace wallaby::sql
