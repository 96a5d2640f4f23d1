// ORDER BY, and DISTINCT ON.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sql/plan/row_nodes.h"
#include "sql/types/compare.h"

namespace wallaby::sql {
namespace {

/// With a LIMIT below this many rows, only those that may still be among the first are kept.
constexpr int64_t kFewRows = 100'000;

struct Entry {
  Row row;
  uint64_t number = 0;  ///< decides between equal keys: first come, first out
};

class SortRun : public RowRun {
 public:
  SortRun(std::unique_ptr<RowRun> child, const SortSpec& spec, const RunContext& context)
      : child_(std::move(child)), spec_(spec), context_(context), memory_(context.state) {}

  SqlResult<Step> next(Row& row) override {
    if (!sorted_) {
      auto step = read();
      if (!step || *step == Step::kRest) return step;
    }
    if (next_ == entries_.size()) return Step::kEnd;
    row = std::move(entries_[next_++].row);
    return Step::kRow;
  }

 private:
  bool before(const Entry& a, const Entry& b) const {
    for (const SortKey& key : spec_.keys) {
      auto at = static_cast<size_t>(key.expr->index);
      if (int order = compare_key(key, a.row[at], b.row[at]); order != 0) return order < 0;
    }
    return a.number < b.number;
  }

  SqlResult<void> find_limit() {
    if (!spec_.limit) return {};
    int64_t wanted = 0;
    for (const BoundPtr& expr : {spec_.limit, spec_.offset}) {
      if (!expr) continue;
      auto value = evaluate(*expr, context_.frame({}));
      if (!value) return std::unexpected(value.error());
      // Wrong and missing limits are LimitRun's to judge.
      if (value->is_null() && expr == spec_.limit) return {};
      int64_t count = value->is_null() ? 0 : value->integer();
      if (count < 0 || count > kFewRows) return {};
      wanted += count;
    }
    keep_ = std::max<int64_t>(wanted, 1);
    return {};
  }

  SqlResult<Step> read() {
    if (!std::exchange(started_, true)) {
      if (auto done = find_limit(); !done) return std::unexpected(done.error());
    }
    auto less = [this](const Entry& a, const Entry& b) { return before(a, b); };
    for (;;) {
      Row row;
      auto step = child_->next(row);
      if (!step || *step == Step::kRest) return step;
      if (*step == Step::kEnd) break;
      if (auto held = memory_.add(row); !held) return std::unexpected(held.error());
      entries_.push_back({std::move(row), number_++});
      if (keep_ > 0 && entries_.size() >= 2 * static_cast<size_t>(keep_) + 64) {
        std::nth_element(entries_.begin(), entries_.begin() + keep_, entries_.end(), less);
        entries_.resize(static_cast<size_t>(keep_));
        memory_.clear();
        for (const Entry& entry : entries_) {
          if (auto held = memory_.add(entry.row); !held) return std::unexpected(held.error());
        }
      }
    }
    child_.reset();
    std::sort(entries_.begin(), entries_.end(), less);
    sorted_ = true;
    return Step::kEnd;
  }

  std::unique_ptr<RowRun> child_;
  const SortSpec& spec_;
  RunContext context_;
  Holding memory_;
  std::vector<Entry> entries_;
  uint64_t number_ = 0;
  int64_t keep_ = 0;  ///< 0: all
  size_t next_ = 0;
  bool started_ = false, sorted_ = false;
};

class SortNode : public RowNode {
 public:
  SortNode(RowNodePtr child, SortSpec spec) : child_(std::move(child)), spec_(std::move(spec)) {}

  std::unique_ptr<RowRun> open(const RunContext& context) const override {
    return std::make_unique<SortRun>(child_->open(context), spec_, context);
  }
  void explain(ExplainText& out, int depth) const override {
    out.node(depth, "Sort");
    std::string keys;
    for (const SortKey& key : spec_.keys) {
      if (!keys.empty()) keys += ", ";
      keys += print(key, out.qualified());
    }
    out.property(depth, "Sort Key", keys);
    child_->explain(out, depth + 1);
  }

 private:
  RowNodePtr child_;
  SortSpec spec_;
};

class FirstOfEachRun : public RowRun {
 public:
  FirstOfEachRun(std::unique_ptr<RowRun> child, const std::vector<SortKey>& keys)
      : child_(std::move(child)), keys_(keys) {}

  SqlResult<Step> next(Row& row) override {
    for (;;) {
      auto step = child_->next(row);
      if (!step || *step != Step::kRow) return step;
      if (first_ || differs(row)) {
        first_ = false;
        last_ = row;
        return Step::kRow;
      }
    }
  }

 private:
  bool differs(const Row& row) const {
    return std::any_of(keys_.begin(), keys_.end(), [&](const SortKey& key) {
      auto at = static_cast<size_t>(key.expr->index);
      return compare_key(key, last_[at], row[at]) != 0;
    });
  }

  std::unique_ptr<RowRun> child_;
  const std::vector<SortKey>& keys_;
  Row last_;
  bool first_ = true;
};

class FirstOfEachNode : public RowNode {
 public:
  FirstOfEachNode(RowNodePtr child, std::vector<SortKey> keys)
      : child_(std::move(child)), keys_(std::move(keys)) {}

  std::unique_ptr<RowRun> open(const RunContext& context) const override {
    return std::make_unique<FirstOfEachRun>(child_->open(context), keys_);
  }
  void explain(ExplainText& out, int depth) const override {
    out.node(depth, "Unique");
    child_->explain(out, depth + 1);
  }

 private:
  RowNodePtr child_;
  std::vector<SortKey> keys_;
};

}  // namespace

int compare_key(const SortKey& key, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) {
    if (a.is_null() && b.is_null()) return 0;
    return a.is_null() == key.nulls_first ? -1 : 1;
  }
  auto order = compare(key.expr->type.id, a, b);
  int sign = order < 0 ? -1 : order > 0 ? 1 : 0;
  return key.descending ? -sign : sign;
}

int compare_keys(const std::vector<SortKey>& keys, const Row& a, const Row& b, size_t first) {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (int order = compare_key(keys[i], a[first + i], b[first + i]); order != 0) return order;
  }
  return 0;
}

std::string print(const SortKey& key, bool qualified) {
  std::string text = print(*key.expr, qualified);
  if (key.descending) text += " DESC";
  if (key.nulls_first != key.descending) text += key.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  return text;
}

RowNodePtr make_sort(RowNodePtr child, SortSpec spec) {
  return std::make_shared<SortNode>(std::move(child), std::move(spec));
}
RowNodePtr make_first_of_each(RowNodePtr child, std::vector<SortKey> keys) {
  return std::make_shared<FirstOfEachNode>(std::move(child), std::move(keys));
}

}  // namespace wallaby::sql
