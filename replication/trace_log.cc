#include "replication/trace_log.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace wallaby::replication {
namespace {

using std::chrono::seconds;

constexpr size_t index(Stage stage) {
  return static_cast<size_t>(stage);
}

/// The first record past `lsn`.
template <typename Records>
auto after(Records& records, Lsn lsn) {
  return std::ranges::upper_bound(records, lsn, {}, [](const auto& record) { return record.token.lsn; });
}

template <typename Records>
auto* find(Records& records, Lsn lsn) {
  auto next = after(records, lsn);
  bool found = next != records.begin() && std::prev(next)->token.lsn == lsn;
  return found ? &*std::prev(next) : nullptr;
}

/// On a replica a stage comes after the one before it. (On a primary under `off`, acknowledged comes before flushed.)
bool follows(const auto& reached) {
  const auto& received = reached[index(Stage::kReceived)];
  const auto& flushed = reached[index(Stage::kFlushed)];
  const auto& applied = reached[index(Stage::kApplied)];
  return (!received || !flushed || *received <= *flushed) && (!applied || (flushed && *flushed <= *applied));
}

/// When the record's last byte arrived at the replica: half of the network's time after it was sent.
std::optional<TimePoint> arrival(const std::optional<TimePoint>& sent,
                                 const std::optional<Duration>& network) {
  if (!sent || !network) return std::nullopt;
  return *sent + *network / 2;
}

/// `after` counts from one node's arrival; the result from an earlier moment.
std::optional<Duration> since(TimePoint began, const std::optional<TimePoint>& arrived,
                              const std::optional<Duration>& after) {
  if (!arrived || !after) return std::nullopt;
  return *arrived + *after - began;
}

std::optional<Duration> since(TimePoint began, const std::optional<TimePoint>& at) {
  return since(began, at, Duration::zero());
}

}  // namespace

// --- this node ---------------------------------------------------------------------------------------------------

TraceLog::Record& TraceLog::begin(TimePoint now, Token token) {
  if (records_.size() == kKept) {
    news_ -= records_.front().fresh;
    records_.pop_front();
  }
  Record& record = records_.emplace_back();
  record.token = token;
  record.began = now;
  record.peers.reserve(linked_.size());
  for (const NodeName& name : linked_) peer_of(record, name).expected = true;
  return record;
}

bool TraceLog::appended(TimePoint now, Token token, bool asked) {
  if (now - second_ >= seconds(1)) {
    second_ = now;
    begun_ = 0;
  }
  if (!asked && begun_ >= kPerSecond) return false;
  ++begun_;
  begin(now, token).reached[index(Stage::kAppended)] = now;
  return true;
}

void TraceLog::arrived(TimePoint now, Token token) {
  if (Record* known = find(records_, token.lsn)) {
    if (!known->reached[index(Stage::kReceived)]) known->began = now;
    return;
  }
  if (records_.empty() || records_.back().token.lsn < token.lsn) begin(now, token);
}

void TraceLog::reached(TimePoint now, Stage stage, Lsn lsn) {
  Lsn before = std::exchange(reached_[index(stage)], std::max(lsn, reached_[index(stage)]));
  if (records_.empty() || lsn <= before || records_.back().token.lsn <= before) return;
  auto record = after(records_, before);
  for (; record != records_.end() && record->token.lsn <= lsn; ++record) {
    record->reached[index(stage)] = now;
    WALLABY_CHECK(follows(record->reached), "{} reached {} before an earlier stage", to_string(record->token),
                  to_string(stage));
    mark_fresh(*record);
  }
}

void TraceLog::told(Lsn lsn, Rung rung, const std::vector<NodeName>& by) {
  Record* record = find(records_, lsn);
  if (!record) return;
  record->rung = rung;
  record->by = by;
}

void TraceLog::clear() {
  records_.clear();
  reached_ = {};
  news_ = 0;
}

void TraceLog::mark_fresh(Record& record) {
  news_ += !std::exchange(record.fresh, true);
}

// --- its replicas ------------------------------------------------------------------------------------------------

