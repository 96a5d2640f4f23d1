#include "sim/canon.h"

#include <algorithm>
#include <sstream>

#include <fmt/core.h>

#include "base/check.h"
#include "engine/changes.h"
#include "engine/digest.h"
#include "sim/trace.h"

namespace wallaby::sim {

using engine::ChangeKind;

void Canon::disagree(const wal::Frame& frame, const std::string& who) const {
  std::ostringstream text;
  text << "logs agree byte for byte: " << who << " holds " << frame
       << ", which is not what stands in the log there (its "
       << "end is " << end() << ")";
  throw BrokenPromise(text.str());
}

const Canon::Record& Canon::at(Lsn lsn) const {
  auto after = std::ranges::upper_bound(records_, lsn, {}, &Record::end);
  return *std::prev(after);
}

std::optional<uint64_t> Canon::checksum_at(Lsn lsn) const {
  const Record& record = at(lsn);
  if (record.end != lsn) return std::nullopt;
  return record.checksum;
}

void Canon::add(const wal::Frame& frame, const std::string& who) {
  if (frame.end <= end()) return compare(frame, who);
  if (frame.start != end() || frame.header.previous_checksum != records_.back().checksum)
    disagree(frame, who);
  uint64_t digest = apply(frame.end, frame, records_.back().digest);
  records_.push_back(Record{frame.end, frame.header.checksum, digest});
}

void Canon::compare(const wal::Frame& frame, const std::string& who) const {
  if (checksum_at(frame.end) != frame.header.checksum) disagree(frame, who);
}

uint64_t Canon::apply(Lsn lsn, const wal::Frame& frame, uint64_t digest) {
  if (frame.header.kind != static_cast<uint16_t>(replication::RecordKind::kChanges)) {
    auto event = replication::decode_log_event(frame.header.kind, frame.header.format, frame.payload);
    if (!event)
      throw BrokenPromise(fmt::format("record {} cannot be read: {}", to_string(lsn), event.error().message));
    replication::ClusterState state = cluster_.back().second;
    state.apply(*event);
    ++events_[replication::kind_of(*event)];
    cluster_.emplace_back(lsn, std::move(state));
    return digest;
  }
  auto changes = engine::decode_changes(frame.payload);
  if (!changes)
    throw BrokenPromise(fmt::format("record {} cannot be read: {}", to_string(lsn), changes.error().message));
  if (bank_ && BankChecker::owns(lsn, *changes))
    bank_->in_log(lsn, *changes);
  else
    ledger_.in_log(lsn, *changes);
  for (const engine::ChangeView& change : *changes) digest = apply(lsn, change, digest);
  return digest;
}

uint64_t Canon::apply(Lsn lsn, const engine::ChangeView& change, uint64_t digest) {
  std::string table(change.table), key(change.key);
  uint64_t hash = engine::table_hash(table);
  if (change.kind == ChangeKind::kCreateTable) {
    if (!tables_.try_emplace(table, Table{lsn, {}, {}}).second)
      throw BrokenPromise(fmt::format("record {} creates table {} a second time", to_string(lsn), table));
    return digest + hash;
  }
  auto found = tables_.find(table);
  bool may_drop = bank_ && is_bank_table(table);
  if (found == tables_.end() || found->second.until || (change.kind == ChangeKind::kDropTable && !may_drop))
    throw BrokenPromise(
        fmt::format("record {} changes table {} in a way that nobody asked for", to_string(lsn), table));
  if (change.kind == ChangeKind::kDropTable) return drop(lsn, found->second, table, digest);
  std::vector<Value>& values = found->second.keys[key];
  if (!values.empty() && values.back().bytes) digest -= engine::row_hash(hash, key, *values.back().bytes);
  if (change.kind == ChangeKind::kPut) {
    values.push_back(Value{lsn, std::string(change.value)});
    return digest + engine::row_hash(hash, key, change.value);
  }
  if (values.empty() || !values.back().bytes)
    throw BrokenPromise(
        fmt::format("record {} deletes {}/{}, which is not there", to_string(lsn), table, key));
  values.push_back(Value{lsn, std::nullopt});
  return digest;
}

uint64_t Canon::drop(Lsn lsn, Table& table, const std::string& name, uint64_t digest) {
  uint64_t hash = engine::table_hash(name);
  for (const auto& [key, values] : table.keys)
    if (values.back().bytes) digest -= engine::row_hash(hash, key, *values.back().bytes);
  table.until = lsn;
  return digest - hash;
}

const replication::ClusterState& Canon::cluster_at(Lsn lsn) const {
  auto after = std::ranges::upper_bound(cluster_, lsn, {}, &std::pair<Lsn, replication::ClusterState>::first);
  return std::prev(after)->second;
}

std::vector<const replication::ClusterState*> Canon::clusters_between(Lsn from, Lsn to) const {
  std::vector<const replication::ClusterState*> states{&cluster_at(from)};
  for (const auto& [lsn, state] : cluster_)
    if (lsn > from && lsn <= to) states.push_back(&state);
  return states;
}

std::vector<Lsn> Canon::ends_between(Lsn from, Lsn to) const {
  std::vector<Lsn> ends;
  for (auto record = std::ranges::upper_bound(records_, from, {}, &Record::end);
       record != records_.end() && record->end <= to; ++record)
    ends.push_back(record->end);
  return ends;
}

bool Canon::has_table(const std::string& table, Lsn lsn) const {
  auto found = tables_.find(table);
  if (found == tables_.end() || found->second.since > lsn) return false;
  return !found->second.until || *found->second.until > lsn;
}

const std::optional<std::string>* Canon::at(const std::vector<Value>& values, Lsn lsn) {
  auto after = std::ranges::upper_bound(values, lsn, {}, &Value::since);
  return after == values.begin() ? nullptr : &std::prev(after)->bytes;
}

std::optional<std::string> Canon::value(const std::string& table, const std::string& key, Lsn lsn) const {
  if (!has_table(table, lsn)) return std::nullopt;
  const auto& keys = tables_.at(table).keys;
  auto values = keys.find(key);
  if (values == keys.end()) return std::nullopt;
  const std::optional<std::string>* bytes = at(values->second, lsn);
  return bytes ? *bytes : std::nullopt;
}

std::vector<std::pair<std::string, std::string>> Canon::rows(const std::string& table,
                                                             const engine::KeyRange& range, uint64_t limit,
                                                             Lsn lsn) const {
  std::vector<std::pair<std::string, std::string>> rows;
  if (!has_table(table, lsn)) return rows;
  const auto& keys = tables_.at(table).keys;
  for (auto key = keys.lower_bound(range.from); key != keys.end(); ++key) {
    if (!range.to.empty() && key->first >= range.to) break;
    if (limit > 0 && rows.size() == limit) break;
    if (const auto* bytes = at(key->second, lsn); bytes && *bytes) rows.emplace_back(key->first, **bytes);
  }
  return rows;
}

}  // namespace wallaby::sim
