// DISTINCT, UNION, INTERSECT, EXCEPT. Rows are compared value by value; here NULL is equal to NULL.

#include <unordered_map>
#include <utility>

#include "sql/plan/row_nodes.h"
#include "sql/plan/row_set.h"

namespace wallaby::sql {
namespace {

class DistinctRun : public RowRun {
 public:
  DistinctRun(std::unique_ptr<RowRun> child, const std::vector<TypeId>& types, const RunContext& context)
      : child_(std::move(child)), seen_(16, RowHash{&types}, RowEqual{&types}), memory_(context.state) {}

  SqlResult<Step> next(Row& row) override {
    for (;;) {
      auto step = child_->next(row);
      if (!step || *step != Step::kRow) return step;
      auto [at, is_new] = seen_.emplace(row, 0);
      if (!is_new) continue;
      if (auto held = memory_.add(row); !held) return std::unexpected(held.error());
      return Step::kRow;
    }
  }

 private:
  std::unique_ptr<RowRun> child_;
  RowMap<int64_t> seen_;
  Holding memory_;
};

class DistinctNode : public RowNode {
 public:
  DistinctNode(RowNodePtr child, std::vector<TypeId> types)
      : child_(std::move(child)), types_(std::move(types)) {}

  std::unique_ptr<RowRun> open(const RunContext& context) const override {
    return std::make_unique<DistinctRun>(child_->open(context), types_, context);
  }
  void explain(ExplainText& out, int depth) const override {
    out.node(depth, "HashAggregate");
    child_->explain(out, depth + 1);
  }

 private:
  RowNodePtr child_;
  std::vector<TypeId> types_;
};

class AppendRun : public RowRun {
 public:
  AppendRun(const RowNode& right, std::unique_ptr<RowRun> left, const RunContext& context)
      : right_(right), current_(std::move(left)), context_(context) {}

  SqlResult<Step> next(Row& row) override {
    for (;;) {
      auto step = current_->next(row);
      if (!step || *step != Step::kEnd || std::exchange(in_right_, true)) return step;
      current_ = right_.open(context_);
    }
  }

 private:
  const RowNode& right_;
  std::unique_ptr<RowRun> current_;
  RunContext context_;
  bool in_right_ = false;
};

class AppendNode : public RowNode {
 public:
  AppendNode(RowNodePtr left, RowNodePtr right) : left_(std::move(left)), right_(std::move(right)) {}

  std::unique_ptr<RowRun> open(const RunContext& context) const override {
    return std::make_unique<AppendRun>(*right_, left_->open(context), context);
  }
  void explain(ExplainText& out, int depth) const override {
    out.node(depth, "Append");
    for (const RowNodePtr& child : {left_, right_}) child->explain(out, depth + 1);
  }

 private:
  RowNodePtr left_, right_;
};

struct SetSpec {
  ast::SetOperation operation = ast::SetOperation::kIntersect;
  bool all = false;
  std::vector<TypeId> types;
};

/// INTERSECT and EXCEPT: the right side's rows are counted first, then each left row is judged.
///
///                    a left row passes when
///     INTERSECT      it is on the right, the first time          ALL: as often as it is there
///     EXCEPT         it is not on the right, the first time      ALL: when the right ones are used up
class SetRun : public RowRun {
 public:
  SetRun(std::unique_ptr<RowRun> left, std::unique_ptr<RowRun> right, const SetSpec& spec,
         const RunContext& context)
      : left_(std::move(left)),
        right_(std::move(right)),
        spec_(spec),
        counts_(16, RowHash{&spec.types}, RowEqual{&spec.types}),
        memory_(context.state) {}

  SqlResult<Step> next(Row& row) override {
    while (right_) {
      auto step = right_->next(row);
      if (!step || *step == Step::kRest) return step;
      if (*step == Step::kEnd) {
        right_.reset();
        break;
      }
      if (auto counted = count(row, 1); !counted) return std::unexpected(counted.error());
    }
    for (;;) {
      auto step = left_->next(row);
      if (!step || *step != Step::kRow) return step;
      auto keep = judge(row);
      if (!keep) return std::unexpected(keep.error());
      if (*keep) return Step::kRow;
    }
  }

 private:
  SqlResult<void> count(const Row& row, int64_t first) {
    auto [at, is_new] = counts_.emplace(row, 0);
    at->second += first;
    return is_new ? memory_.add(row) : SqlResult<void>();
  }

  SqlResult<bool> judge(const Row& row) {
    auto at = counts_.find(row);
    bool intersect = spec_.operation == ast::SetOperation::kIntersect;
    if (spec_.all) {
      bool there = at != counts_.end() && at->second > 0;
      if (there) --at->second;
      return there == intersect;
    }
    if (intersect) return at != counts_.end() && std::exchange(at->second, 0) > 0;
    if (at != counts_.end()) return false;
    if (auto counted = count(row, 0); !counted) return std::unexpected(counted.error());
    return true;
  }

  std::unique_ptr<RowRun> left_, right_;
  const SetSpec& spec_;
  RowMap<int64_t> counts_;
  Holding memory_;
};

class SetNode : public RowNode {
 public:
  SetNode(RowNodePtr left, RowNodePtr right, SetSpec spec)
      : left_(std::move(left)), right_(std::move(right)), spec_(std::move(spec)) {}

  std::unique_ptr<RowRun> open(const RunContext& context) const override {
    return std::make_unique<SetRun>(left_->open(context), right_->open(context), spec_, context);
  }
  void explain(ExplainText& out, int depth) const override {
    bool intersect = spec_.operation == ast::SetOperation::kIntersect;
    std::string title = intersect ? "HashSetOp Intersect" : "HashSetOp Except";
    out.node(depth, spec_.all ? title + " All" : title);
    for (const RowNodePtr& child : {left_, right_}) child->explain(out, depth + 1);
  }

 private:
  RowNodePtr left_, right_;
  SetSpec spec_;
};

}  // namespace

RowNodePtr make_distinct(RowNodePtr child, std::vector<TypeId> types) {
  return std::make_shared<DistinctNode>(std::move(child), std::move(types));
}
RowNodePtr make_append(RowNodePtr left, RowNodePtr right) {
  return std::make_shared<AppendNode>(std::move(left), std::move(right));
}
RowNodePtr make_set_operation(RowNodePtr left, RowNodePtr right, ast::SetOperation operation, bool all,
                              std::vector<TypeId> types) {
  return std::make_shared<SetNode>(std::move(left), std::move(right),
                                   SetSpec{operation, all, std::move(types)});
}

}  // namespace wallaby::sql