void TraceLog::joined(const NodeName& name) {
  if (std::ranges::find(linked_, name) == linked_.end()) linked_.push_back(name);
}

void TraceLog::left(const NodeName& name) {
  std::erase(linked_, name);
  for (Record& record : records_)
    for (Peer& peer : record.peers)
      if (peer.name == name && std::exchange(peer.expected, false)) mark_fresh(record);
}

std::vector<Lsn> TraceLog::ends_in(Lsn from, Lsn to) const {
  std::vector<Lsn> ends;
  if (records_.empty() || records_.back().token.lsn <= from) return ends;
  auto record = after(records_, from);
  for (; record != records_.end() && record->token.lsn <= to; ++record) ends.push_back(record->token.lsn);
  return ends;
}

TraceLog::Peer& TraceLog::peer_of(Record& record, const NodeName& name) {
  auto known = std::ranges::find(record.peers, name, &Peer::name);
  if (known != record.peers.end()) return *known;
  record.peers.push_back({.name = name});
  return record.peers.back();
}

/// Once more for a record that an ended link has lost: what counts is the time on this link.
void TraceLog::sent(TimePoint now, const NodeName& to, const std::vector<Lsn>& ends) {
  for (Lsn lsn : ends) {
    Record* record = find(records_, lsn);
    if (!record) continue;
    peer_of(*record, to) = Peer{.name = to, .expected = true, .sent = now};
    mark_fresh(*record);
  }
}

void TraceLog::reported(TimePoint now, const NodeName& from, const std::vector<TraceEntry>& entries) {
  for (const TraceEntry& entry : entries) {
    Record* record = find(records_, entry.lsn);
    if (!record) continue;
    auto peer = std::ranges::find(record->peers, from, &Peer::name);
    if (peer == record->peers.end() || !peer->sent) continue;
    // A clock there that runs faster than ours must not bring anything into the future.
    Duration age = std::min(entry.age, now - *peer->sent);
    Duration network = now - *peer->sent - age;
    peer->network = std::min(peer->network.value_or(network), network);
    merge(*peer, entry, age);
    mark_fresh(*record);
  }
}

void TraceLog::merge(Peer& peer, TraceEntry said, Duration age) {
  for (std::optional<Duration>* after : {&said.sent, &said.received, &said.flushed, &said.applied})
    if (*after) *after = std::min(**after, age);
  if (said.node.empty()) {
    peer.own = std::move(said);
    return;
  }
  auto known = std::ranges::find(peer.behind, said.node, &TraceEntry::node);
  if (known != peer.behind.end())
    *known = std::move(said);
  else if (peer.behind.size() < kMaxBehind)
    peer.behind.push_back(std::move(said));
}

// --- what it says ------------------------------------------------------------------------------------------------

bool TraceLog::complete(const Record& record) {
  bool here = record.reached[index(Stage::kApplied)] ||
              (record.reached[index(Stage::kFlushed)] && record.reached[index(Stage::kAcknowledged)]);
  return here &&
         std::ranges::all_of(record.peers, [](const Peer& peer) { return !peer.expected || peer.own.done; });
}

bool TraceLog::incomplete(Lsn lsn) const {
  const Record* record = find(records_, lsn);
  return record && !complete(*record);
}

std::vector<TraceEntry> TraceLog::entries_of(TimePoint now, const Record& record) {
  auto own = [&record](Stage stage) { return since(record.began, record.reached[index(stage)]); };
  std::vector<TraceEntry> entries{{.lsn = record.token.lsn,
                                   .received = own(Stage::kReceived),
                                   .flushed = own(Stage::kFlushed),
                                   .applied = own(Stage::kApplied),
                                   .age = now - record.began,
                                   .done = complete(record)}};
  for (const Peer& peer : record.peers) {
    if (!peer.expected && !peer.sent) continue;
    auto arrived = arrival(peer.sent, peer.network);
    auto forward = [&](NodeName node, NodeName feeder, std::optional<Duration> sent, const TraceEntry& said) {
      entries.push_back({.node = std::move(node),
                         .feeder = std::move(feeder),
                         .lsn = record.token.lsn,
                         .sent = sent,
                         .received = since(record.began, arrived, said.received),
                         .flushed = since(record.began, arrived, said.flushed),
                         .applied = since(record.began, arrived, said.applied),
                         .age = now - record.began});
    };
    forward(peer.name, {}, since(record.began, peer.sent), peer.own);
    for (const TraceEntry& said : peer.behind)
      forward(said.node, said.feeder.empty() ? peer.name : said.feeder,
              since(record.began, arrived, said.sent), said);
  }
  if (entries.size() > kMaxTraceEntries) entries.resize(kMaxTraceEntries);
  return entries;
}

