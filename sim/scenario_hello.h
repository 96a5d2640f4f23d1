// sim/scenario_hello.h
//
// The first words of a replica, made by hand: says one Hello to a node and keeps what it answers. For what real
// replicas never say: another version of the protocol, a position that no log of theirs has.
//
// Owns its socket; close() before it goes. Threads: none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/framing.h"
#include "replication/messages.h"
#include "sim/sim_net.h"

namespace wallaby::sim {

class HandmadeLink final : public Party {
 public:
  HandmadeLink(SimNet& net, Place place) : net_(net), place_(std::move(place)) {}

  void say(const Place& to, const replication::Hello& hello);
  /// An answer came, or the link is gone.
  bool over() const { return over_; }
  const std::vector<std::string>& heard() const { return heard_; }
  void close();

  void accepted(Socket, const Place&, Port) override {}
  void connected(Socket) override {}
  void received(Socket socket, std::string bytes) override;
  void drained(Socket, uint64_t) override {}
  void lost(Socket socket, const std::string& reason) override;

 private:
  SimNet& net_;
  Place place_;
  std::optional<Socket> socket_;
  proto::MessageReader reader_{proto::kMaxMessage};
  std::vector<std::string> heard_;
  bool over_ = false;
};

}  // namespace wallaby::sim
