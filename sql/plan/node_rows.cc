// Small nodes: rows of expressions, conditions, targets, LIMIT.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sql/plan/row_nodes.h"
#include "sql/plan/waits.h"

namespace wallaby::sql {
namespace {

SqlResult<void> evaluate_all(const std::vector<BoundPtr>& exprs, const Frame& frame, Row& out) {
  out.clear();
  out.reserve(exprs.size());
  for (const BoundPtr& expr : exprs) {
    auto value = evaluate(*expr, frame);
    if (!value) return std::unexpected(std::move(value.error()));
    out.push_back(std::move(*value));
  }
  return {};
}

/// A node is a Run over a child with the node's own settings; this spares each of them the same open().
template <typename Run, typename Settings>
class SimpleNode : public RowNode {
 public:
  SimpleNode(RowNodePtr child, Settings settings)
      : child_(std::move(child)), settings_(std::move(settings)) {}

  std::unique_ptr<RowRun> open(const RunContext& context) const override {
    return std::make_unique<Run>(child_ ? child_->open(context) : nullptr, settings_, context);
  }
  void explain(ExplainText& out, int depth) const override {
    Run::explain(child_.get(), settings_, out, depth);
  }

 private:
  RowNodePtr child_;
  Settings settings_;
};

struct RowList {
  std::vector<std::vector<BoundPtr>> rows;
  std::string alias;
};

class RowListRun : public RowRun {
 public:
  RowListRun(std::unique_ptr<RowRun>, const RowList& list, const RunContext& context)
      : list_(list), context_(context) {}

  SqlResult<Step> next(Row& row) override {
    if (next_ == list_.rows.size()) return Step::kEnd;
    if (context_.exec.budget <= 0) return Step::kRest;
    --context_.exec.budget;
    auto done = evaluate_all(list_.rows[next_++], context_.frame({}), row);
    if (!done) return std::unexpected(std::move(done.error()));
    return Step::kRow;
  }
  static void explain(const RowNode*, const RowList& list, ExplainText& out, int depth) {
    if (list.rows.size() == 1)
      out.node(depth, "Result");
    else
      out.node(depth, fmt::format("Values Scan on \"{}\"", list.alias.empty() ? "*VALUES*" : list.alias));
  }

 private:
  const RowList& list_;
  RunContext context_;
  size_t next_ = 0;
};

class FilterRun : public RowRun {
 public:
  FilterRun(std::unique_ptr<RowRun> child, const BoundPtr& condition, const RunContext& context)
      : child_(std::move(child)), condition_(condition), context_(context) {}

  SqlResult<Step> next(Row& row) override {
    for (;;) {
      auto step = child_->next(row);
      if (!step || *step != Step::kRow) return step;
      auto keep = passes(condition_, context_.frame(row));
      if (!keep) return std::unexpected(std::move(keep.error()));
      if (*keep) return Step::kRow;
    }
  }
  static void explain(const RowNode* child, const BoundPtr& condition, ExplainText& out, int depth) {
    child->explain(out, depth);
    out.property(depth, "Filter", condition);
  }

 private:
  std::unique_ptr<RowRun> child_;
  const BoundPtr& condition_;
  RunContext context_;
};

class ProjectRun : public RowRun {
 public:
  ProjectRun(std::unique_ptr<RowRun> child, const std::vector<BoundPtr>& exprs, const RunContext& context)
      : child_(std::move(child)), exprs_(exprs), context_(context) {}

  SqlResult<Step> next(Row& row) override {
    auto step = child_->next(below_);
    if (!step || *step != Step::kRow) return step;
    auto done = evaluate_all(exprs_, context_.frame(below_), row);
    if (!done) return std::unexpected(std::move(done.error()));
    return Step::kRow;
  }
  static void explain(const RowNode* child, const std::vector<BoundPtr>&, ExplainText& out, int depth) {
    child->explain(out, depth);
  }

 private:
  std::unique_ptr<RowRun> child_;
  const std::vector<BoundPtr>& exprs_;
  RunContext context_;
  Row below_;
};

/// Targets of which some wait: the row rests until it is whole.
class WaitingProjectRun : public RowRun {
 public:
  WaitingProjectRun(std::unique_ptr<RowRun> child, const std::vector<BoundPtr>& exprs,
                    const RunContext& context)
      : child_(std::move(child)), exprs_(exprs), context_(context) {}

