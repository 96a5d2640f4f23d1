// sim/client.h
//
// A client program at its socket: sends requests in the native protocol's own bytes, as many as it likes before the
// first answer, and takes the answers as they come.
//
//     client.connect("p1");
//     client.send(node::Get{"t", "k"}, [](const node::Reply* reply) { ... });   nullptr: the connection is gone
//
// It checks its side of the protocol: every answer is to a request that is out, and a request gets one final answer.
// Request ids are never reused, so that "c2.17" names one operation for its whole life.
//
// Owns its requests. Threads: none.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "node/client_messages.h"
#include "proto/framing.h"
#include "sim/ledger.h"
#include "sim/sim_net.h"

namespace wallaby::sim {

class Client final : public Party {
 public:
  using Answer = std::function<void(const node::Reply*)>;

  Client(SimNet& net, Ledger& ledger, Scheduler& scheduler, Place place)
      : net_(net), ledger_(ledger), scheduler_(scheduler), place_(std::move(place)) {}

  void connect(const Place& to);
  /// Gives up on all that is out.
  void close();
  bool open() const { return socket_.has_value(); }
  const Place& peer() const { return peer_; }
  const Place& place() const { return place_; }
  /// Called for notices too; the last call is final. Requires open().
  node::RequestId send(node::RequestBody body, Answer answer);
  /// The id of the next request.
  node::RequestId next_id() const { return next_id_; }
  size_t outstanding() const { return waiting_.size(); }
  bool waits_for(node::RequestId id) const { return waiting_.contains(id); }
  /// The request that was sent last of those that are out.
  std::optional<node::RequestId> newest() const;
  /// When the oldest request that is out was sent.
  std::optional<SimTime> oldest() const;

  void accepted(Socket, const Place&, Port) override {}
  void connected(Socket) override {}
  void received(Socket socket, std::string bytes) override;
  void drained(Socket, uint64_t) override {}
  void lost(Socket socket, const std::string& reason) override;

 private:
  struct Waiting {
    Answer answer;
    SimTime since;
  };
  void give_up();

  SimNet& net_;
  Ledger& ledger_;
  Scheduler& scheduler_;
  Place place_, peer_;
  std::optional<Socket> socket_;
  proto::MessageReader reader_{proto::kMaxMessage};
  std::map<node::RequestId, Waiting> waiting_;
  node::RequestId next_id_ = 1;
};

}  // namespace wallaby::sim
