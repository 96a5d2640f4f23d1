#include "node/connections.h"

#include <utility>

#include "base/check.h"

namespace wallaby::node {

Connection& Connections::add(ConnectionId id, std::string peer, TimePoint now) {
  auto [it, added] = all_.try_emplace(id);
  WALLABY_CHECK(added, "connection {} exists already", id);
  it->second.id = id;
  it->second.peer = std::move(peer);
  it->second.since = now;
  return it->second;
}

Connection* Connections::find(ConnectionId id) {
  auto it = all_.find(id);
  return it == all_.end() || it->second.closing ? nullptr : &it->second;
}

void Connections::touch(ConnectionId id) {
  if (touched_.empty() || touched_.back() != id) touched_.push_back(id);
}

std::string* Connections::begin_message(ConnectionId id) {
  Connection* connection = find(id);
  if (!connection) return nullptr;
  tail_start_ = connection->tail.size();
  return &connection->tail;
}

void Connections::end_message(ConnectionId id) {
  Connection* connection = find(id);
  WALLABY_CHECK(connection, "connection {} is gone", id);
  connection->queued += connection->tail.size() - tail_start_;
  touch(id);
}

void Connections::attach(ConnectionId id, const SharedBytes& bytes) {
  Connection* connection = find(id);
  if (!connection || bytes.empty()) return;
  if (!connection->tail.empty()) connection->pieces.emplace_back(std::exchange(connection->tail, {}));
  connection->queued += bytes.size();
  if (!connection->pieces.empty() && connection->pieces.back().adjoins(bytes))
    connection->pieces.back() = connection->pieces.back().joined(bytes);
  else
    connection->pieces.push_back(bytes);
  touch(id);
}

void Connections::close(ConnectionId id) {
  Connection* connection = find(id);
  if (!connection) return;
  connection->closing = true;
  touch(id);
}

void Connections::set_reading(ConnectionId id, bool reading) {
  Connection* connection = find(id);
  if (!connection || connection->reading == reading) return;
  connection->reading = reading;
  readings_.push_back({id, reading});
}

void Connections::start_tls(ConnectionId id, std::optional<std::string> server) {
  Connection* connection = find(id);
  if (!connection) return;
  if (auto clear = take_queued(*connection); !clear.empty())
    tls_starts_.emplace_back(SendBytes{id, std::move(clear)});
  tls_starts_.emplace_back(StartTls{id, std::move(server)});
}

std::vector<SharedBytes> Connections::take_queued(Connection& connection) {
  if (!connection.tail.empty()) connection.pieces.emplace_back(std::exchange(connection.tail, {}));
  return std::exchange(connection.pieces, {});
}

void Connections::take_outputs(std::vector<NodeOutput>& outputs) {
  for (NodeOutput& output : tls_starts_) outputs.push_back(std::move(output));
  tls_starts_.clear();
  for (ConnectionId id : touched_) {
    auto it = all_.find(id);
    if (it == all_.end()) continue;
    Connection& connection = it->second;
    if (auto pieces = take_queued(connection); !pieces.empty())
      outputs.emplace_back(SendBytes{id, std::move(pieces), connection.at_leisure});
    if (connection.closing) {
      outputs.emplace_back(CloseConnection{id});
      all_.erase(it);
    }
  }
  touched_.clear();
  for (const SetReading& reading : readings_) {
    if (all_.contains(reading.id)) outputs.emplace_back(reading);
  }
  readings_.clear();
}

}  // namespace wallaby::node
