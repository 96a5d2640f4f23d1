// Functions in FROM: generate_series(), unnest(), and any other as a table of one row.

#include <utility>

#include <fmt/format.h>

#include "sql/plan/row_nodes.h"
#include "sql/plan/waits.h"
#include "sql/types/compare.h"

namespace wallaby::sql {
namespace {

class SeriesRun : public RowRun {
 public:
  SeriesRun(const Series& series, const RunContext& context) : series_(series), context_(context) {}

  SqlResult<Step> next(Row& row) override {
    if (!started_) {
      auto done = start();
      if (!done) return std::unexpected(done.error());
      if (!*done) return Step::kRest;
      started_ = true;
    }
    if (done_) return Step::kEnd;
    if (context_.exec.budget <= 0) return Step::kRest;
    --context_.exec.budget;
    row.resize(1);
    row[0] = args_[0];
    if (series_.kind == SeriesKind::kOne) {
      done_ = true;
      return Step::kRow;
    }
    if (series_.kind == SeriesKind::kArray) {
      const std::vector<Value>& array = *args_[0].array();
      row[0] = array[at_++];
      done_ = at_ == array.size();
      return Step::kRow;
    }
    if (auto stepped = advance(); !stepped) return std::unexpected(stepped.error());
    return Step::kRow;
  }

 private:
  /// False: its argument waits.
  SqlResult<bool> start() {
    while (args_.size() < series_.args.size()) {
      auto value = evaluate_or_wait(*series_.args[args_.size()], context_.frame({}));
      if (!value) return std::unexpected(value.error());
      if (!*value) return false;
      args_.push_back(std::move(**value));
      if (args_.back().is_null() && series_.kind != SeriesKind::kOne) done_ = true;
    }
    if (done_ || series_.kind == SeriesKind::kOne) return true;
    if (series_.kind == SeriesKind::kArray) {
      done_ = args_[0].array()->empty();
      return true;
    }
    if (args_.size() < 3)
      args_.push_back(series_.kind == SeriesKind::kInteger ? Value(int64_t{1})
                                                           : Value(numeric_from(int64_t{1})));
    direction_ = step_direction();
    if (direction_ == 0) return sql_error("22023", "step size cannot equal zero");
    done_ = past_end();
    return true;
  }

  int step_direction() const {
    auto sign = [](auto order) { return order < 0 ? -1 : order > 0 ? 1 : 0; };
    switch (series_.kind) {
      case SeriesKind::kInteger: return sign(args_[2].integer() <=> 0);
      case SeriesKind::kNumeric: return sign(compare(args_[2].numeric(), numeric_from(int64_t{0})));
      default: return sign(compare(TypeId::kInterval, args_[2], Value(Interval{})));
    }
  }
  bool past_end() const {
    auto order = compare(series_.type, args_[0], args_[1]);
    return direction_ > 0 ? order > 0 : order < 0;
  }

  SqlResult<void> advance() {
    switch (series_.kind) {
      case SeriesKind::kInteger: {
        int64_t sum = 0;
        done_ = __builtin_add_overflow(args_[0].integer(), args_[2].integer(), &sum);
        args_[0] = Value(sum);
        break;
      }
      case SeriesKind::kNumeric: {
        auto sum = add(args_[0].numeric(), args_[2].numeric());
        if (!sum) return std::unexpected(sum.error());
        args_[0] = Value(*sum);
        break;
      }
      default: {
        const Value sides[] = {args_[0], args_[2]};
        auto sum = series_.add->evaluate(std::span<const Value>(sides, 2), context_.exec.eval);
        if (!sum) return std::unexpected(sum.error());
        args_[0] = std::move(*sum);
      }
    }
    done_ = done_ || past_end();
    return {};
  }

  const Series& series_;
  RunContext context_;
  bool started_ = false, done_ = false;
  int direction_ = 1;
  size_t at_ = 0;
  Row args_;  ///< the current value, the last one, the step
};

class SeriesNode : public RowNode {
 public:
  explicit SeriesNode(Series series) : series_(std::move(series)) {}

  std::unique_ptr<RowRun> open(const RunContext& context) const override {
    return std::make_unique<SeriesRun>(series_, context);
  }
  void explain(ExplainText& out, int depth) const override {
    bool renamed = !series_.alias.empty() && series_.alias != series_.name;
    out.node(depth, fmt::format("Function Scan on {}{}{}", series_.name, renamed ? " " : "",
                                renamed ? series_.alias : ""));
  }

 private:
  Series series_;
};

}  // namespace

RowNodePtr make_series(Series series) {
  return std::make_shared<SeriesNode>(std::move(series));
}

}  // namespace wallaby::sql
