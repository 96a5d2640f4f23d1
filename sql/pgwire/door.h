// sql/pgwire/door.h
//
// The PostgreSQL door of one node, without its sockets: connections come and go, bytes come in, bytes leave. The same kind of core as
// node/node.h, and driven by the same drivers with the same events.
//
//     door.step(now, ConnectionAccepted{7, "127.0.0.1:40000", Door::kSql})
//     door.step(now, BytesReceived{7, ...})          a startup packet
//     door.take_outputs(now)                         SendBytes{7, AuthenticationOk ... ReadyForQuery}
//
// A statement that waits for its promise is woken from inside the node's step; its answer leaves with the next take_outputs().
// So a driver calls it after the node's step, in the same turn, and again until both have nothing more to say.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "node/backend.h"
#include "node/events.h"
#include "node/front_door.h"
#include "sql/pgwire/door_options.h"

namespace wallaby::sql::pgwire {

class Door final : public node::FrontDoor {
 public:
  /// Unpredictable bytes: for cancel keys and login nonces.
  using Entropy = std::function<void(std::span<uint8_t>)>;

  Door(TimePoint now, DoorOptions options, node::Backend& backend, Entropy entropy);
  ~Door() override;

  /// Of its own connections: ConnectionAccepted, BytesReceived, BytesSent, ConnectionLost; and Tick, StopRequested.
  void step(TimePoint now, const node::NodeEvent& event) override;
  /// Runs what can run now, then tells all that is to be done: SendBytes, CloseConnection, SetReading, StartTls, LogLine.
  std::vector<node::NodeOutput> take_outputs(TimePoint now) override;
  TimePoint next_deadline() const override;
  bool owns(node::ConnectionId connection) const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wallaby::sql::pgwire
