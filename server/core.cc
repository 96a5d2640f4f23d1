#include "server/core.h"

#include "node/node.h"

namespace wallaby::server {
namespace {

class NodeCore : public Core {
 public:
  explicit NodeCore(node::Node& node) : node_(node) {}
  void step(TimePoint now, const node::NodeEvent& event) override { node_.step(now, event); }
  std::vector<node::NodeOutput> take_outputs() override { return node_.take_outputs(); }
  TimePoint next_deadline() const override { return node_.next_deadline(); }

 private:
  node::Node& node_;
};

}  // namespace

std::unique_ptr<Core> core_of(node::Node& node) {
  return std::make_unique<NodeCore>(node);
}

}  // namespace wallaby::server