  SqlResult<Step> next(Row& row) override {
    if (!begun_) {
      auto step = child_->next(below_);
      if (!step || *step != Step::kRow) return step;
      begun_ = true;
    }
    while (done_.size() < exprs_.size()) {
      auto value = evaluate_or_wait(*exprs_[done_.size()], context_.frame(below_));
      if (!value) return std::unexpected(std::move(value.error()));
      if (!*value) return Step::kRest;
      done_.push_back(std::move(**value));
    }
    begun_ = false;
    row = std::exchange(done_, {});
    return Step::kRow;
  }
  static void explain(const RowNode* child, const std::vector<BoundPtr>&, ExplainText& out, int depth) {
    child->explain(out, depth);
  }

 private:
  std::unique_ptr<RowRun> child_;
  const std::vector<BoundPtr>& exprs_;
  RunContext context_;
  Row below_, done_;
  bool begun_ = false;  ///< below_ is a row whose targets are being computed
};

class CutRun : public RowRun {
 public:
  CutRun(std::unique_ptr<RowRun> child, size_t width, const RunContext&)
      : child_(std::move(child)), width_(width) {}

  SqlResult<Step> next(Row& row) override {
    auto step = child_->next(row);
    if (step && *step == Step::kRow) row.resize(width_);
    return step;
  }
  static void explain(const RowNode* child, size_t, ExplainText& out, int depth) {
    child->explain(out, depth);
  }

 private:
  std::unique_ptr<RowRun> child_;
  size_t width_;
};

struct LimitSpec {
  BoundPtr limit, offset;
};

class LimitRun : public RowRun {
 public:
  LimitRun(std::unique_ptr<RowRun> child, const LimitSpec& spec, const RunContext& context)
      : child_(std::move(child)), spec_(spec), context_(context) {}

  SqlResult<Step> next(Row& row) override {
    if (!std::exchange(started_, true)) {
      if (auto done = start(); !done) return std::unexpected(done.error());
    }
    if (left_ == 0) return Step::kEnd;
    for (;;) {
      auto step = child_->next(row);
      if (!step || *step != Step::kRow) return step;
      if (skip_ > 0) {
        --skip_;
        continue;
      }
      if (left_ > 0) --left_;
      return Step::kRow;
    }
  }
  static void explain(const RowNode* child, const LimitSpec&, ExplainText& out, int depth) {
    out.node(depth, "Limit");
    child->explain(out, depth + 1);
  }

 private:
  SqlResult<void> start() {
    if (spec_.offset) {
      auto value = evaluate(*spec_.offset, context_.frame({}));
      if (!value) return std::unexpected(value.error());
      if (!value->is_null()) skip_ = value->integer();
      if (skip_ < 0) return sql_error("2201X", "OFFSET must not be negative");
    }
    if (spec_.limit) {
      auto value = evaluate(*spec_.limit, context_.frame({}));
      if (!value) return std::unexpected(value.error());
      if (!value->is_null()) {
        left_ = value->integer();
        if (left_ < 0) return sql_error("2201W", "LIMIT must not be negative");
      }
    }
    return {};
  }

  std::unique_ptr<RowRun> child_;
  const LimitSpec& spec_;
  RunContext context_;
  bool started_ = false;
  int64_t skip_ = 0, left_ = -1;  ///< left_ below 0: no limit
};

}  // namespace

RowNodePtr make_rows(std::vector<std::vector<BoundPtr>> rows, std::string alias) {
  return std::make_shared<SimpleNode<RowListRun, RowList>>(nullptr,
                                                           RowList{std::move(rows), std::move(alias)});
}
RowNodePtr make_filter(RowNodePtr child, BoundPtr condition) {
  if (!condition) return child;
  return std::make_shared<SimpleNode<FilterRun, BoundPtr>>(std::move(child), std::move(condition));
}
RowNodePtr make_project(RowNodePtr child, std::vector<BoundPtr> exprs) {
  if (std::ranges::any_of(exprs, [](const BoundPtr& expr) { return has_waiting_call(*expr); }))
    return std::make_shared<SimpleNode<WaitingProjectRun, std::vector<BoundPtr>>>(std::move(child),
                                                                                  std::move(exprs));
  return std::make_shared<SimpleNode<ProjectRun, std::vector<BoundPtr>>>(std::move(child), std::move(exprs));
}
RowNodePtr make_cut(RowNodePtr child, size_t width) {
  return std::make_shared<SimpleNode<CutRun, size_t>>(std::move(child), width);
}
RowNodePtr make_limit(RowNodePtr child, BoundPtr limit, BoundPtr offset) {
  if (!limit && !offset) return child;
  return std::make_shared<SimpleNode<LimitRun, LimitSpec>>(std::move(child),
                                                           LimitSpec{std::move(limit), std::move(offset)});
}

}  // namespace wallaby::sql
