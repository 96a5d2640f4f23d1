// sim/wiretap.h
//
// Listens to the bytes of one node's connections and hands out the messages in them: what clients asked, what the node
// answered, what nodes said to each other. Checkers judge these, not the node's own account of them.
//
// Owns a reader a direction and connection. Threads: none.
#pragma once

#include <map>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "node/client_messages.h"
#include "node/events.h"
#include "proto/framing.h"
#include "replication/messages.h"

namespace wallaby::sim {

using Overheard = std::variant<node::Request, node::Reply, replication::Message>;

enum class Way : uint8_t { kIn, kOut };

class Wiretap {
 public:
  /// Throws BrokenPromise when the bytes are no messages.
  std::vector<Overheard> hear(Way way, node::ConnectionId connection, std::string_view bytes);
  void forget(node::ConnectionId connection);
  void forget_all() { readers_.clear(); }

 private:
  std::map<std::pair<node::ConnectionId, Way>, proto::MessageReader> readers_;
};

}  // namespace wallaby::sim
