// tests/sql/pgwire/real_door.h
//
// The whole way of a statement without a socket: the PostgreSQL door with real sessions on a primary whose disk is in memory.
//
//     RealDoor door;
//     door.log_in(1);
//     door.say(1, frontend::query("SELECT 1 AS one"))    {"RowDescription one:23", "DataRow 1", ...}
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sql/pgwire/door.h"
#include "tests/node/test_cluster.h"
#include "tests/sql/pgwire/frontend.h"

namespace wallaby::sql::pgwire::testing {

class RealDoor {
 public:
  explicit RealDoor(DoorOptions options = {});

  void accept(node::ConnectionId id, std::string peer = "127.0.0.1:40000");
  std::vector<std::string> log_in(node::ConnectionId id);
  /// Sends bytes, lets door and node work until nothing is left to do, and tells what this connection heard.
  std::vector<std::string> say(node::ConnectionId id, std::string_view bytes);
  std::string say_raw(node::ConnectionId id, std::string_view bytes);
  bool closed(node::ConnectionId id) const { return !door_.owns(id); }
  void lose(node::ConnectionId id);
  wallaby::testing::TestCluster& cluster() { return cluster_; }

 private:
  void settle();

  wallaby::testing::TestCluster cluster_;
  uint8_t chance_ = 0;
  uint64_t asked_ = 0;  ///< how often the node was asked for something, when it last had nothing more to do
  Door door_;
  std::map<node::ConnectionId, std::string> heard_;
};

}  // namespace wallaby::sql::pgwire::testing
