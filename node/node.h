// node/node.h
//
// One server, without I/O: a log, tables, a role, sessions. The server drives it with sockets, threads and a
// clock; the simulator drives the same code with simulated ones.
//
//     NativeSession --Backend--> Primary | Replica --> wal::Log, engine::Store
//     replicas' links ---------> Feeder (both roles: a replica can feed replicas)
//     the upstream link <------- Replica
//
// This class only dispatches: bytes to the connection's owner, finished jobs to whoever asked for them, time to all.
//
// Invariants (check_invariants(), called by the simulator after every event): those of its parts, and
//   1. applied <= flushed <= received on a replica; visible <= flushed on a primary;
//   2. a commit is answered once.
#pragma once

#include <memory>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "node/data_directory.h"
#include "node/events.h"
#include "node/node_status.h"
#include "node/options.h"

namespace wallaby::node {

class Backend;

class Node {
 public:
  /// Takes over an opened directory. Chance (ids, backoff) comes from `random`; `wall` is the calendar's time now.
  Node(TimePoint now, WallTime wall, NodeOptions options, OpenedDirectory directory, Random random);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void step(TimePoint now, const NodeEvent& event);
  /// Ends the turn: everything that the steps since the last call asked for.
  std::vector<NodeOutput> take_outputs();
  /// When a Tick is due at the latest.
  TimePoint next_deadline() const;

  /// For front doors other than the native one. Valid as long as the node.
  Backend& backend();
  /// How often backend() was asked for something so far. When it grew since the last take_outputs(), there is more to take.
  uint64_t asked() const;
  NodeStatus status(TimePoint now) const;
  /// For checkers: the tables, read-only.
  const engine::Store& store() const;
  void check_invariants() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace wallaby::node
