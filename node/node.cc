#include "node/node.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "node/node_parts.h"

namespace wallaby::node {

Node::Parts::Parts(TimePoint at, WallTime wall, NodeOptions options, OpenedDirectory directory, Random random)
    : now(at),
      local{.options = options,
            .identity = std::move(directory.identity),
            .log = wal::Log(std::move(directory.log), options.log),
            .store = std::move(directory.store),
            .cluster = std::move(directory.cluster),
            .random = random,
            .wall = wall,
            .started = at,
            .connections = {},
            .files = {},
            .watch = {},
            .ceilings = {},
            .traces = {},
            .outputs = {}},
      doorkeeper(local),
      checkpointer(local, std::move(directory.checkpoints)),
      feeder(local, checkpointer),
      holds(local, feeder),
      next_housekeeping(at) {
  for (std::string& note : directory.notes) local.say(LogLevel::kInfo, std::move(note));
  local.drop_views = [this] { drop_views("this node takes a base copy; its tables were replaced"); };
  if (local.identity.role == Role::kPrimary)
    role.emplace<Primary>(now, local, checkpointer, feeder, directory.unacknowledged, directory.fresh);
  else
    role.emplace<Replica>(now, local, checkpointer, feeder, holds, directory.fresh);
}

// --- events ---------------------------------------------------------------------------------------------------------------------

void Node::Parts::handle(const ConnectionAccepted& event) {
  if (event.door != Door::kNative) return;
  Connection& connection = local.connections.add(event.id, event.peer, now);
  auto arrived = doorkeeper.arrived(connection);
  bool full = local.connections.size() > local.options.max_connections;
  if (full)
    arrived = error(ErrorCode::kNotServing,
                    "{} has {} connections, as many as it takes; close some, or try again later",
                    local.identity.name, local.options.max_connections);
  if (phase != Phase::kRunning)
    arrived = error(ErrorCode::kNotServing, "{} is shutting down", local.identity.name);
  if (!arrived) turn_away(connection, arrived.error());
}

/// Whatever it came for: the last word to who is not in yet is a reply to nothing.
void Node::Parts::turn_away(Connection& connection, const Error& error) {
  if (std::string* out = local.connections.begin_message(connection.id)) {
    encode_reply(Reply{0, Failed{error, {}}}, *out);
    local.connections.end_message(connection.id);
  }
  local.connections.close(connection.id);
}

void Node::Parts::handle(const ConnectionMade& event) {
  if (Replica* self = replica(); self && self->owns(event.id)) self->connection_made(now, event.id);
}

void Node::Parts::handle(const BytesReceived& event) {
  Connection* connection = local.connections.find(event.id);
  if (!connection) return;
  connection->reader.feed(event.bytes);
  if (connection->owner == ConnectionOwner::kUpstream) replica()->bytes_arrived(now);
  drain(event.id);
}

void Node::Parts::drain(ConnectionId id) {
  for (;;) {
    Connection* connection = local.connections.find(id);
    if (!connection) return;
    if (connection->owner == ConnectionOwner::kSession) {
      bool room = sessions.at(id)->has_room() && connection->unsent() < Connections::kMaxUnsent;
      local.connections.set_reading(id, room);
      if (!room) {
        blocked.insert(id);
        return;
      }
    }
    // A replica that stopped reading must not be handed what came with the last read either.
    if (connection->owner == ConnectionOwner::kUpstream && !connection->reading) {
      blocked.insert(id);
      return;
    }
    if (connection->owner == ConnectionOwner::kNobody && !let_in(*connection)) return;
    proto::MessageView view;
    auto got = connection->reader.next(view);
    if (!got) return protocol_error(*connection, got.error());
    if (!*got) return;
    dispatch(*connection, view);
  }
}

void Node::Parts::refuse(Connection& connection, const Error& error) {
  local.say(LogLevel::kWarning,
            fmt::format("connection from {}: turned away: {}", connection.peer, error.message));
  turn_away(connection, error);
}

/// A request or a hello is refused when its header is here: nobody pays for the rest of it. False: it was.
bool Node::Parts::let_in(Connection& connection) {
  auto type = connection.reader.peek();
  if (type != proto::MessageType::kRequest && type != proto::MessageType::kHello) return true;
  if (auto admitted = doorkeeper.admit(connection, *type); !admitted) {
    refuse(connection, admitted.error());
    return false;
  }
  // A hello is small; a client's first request may be a large batch.
  connection.reader.set_limit(type == proto::MessageType::kRequest ? proto::kMaxMessage
                                                                   : proto::kMaxFirstMessage);
  return true;
}

void Node::Parts::protocol_error(Connection& connection, const Error& error) {
  local.say(LogLevel::kWarning,
            fmt::format("connection from {}: {}; closed", connection.peer, error.message));
  ConnectionId id = connection.id;
  switch (connection.owner) {
    case ConnectionOwner::kSession:
      sessions.at(id)->answer(0, Failed{error, {}});
      lose_session(id);
      break;
    case ConnectionOwner::kFeed: feeder.connection_lost(now, id); break;
    case ConnectionOwner::kUpstream: replica()->connection_lost(now, id, error.message); break;
    case ConnectionOwner::kNobody: break;
  }
  local.connections.close(id);
}

void Node::Parts::dispatch(Connection& connection, const proto::MessageView& view) {
  ConnectionId id = connection.id;
  if (connection.owner == ConnectionOwner::kNobody) {
    if (view.type == proto::MessageType::kStartTls || view.type == proto::MessageType::kLogin) {
      auto answered = doorkeeper.message(connection, view);
      return answered ? void() : refuse(connection, answered.error());
    }
    connection.visitor.reset();
    if (view.type == proto::MessageType::kHello) {
      connection.owner = ConnectionOwner::kFeed;
      auto hello = replication::decode_message(view);
      if (!hello) return protocol_error(connection, hello.error());
      return feeder.hello(now, id, std::get<replication::Hello>(std::move(*hello)));
    }
    if (view.type != proto::MessageType::kRequest)
      return protocol_error(connection,
                            Error{ErrorCode::kProtocol,
                                  "the first message is neither a client's request nor a replica's hello"});
    connection.owner = ConnectionOwner::kSession;
    auto session = std::make_unique<NativeSession>(id, local.connections, *this);
    open(*session);
    sessions.emplace(id, std::move(session));
  }
  switch (connection.owner) {
    case ConnectionOwner::kSession: {
      auto request = decode_request(view);
      if (!request) return protocol_error(connection, request.error());
      return sessions.at(id)->request(now, std::move(*request));
    }
    case ConnectionOwner::kFeed: {
      auto message = replication::decode_message(view);
      if (!message) return protocol_error(connection, message.error());
      return feeder.message(now, id, *message);
    }
    case ConnectionOwner::kUpstream: return replica()->message(now, view);
    case ConnectionOwner::kNobody: return;
  }
}

void Node::Parts::handle(const BytesSent& event) {
  Connection* connection = local.connections.find(event.id);
  if (!connection) return;
  connection->sent += event.bytes;
  WALLABY_CHECK(connection->sent <= connection->queued, "more bytes left than were queued");
  if (connection->owner == ConnectionOwner::kFeed) feeder.bytes_sent(now, event.id, event.bytes);
}

void Node::Parts::handle(const ConnectionLost& event) {
  Connection* connection = local.connections.find(event.id);
  if (!connection) return;
  ConnectionOwner owner = connection->owner;
  local.connections.remove(event.id);
  switch (owner) {
    case ConnectionOwner::kSession: lose_session(event.id); break;
    case ConnectionOwner::kFeed: feeder.connection_lost(now, event.id); break;
    case ConnectionOwner::kUpstream:
      if (replica()->owns(event.id)) replica()->connection_lost(now, event.id, event.reason);
      break;
    case ConnectionOwner::kNobody: break;
  }
}

void Node::Parts::lose_session(ConnectionId id) {
  auto it = sessions.find(id);
  if (it == sessions.end()) return;
  close(*it->second);
  sessions.erase(it);
  blocked.erase(id);
}

void Node::Parts::drop_views(const std::string& reason) {
  // A session may be closed from within.
  for (auto [session, number] : std::map(present))
    if (still_open(session, number)) session->views_dropped(reason);
}

void Node::Parts::handle(const JobFinished& event) {
  if (!local.log.owns_job(event.done.id)) {
    bool known = local.files.done(now, event.done);
    WALLABY_CHECK(known, "job {} is nobody's", event.done.id);
    return;
  }
  Lsn before = local.log.flushed();
  local.log.job_done(event.done);
  if (local.log.flushed() > before) ++flushes;
}

void Node::Parts::handle(const Tick&) {
  feeder.tick(now);
  if (Primary* self = primary()) self->tick(now);
  if (Replica* self = replica()) self->tick(now);
  if (now >= next_housekeeping) housekeeping();
}

void Node::Parts::handle(const StopRequested&) {
  if (phase != Phase::kRunning) return;
  local.say(LogLevel::kInfo, fmt::format("{} stops", local.identity.name));
  local.stopping = true;
  holds.lift_all("the node stops");
  phase = Phase::kDraining;
  if (Primary* self = primary()) self->stop(now);
  if (Replica* self = replica()) self->stop(now);
}

// --- the outside ------------------------------------------------------------------------------------------------------------------

Node::Node(TimePoint now, WallTime wall, NodeOptions options, OpenedDirectory directory, Random random)
    : parts_(std::make_unique<Parts>(now, wall, std::move(options), std::move(directory), random)) {}

Node::~Node() = default;

void Node::step(TimePoint now, const NodeEvent& event) {
  if (parts_->phase == Parts::Phase::kStopped) return;
  parts_->now = std::max(parts_->now, now);
  std::visit([this](const auto& happened) { parts_->handle(happened); }, event);
}

std::vector<NodeOutput> Node::take_outputs() {
  if (parts_->phase != Parts::Phase::kStopped) parts_->turn();
  return std::exchange(parts_->local.outputs, {});
}

TimePoint Node::next_deadline() const {
  return parts_->next_deadline();
}

Backend& Node::backend() {
  return *parts_;
}

uint64_t Node::asked() const {
  return parts_->asked;
}

NodeStatus Node::status(TimePoint now) const {
  return parts_->status(now);
}

const engine::Store& Node::store() const {
  return *parts_->local.store;
}

void Node::check_invariants() const {
  parts_->local.log.check_invariants();
  parts_->local.traces.check_invariants();
  parts_->feeder.check_invariants();
  parts_->holds.check_invariants();
  if (const Primary* self = parts_->primary()) self->check_invariants();
  if (const Replica* self = parts_->replica()) self->check_invariants();
}

}  // namespace wallaby::node
