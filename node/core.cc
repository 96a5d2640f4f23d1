#include "node/core.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "node/front_door.h"
#include "node/node.h"

namespace wallaby::node {
namespace {

class NodeCore : public Core {
 public:
  explicit NodeCore(Node& node) : node_(node) {}
  void step(TimePoint now, const NodeEvent& event) override { node_.step(now, event); }
  std::vector<NodeOutput> take_outputs() override { return node_.take_outputs(); }
  TimePoint next_deadline() const override { return node_.next_deadline(); }

 private:
  Node& node_;
};

class TwoDoorCore : public Core {
 public:
  TwoDoorCore(Node& node, FrontDoor& door) : node_(node), door_(door) {}

  void step(TimePoint now, const NodeEvent& event) override {
    now_ = now;
    bool everybodys = std::holds_alternative<Tick>(event) || std::holds_alternative<StopRequested>(event);
    bool doors = is_doors(event);
    if (everybodys || doors) door_.step(now, event);
    if (everybodys || !doors) node_.step(now, event);
  }

  std::vector<NodeOutput> take_outputs() override {
    std::vector<NodeOutput> outputs = door_.take_outputs(now_);
    uint64_t told = 0;
    do {
      add(outputs, node_.take_outputs());
      told = node_.asked();
      add(outputs, door_.take_outputs(now_));
    } while (node_.asked() != told);
    // Last words of sessions leave before the end.
    if (stopped_) outputs.emplace_back(*std::exchange(stopped_, std::nullopt));
    return outputs;
  }

  TimePoint next_deadline() const override { return std::min(node_.next_deadline(), door_.next_deadline()); }

 private:
  bool is_doors(const NodeEvent& event) const {
    auto owner = [this](const auto& what) {
      using Event = std::remove_cvref_t<decltype(what)>;
      if constexpr (std::is_same_v<Event, ConnectionAccepted>)
        return what.door == Door::kSql;
      else if constexpr (requires { what.id; })
        return door_.owns(what.id);
      else
        return false;
    };
    return std::visit(owner, event);
  }

  void add(std::vector<NodeOutput>& outputs, std::vector<NodeOutput> more) {
    for (NodeOutput& output : more) {
      if (auto* end = std::get_if<Stopped>(&output))
        stopped_ = std::move(*end);
      else
        outputs.push_back(std::move(output));
    }
  }

  Node& node_;
  FrontDoor& door_;
  TimePoint now_{};
  std::optional<Stopped> stopped_;
};

}  // namespace

std::unique_ptr<Core> core_of(Node& node, FrontDoor* door) {
  if (!door) return std::make_unique<NodeCore>(node);
  return std::make_unique<TwoDoorCore>(node, *door);
}

}  // namespace wallaby::node
