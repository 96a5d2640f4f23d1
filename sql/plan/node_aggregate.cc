// GROUP BY and aggregates: a group for each combination of values, in the order in which they first came.

#include <utility>

#include <fmt/format.h>

#include "sql/plan/row_nodes.h"
#include "sql/plan/row_set.h"

namespace wallaby::sql {
namespace {

struct AggregateSpec {
  std::vector<BoundPtr> groups;
  std::vector<TypeId> group_types;
  std::vector<AggregateCall> calls;
};

struct Group {
  Row keys;
  std::vector<std::unique_ptr<Accumulator>> values;
};

class AggregateRun : public RowRun {
 public:
  AggregateRun(std::unique_ptr<RowRun> child, const AggregateSpec& spec, const RunContext& context)
      : child_(std::move(child)),
        spec_(spec),
        context_(context),
        memory_(context.state),
        by_keys_(16, RowHash{&spec.group_types}, RowEqual{&spec.group_types}) {}

  SqlResult<Step> next(Row& row) override {
    while (child_) {
      auto step = child_->next(below_);
      if (!step || *step == Step::kRest) return step;
      if (*step == Step::kEnd) {
        child_.reset();
        // Without GROUP BY there is one group, of no rows too.
        if (spec_.groups.empty() && groups_.empty()) begin_group({});
        break;
      }
      if (auto taken = take(); !taken) return std::unexpected(taken.error());
    }
    if (next_ == groups_.size()) return Step::kEnd;
    Group& group = groups_[next_++];
    row = std::move(group.keys);
    for (auto& value : group.values) {
      auto result = value->result();
      if (!result) return std::unexpected(result.error());
      row.push_back(std::move(*result));
    }
    return Step::kRow;
  }

 private:
  Group& begin_group(Row keys) {
    Group& group = groups_.emplace_back();
    group.keys = std::move(keys);
    group.values.reserve(spec_.calls.size());
    for (const AggregateCall& call : spec_.calls) group.values.push_back(make_accumulator(call, memory_));
    return group;
  }

  SqlResult<Group*> find_group(const Frame& frame) {
    if (spec_.groups.empty()) return groups_.empty() ? &begin_group({}) : &groups_[0];
    keys_.clear();
    for (const BoundPtr& expr : spec_.groups) {
      auto value = evaluate(*expr, frame);
      if (!value) return std::unexpected(value.error());
      keys_.push_back(std::move(*value));
    }
    auto at = by_keys_.find(keys_);
    if (at != by_keys_.end()) return &groups_[at->second];
    size_t bytes = 2 * memory_of(keys_) + 64 + spec_.calls.size() * 256;
    if (auto held = memory_.add(bytes); !held) return std::unexpected(held.error());
    by_keys_.emplace(keys_, groups_.size());
    return &begin_group(keys_);
  }

  SqlResult<void> take() {
    Frame frame = context_.frame(below_);
    auto group = find_group(frame);
    if (!group) return std::unexpected(group.error());
    for (size_t i = 0; i < spec_.calls.size(); ++i) {
      const AggregateCall& call = spec_.calls[i];
      auto keep = passes(call.filter, frame);
      if (!keep) return std::unexpected(keep.error());
      if (!*keep) continue;
      arguments_.clear();
      for (const BoundPtr& arg : call.args) {
        auto value = evaluate(*arg, frame);
        if (!value) return std::unexpected(value.error());
        arguments_.push_back(std::move(*value));
      }
      for (const SortKey& key : call.order_by) {
        auto value = evaluate(*key.expr, frame);
        if (!value) return std::unexpected(value.error());
        arguments_.push_back(std::move(*value));
      }
      if (auto added = (*group)->values[i]->add(arguments_); !added) return added;
    }
    return {};
  }

  std::unique_ptr<RowRun> child_;
  const AggregateSpec& spec_;
  RunContext context_;
  Holding memory_;
  std::vector<Group> groups_;
  RowMap<size_t> by_keys_;
  Row below_, keys_, arguments_;
  size_t next_ = 0;
};

class AggregateNode : public RowNode {
 public:
  AggregateNode(RowNodePtr child, AggregateSpec spec) : child_(std::move(child)), spec_(std::move(spec)) {}

  std::unique_ptr<RowRun> open(const RunContext& context) const override {
    return std::make_unique<AggregateRun>(child_->open(context), spec_, context);
  }
  void explain(ExplainText& out, int depth) const override {
    out.node(depth, spec_.groups.empty() ? "Aggregate" : "HashAggregate");
    std::string keys;
    for (const BoundPtr& group : spec_.groups) {
      if (!keys.empty()) keys += ", ";
      keys += print(*group, out.qualified());
    }
    if (!keys.empty()) out.property(depth, "Group Key", keys);
    child_->explain(out, depth + 1);
  }

 private:
  RowNodePtr child_;
  AggregateSpec spec_;
};

}  // namespace

RowNodePtr make_aggregate(RowNodePtr child, std::vector<BoundPtr> groups, std::vector<AggregateCall> calls) {
  AggregateSpec spec{std::move(groups), {}, std::move(calls)};
  for (const BoundPtr& group : spec.groups) spec.group_types.push_back(group->type.id);
  return std::make_shared<AggregateNode>(std::move(child), std::move(spec));
}

}  // namespace wallaby::sql
