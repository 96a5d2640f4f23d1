#include "tests/sql/pgwire/real_door.h"

#include <utility>

namespace wallaby::sql::pgwire::testing {
namespace {

/// The node has to be there before the door.
wallaby::testing::TestCluster& with_primary(wallaby::testing::TestCluster& cluster) {
  cluster.start_primary("p1");
  cluster.settle();
  return cluster;
}

}  // namespace

RealDoor::RealDoor(DoorOptions options)
    : door_(TimePoint{}, options, with_primary(cluster_).node("p1").backend(),
            [this](std::span<uint8_t> bytes) {
              for (uint8_t& byte : bytes) byte = ++chance_;
            }) {}

void RealDoor::accept(node::ConnectionId id, std::string peer) {
  door_.step(cluster_.now("p1"), node::ConnectionAccepted{id, std::move(peer), node::Door::kSql});
  settle();
}

std::vector<std::string> RealDoor::log_in(node::ConnectionId id) {
  accept(id);
  return say(id, frontend::startup({{"user", "alice"}, {"database", "app"}}));
}

std::string RealDoor::say_raw(node::ConnectionId id, std::string_view bytes) {
  door_.step(cluster_.now("p1"), node::BytesReceived{id, bytes});
  settle();
  return std::exchange(heard_[id], {});
}

std::vector<std::string> RealDoor::say(node::ConnectionId id, std::string_view bytes) {
  return backend_lines(say_raw(id, bytes));
}

void RealDoor::lose(node::ConnectionId id) {
  door_.step(cluster_.now("p1"), node::ConnectionLost{id, "reset"});
  settle();
}

void RealDoor::settle() {
  for (bool again = true; again;) {
    // The answers of the node come while it settles, so the door is asked once more behind it.
    cluster_.settle();
    auto outputs = door_.take_outputs(cluster_.now("p1"));
    again = !outputs.empty();
    for (const node::NodeOutput& output : outputs) {
      const auto* sent = std::get_if<node::SendBytes>(&output);
      if (!sent) continue;
      for (const SharedBytes& piece : sent->pieces) {
        heard_[sent->id] += piece.view();
        door_.step(cluster_.now("p1"), node::BytesSent{sent->id, piece.size()});
      }
    }
    // A statement that rests asks for its next turn at once.
    if (door_.next_deadline() <= cluster_.now("p1")) {
      door_.step(cluster_.now("p1"), node::Tick{});
      again = true;
    }
    again = again || std::exchange(asked_, cluster_.node("p1").asked()) != cluster_.node("p1").asked();
  }
}

}  // namespace wallaby::sql::pgwire::testing
