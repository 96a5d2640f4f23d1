// node/core.h
//
// What a driver drives: things happen to it, and it says what is to be done (node/events.h). In the programs and in the simulator it
// is a node::Node with its front doors; in tests of the driver it is a script that plays the node's part.
//
// A node and a further door are one Core: each event goes to whom it is for, and a turn goes to and fro between the two
// until neither has more to say:
//
//     door.take_outputs()     its sessions run: statements are appended
//     node.take_outputs()     one log write for all of them and for the native clients'; answers reach the sessions
//     door.take_outputs()     the answers leave; sessions that go on have appended again?  then the node once more
//
// So whatever came in during a turn shares one log write, whichever door it came through.
//
// Threads: the loop's alone.
#pragma once

#include <memory>
#include <vector>

#include "base/time.h"
#include "node/events.h"

namespace wallaby::node {

class FrontDoor;
class Node;

class Core {
 public:
  virtual ~Core() = default;
  virtual void step(TimePoint now, const NodeEvent& event) = 0;
  virtual std::vector<NodeOutput> take_outputs() = 0;
  virtual TimePoint next_deadline() const = 0;
};

/// The node, and a door beside its native one (or null). Neither is owned; both must outlive it.
std::unique_ptr<Core> core_of(Node& node, FrontDoor* door);

}  // namespace wallaby::node