std::vector<TraceEntry> TraceLog::take_news(TimePoint now) {
  std::vector<TraceEntry> news;
  for (auto record = records_.begin(); news_ > 0 && record != records_.end(); ++record) {
    if (!record->fresh) continue;
    std::vector<TraceEntry> entries = entries_of(now, *record);
    if (news.size() + entries.size() > kMaxTraceEntries) break;
    news.insert(news.end(), std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end()));
    record->fresh = false;
    --news_;
  }
  return news;
}

CommitTrace TraceLog::describe(const NodeName& self, const Record& record) {
  CommitTrace trace{
      .token = record.token, .rung = record.rung, .by = record.by, .complete = complete(record)};
  auto add = [&trace](const NodeName& node, Stage stage, std::optional<Duration> at, NodeName to = {}) {
    trace.points.push_back({node, stage, std::move(to), at});
  };
  auto own = [&](Stage stage) { add(self, stage, since(record.began, record.reached[index(stage)])); };
  // In the order in which one leads to the other, for points of the same time: a turn has one `now`.
  own(Stage::kAppended);
  own(Stage::kFlushed);
  if (record.by.empty()) own(Stage::kAcknowledged);
  for (const Peer& peer : record.peers) {
    if (!peer.expected && !peer.sent) continue;
    auto arrived = arrival(peer.sent, peer.network);
    auto stages = [&](const NodeName& node, const TraceEntry& said) {
      add(node, Stage::kReceived, since(record.began, arrived, said.received));
      add(node, Stage::kFlushed, since(record.began, arrived, said.flushed));
      add(node, Stage::kApplied, since(record.began, arrived, said.applied));
    };
    add(self, Stage::kSent, since(record.began, peer.sent), peer.name);
    stages(peer.name, peer.own);
    for (const TraceEntry& said : peer.behind) {
      add(said.feeder.empty() ? peer.name : said.feeder, Stage::kSent,
          since(record.began, arrived, said.sent), said.node);
      stages(said.node, said);
    }
  }
  if (!record.by.empty()) own(Stage::kAcknowledged);
  std::ranges::stable_sort(trace.points, {},
                           [](const TracePoint& point) { return point.at.value_or(Duration::max()); });
  return trace;
}

std::optional<CommitTrace> TraceLog::trace(const NodeName& self, Lsn lsn) const {
  const Record* record = find(records_, lsn);
  if (!record) return std::nullopt;
  return describe(self, *record);
}

std::vector<CommitTrace> TraceLog::newest(const NodeName& self, size_t count) const {
  std::vector<CommitTrace> traces;
  size_t skipped = records_.size() - std::min(count, records_.size());
  for (size_t i = skipped; i < records_.size(); ++i) traces.push_back(describe(self, records_[i]));
  return traces;
}

void TraceLog::check_invariants() const {
  WALLABY_CHECK(records_.size() <= kKept, "{} traces are kept", records_.size());
  WALLABY_CHECK(news_ <= records_.size(), "{} traces are fresh, {} are kept", news_, records_.size());
  size_t last = records_.empty() ? 0 : records_.size() - 1;
  for (size_t i = last; i > 0 && i + 8 > last; --i)
    WALLABY_CHECK(records_[i - 1].token.lsn < records_[i].token.lsn, "traces are not in order");
}

}  // namespace wallaby::replication
