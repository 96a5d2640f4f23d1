// Events to connections, turns, outputs. Who may come in: admission.cc.
#include "sql/pgwire/door_core.h"

#include <utility>

#include "base/check.h"

namespace wallaby::sql::pgwire {

using node::ConnectionId;
using node::NodeOutput;

DoorCore::DoorCore(DoorOptions options, DoorServices& services, Entropy entropy)
    : options_(options), services_(services), entropy_(std::move(entropy)), mock_secret_(32, '\0') {
  entropy_({reinterpret_cast<uint8_t*>(mock_secret_.data()), mock_secret_.size()});
}

/// One after the other: a session that ends is answered what it waits for, and calls touched().
DoorCore::~DoorCore() {
  while (!all_.empty()) remove(all_.begin()->first);
}

// --- events ---

void DoorCore::step(TimePoint now, const node::NodeEvent& event) {
  now_ = now;
  // That bytes have left is told in the turn that sent them.
  if (!std::holds_alternative<node::BytesSent>(event)) new_turn_ = true;
  std::visit([&](const auto& what) { on(now, what); }, event);
}

void DoorCore::on(TimePoint now, const node::ConnectionAccepted& event) {
  auto [it, added] = all_.try_emplace(event.id);
  WALLABY_CHECK(added, "connection {} exists already", event.id);
  Entry& entry = it->second;
  entry.connection = std::make_unique<Connection>(event.id, event.peer, now, options_, *this);
  set_deadline(entry, entry.connection->deadline());
  if (all_.size() > options_.max_connections + kMaxVisitors)
    entry.connection->refuse(sql_error("53300", "sorry, too many clients already"));
  make_dirty(entry);
}

void DoorCore::on(TimePoint now, const node::BytesReceived& event) {
  Entry* entry = find(event.id);
  if (!entry || entry->connection->ended()) return;
  entry->connection->received(event.bytes);
  run(now, *entry);
}

void DoorCore::on(TimePoint, const node::BytesSent& event) {
  Entry* entry = find(event.id);
  if (!entry) return;
  bool was_full = entry->connection->full();
  entry->connection->sent(event.bytes);
  if (was_full && !entry->connection->full()) make_runnable(*entry);
}

void DoorCore::on(TimePoint, const node::ConnectionLost& event) {
  remove(event.id);
}

void DoorCore::on(TimePoint now, const node::Tick&) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    Entry& entry = all_.at(deadlines_.begin()->second);
    set_deadline(entry, kNever);
    entry.connection->tick(now);
    run(now, entry);
    // A session that has not moved its deadline is asked again at the next tick, not in this loop.
    if (entry.deadline <= now) break;
  }
}

void DoorCore::on(TimePoint now, const node::StopRequested&) {
  stopping_ = true;
  for (auto& [id, entry] : all_) {
    if (entry.connection->ended()) continue;
    entry.connection->stop(now);
    make_runnable(entry);
  }
}

// --- turns ---

DoorCore::Entry* DoorCore::find(ConnectionId id) {
  auto it = all_.find(id);
  return it == all_.end() ? nullptr : &it->second;
}

void DoorCore::run(TimePoint now, Entry& entry) {
  entry.running = true;
  Progress progress = entry.connection->run(now);
  entry.running = false;
  if (progress == Progress::kResting && !std::exchange(entry.resting, true))
    resting_.push_back(entry.connection->id());
  set_deadline(entry, entry.connection->deadline());
  make_dirty(entry);
}

void DoorCore::touched(Connection& connection) {
  Entry* entry = find(connection.id());
  if (!entry) return;  // its session says something while it goes
  make_dirty(*entry);
  if (!entry->running) make_runnable(*entry);
}

void DoorCore::make_runnable(Entry& entry) {
  if (!std::exchange(entry.runnable, true)) runnable_.push_back(entry.connection->id());
}

void DoorCore::make_dirty(Entry& entry) {
  if (!std::exchange(entry.dirty, true)) dirty_.push_back(entry.connection->id());
}

void DoorCore::set_deadline(Entry& entry, TimePoint deadline) {
  if (deadline == entry.deadline) return;
  if (entry.deadline != kNever) deadlines_.erase({entry.deadline, entry.connection->id()});
  if (deadline != kNever) deadlines_.emplace(deadline, entry.connection->id());
  entry.deadline = deadline;
}

std::vector<NodeOutput> DoorCore::take_outputs(TimePoint now) {
  now_ = now;
  if (std::exchange(new_turn_, false)) {
    for (ConnectionId id : std::exchange(resting_, {})) {
      Entry* entry = find(id);
      if (!entry) continue;
      entry->resting = false;
      make_runnable(*entry);
    }
  }
  // One may wake another while it runs: the list grows under way.
  for (size_t i = 0; i < runnable_.size(); ++i) {
    Entry* entry = find(runnable_[i]);
    if (!entry) continue;
    entry->runnable = false;
    run(now, *entry);
  }
  runnable_.clear();

  std::vector<NodeOutput> outputs = std::exchange(logs_, {});
  for (ConnectionId id : std::exchange(dirty_, {})) {
    Entry* entry = find(id);
    if (!entry) continue;
    entry->dirty = false;
    send(*entry, outputs);
  }
  return outputs;
}

void DoorCore::send(Entry& entry, std::vector<NodeOutput>& outputs) {
  Connection& connection = *entry.connection;
  const ConnectionId id = connection.id();
  if (connection.has_output())
    outputs.emplace_back(node::SendBytes{id, {SharedBytes(connection.take_output())}});
  if (connection.ended()) {
    outputs.emplace_back(node::CloseConnection{id});
    return remove(id);
  }
  if (connection.take_tls_start()) outputs.emplace_back(node::StartTls{id});
  if (bool reading = connection.wants_reading(); reading != entry.reading) {
    entry.reading = reading;
    outputs.emplace_back(node::SetReading{id, reading});
  }
}

void DoorCore::remove(ConnectionId id) {
  Entry* entry = find(id);
  if (!entry) return;
  set_deadline(*entry, kNever);
  if (entry->key) by_pid_.erase(entry->key->pid);
  // Out of the table first: while its session ends, it may still call touched().
  auto gone = all_.extract(id);
}

TimePoint DoorCore::next_deadline() const {
  if (!resting_.empty() || !runnable_.empty()) return now_;
  return deadlines_.empty() ? kNever : deadlines_.begin()->first;
}

}  // namespace wallaby::sql::pgwire
