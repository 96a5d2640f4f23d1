// server/core.h
//
// What a NodeServer drives: things happen to it, and it says what is to be done (node/events.h). In the programs it
// is a node::Node; in tests of the driver it is a script that plays the node's part.
//
// Threads: the loop's alone.
#pragma once

#include <memory>
#include <vector>

#include "base/time.h"
#include "node/events.h"

namespace wallaby::node {
class Node;
}

namespace wallaby::server {

class Core {
 public:
  virtual ~Core() = default;
  virtual void step(TimePoint now, const node::NodeEvent& event) = 0;
  virtual std::vector<node::NodeOutput> take_outputs() = 0;
  virtual TimePoint next_deadline() const = 0;
};

/// The node as a Core. It is not owned and must outlive it.
std::unique_ptr<Core> core_of(node::Node& node);

}  // namespace wallaby::server
