// node/connections.h
//
// The node's side of its TCP connections: bytes that came are cut into messages, messages that leave are gathered, so that a driver
// makes one write a socket a turn.
//
// A connection belongs to nobody until its first whole message tells: a Hello makes it a replica's link, a Request a
// client's. Until then it is a visitor (doorkeeper.h), and little memory and little time is spent on it.
//
// Log bytes are queued as shared pieces between the encoded messages, never copied. `unsent` is what was handed over
// and not yet taken by the socket: owners stop producing when it grows (senders by their window, sessions by kMaxUnsent).
//
// Invariants: bytes leave in the order in which they were queued; nothing is queued behind a close.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/shared_bytes.h"
#include "base/time.h"
#include "node/events.h"
#include "node/scram.h"
#include "proto/framing.h"

namespace wallaby::node {

enum class ConnectionOwner : uint8_t { kNobody, kSession, kFeed, kUpstream };

/// What a peer has shown of itself so far.
struct Visitor {
  bool tls = false;
  std::optional<ScramServer> login;  ///< under way
  std::string asked_role;            ///< whose it is
  std::optional<std::string> role;   ///< whose password it knew
  bool may_replicate = false;
};

struct Connection {
  ConnectionId id = 0;
  std::string peer;
  ConnectionOwner owner = ConnectionOwner::kNobody;
  TimePoint since;
  std::unique_ptr<Visitor> visitor;  ///< of who came in, until it is somebody's
  proto::MessageReader reader;
  std::vector<SharedBytes> pieces;  ///< of this turn, before `tail`
  std::string tail;                 ///< encoded messages behind the last piece
  uint64_t queued = 0;              ///< bytes ever queued
  uint64_t sent = 0;                ///< bytes the socket took
  bool closing = false;
  bool at_leisure = false;  ///< see SendBytes
  bool reading = true;

  uint64_t unsent() const { return queued - sent; }
};

class Connections {
 public:
  /// Output backlog at which a session's connection is no longer read.
  static constexpr uint64_t kMaxUnsent = 4 << 20;

  Connection& add(ConnectionId id, std::string peer, TimePoint now);
  Connection* find(ConnectionId id);
  void remove(ConnectionId id) { all_.erase(id); }
  std::map<ConnectionId, Connection>& all() { return all_; }
  size_t size() const { return all_.size(); }

  /// Where to append an encoded message; call queued() when done. nullptr: the connection is gone or closing.
  std::string* begin_message(ConnectionId id);
  void end_message(ConnectionId id);
  /// Bytes behind the last message.
  void attach(ConnectionId id, const SharedBytes& bytes);
  /// After what is queued has left, the connection ends. Its owner hears no more of it.
  void close(ConnectionId id);
  void set_reading(ConnectionId id, bool reading);
  /// What is queued leaves in clear, all that follows over TLS (events.h: StartTls).
  void start_tls(ConnectionId id, std::optional<std::string> server);

  /// Everything queued since the last call: beginnings of TLS, sends, closes, changes of reading.
  void take_outputs(std::vector<NodeOutput>& outputs);

 private:
  void touch(ConnectionId id);
  static std::vector<SharedBytes> take_queued(Connection& connection);

  std::map<ConnectionId, Connection> all_;
  std::vector<ConnectionId> touched_;   ///< with something to send, in the order of first use
  std::vector<NodeOutput> tls_starts_;  ///< each behind what leaves before it
  std::vector<SetReading> readings_;
  size_t tail_start_ = 0;
};

}  // namespace wallaby::node
