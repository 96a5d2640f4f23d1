// Joins. Two ways:
//
//     by lookup   for each left row, the right rows are read by key                 inner and left joins
//     in memory   the right side is read once, into a hash table when the join has equalities, and kept        all kinds
//
// RIGHT and FULL remember which right rows have met a left row; the others come at the end.

#include <optional>
#include <unordered_map>
#include <utility>

#include "sql/plan/row_nodes.h"
#include "sql/types/compare.h"

namespace wallaby::sql {
namespace {

using ast::JoinKind;

bool keeps_left(JoinKind kind) {
  return kind == JoinKind::kLeft || kind == JoinKind::kFull;
}
bool keeps_right(JoinKind kind) {
  return kind == JoinKind::kRight || kind == JoinKind::kFull;
}

const char* title(JoinKind kind, bool hash) {
  switch (kind) {
    case JoinKind::kLeft: return hash ? "Hash Left Join" : "Nested Loop Left Join";
    case JoinKind::kRight: return hash ? "Hash Right Join" : "Nested Loop Right Join";
    case JoinKind::kFull: return hash ? "Hash Full Join" : "Nested Loop Full Join";
    default: return hash ? "Hash Join" : "Nested Loop";
  }
}

void put_side(Row& out, size_t at, const Row& side) {
  for (const Value& value : side) out[at++] = value;
}
void clear_side(Row& out, size_t at, size_t width) {
  for (size_t i = 0; i < width; ++i) out[at + i] = Value();
}

class LookupJoinRun : public RowRun {
 public:
  LookupJoinRun(std::unique_ptr<RowRun> left, const AccessPath& path, const JoinSpec& spec,
                const RunContext& context)
      : left_(std::move(left)), path_(path), spec_(spec), context_(context), right_(path, context) {}

  SqlResult<Step> next(Row& row) override {
    for (;;) {
      if (!in_row_) {
        auto step = left_->next(left_row_);
        if (!step || *step != Step::kRow) return step;
        if (auto started = right_.start(left_row_); !started) return std::unexpected(started.error());
        in_row_ = true;
        matched_ = false;
      }
      auto step = right_.next(right_row_);
      if (!step || *step == Step::kRest) return step;
      row.resize(spec_.left_width + spec_.right_width);
      put_side(row, 0, left_row_);
      if (*step == Step::kEnd) {
        in_row_ = false;
        if (matched_ || !keeps_left(spec_.kind)) continue;
        clear_side(row, spec_.left_width, spec_.right_width);
        return Step::kRow;
      }
      put_side(row, spec_.left_width, right_row_.values);
      auto keep = passes(path_.filter, context_.frame(row));
      if (!keep) return std::unexpected(keep.error());
      if (!*keep) continue;
      matched_ = true;
      return Step::kRow;
    }
  }

 private:
  std::unique_ptr<RowRun> left_;
  const AccessPath& path_;
  const JoinSpec& spec_;
  RunContext context_;
  AccessRun right_;
  Row left_row_;
  StoredRow right_row_;
  bool in_row_ = false, matched_ = false;
};

class LookupJoinNode : public RowNode {
 public:
  LookupJoinNode(RowNodePtr left, AccessPath path, JoinSpec spec)
      : left_(std::move(left)), path_(std::move(path)), spec_(std::move(spec)) {}

  std::unique_ptr<RowRun> open(const RunContext& context) const override {
    return std::make_unique<LookupJoinRun>(left_->open(context), path_, spec_, context);
  }
  void explain(ExplainText& out, int depth) const override {
    out.node(depth, title(spec_.kind, false));
    left_->explain(out, depth + 1);
    path_.explain(out, depth + 1);
  }

 private:
  RowNodePtr left_;
  AccessPath path_;
  JoinSpec spec_;
};

class MemoryJoinRun : public RowRun {
 public:
  MemoryJoinRun(std::unique_ptr<RowRun> left, std::unique_ptr<RowRun> right, const JoinSpec& spec,
                const RunContext& context)
      : left_(std::move(left)),
        right_(std::move(right)),
        spec_(spec),
        context_(context),
        memory_(context.state) {}

  SqlResult<Step> next(Row& row) override {
    if (!built_) {
      auto step = build();
      if (!step || *step == Step::kRest) return step;
    }
    row.resize(spec_.left_width + spec_.right_width);
    while (!left_done_) {
      if (!in_row_) {
        auto step = left_->next(left_row_);
        if (!step || *step == Step::kRest) return step;
        if (*step == Step::kEnd) {
          left_done_ = true;
          break;
        }
        if (auto begun = begin_row(row); !begun) return std::unexpected(begun.error());
      }
      auto step = next_match(row);
      if (!step || *step != Step::kEnd) return step;
      in_row_ = false;
      if (matched_ || !keeps_left(spec_.kind)) continue;
      clear_side(row, spec_.left_width, spec_.right_width);
      return Step::kRow;
    }
    return next_unmatched(row);
  }

 private:
  /// The values that a hash join compares; nullopt when one is NULL, which equals nothing.
  SqlResult<std::optional<size_t>> hash_keys(std::span<const Value> row, bool left, Row& keys) {
    keys.clear();
    size_t hashed = 0;
    for (size_t i = 0; i < spec_.keys.size(); ++i) {
      auto value = evaluate(left ? *spec_.keys[i].first : *spec_.keys[i].second, context_.frame(row));
      if (!value) return std::unexpected(value.error());
      if (value->is_null()) return std::nullopt;
      hashed = hashed * 31 + hash(spec_.key_types[i], *value);
      keys.push_back(std::move(*value));
    }
    return std::optional(hashed);
  }

  SqlResult<Step> build() {
    for (;;) {
      Row row;
      auto step = right_->next(row);
      if (!step || *step == Step::kRest) return step;
      if (*step == Step::kEnd) break;
      if (auto held = memory_.add(memory_of(row) + 64); !held) return std::unexpected(held.error());
      if (!spec_.keys.empty()) {
        Row keys;
        auto hashed = hash_keys(row, false, keys);
        if (!hashed) return std::unexpected(hashed.error());
        if (*hashed) by_hash_.emplace(**hashed, rows_.size());
        right_keys_.push_back(std::move(keys));
      }
      rows_.push_back(std::move(row));
    }
    right_.reset();
    right_matched_.resize(rows_.size());
    built_ = true;
    return Step::kEnd;
  }

  SqlResult<void> begin_row(Row& row) {
    in_row_ = true;
    matched_ = false;
    next_right_ = 0;
    put_side(row, 0, left_row_);
    if (spec_.keys.empty()) return {};
    auto hashed = hash_keys(left_row_, true, left_keys_);
    if (!hashed) return std::unexpected(hashed.error());
    candidates_ = *hashed ? by_hash_.equal_range(**hashed) : std::pair(by_hash_.end(), by_hash_.end());
    return {};
  }

  /// The next right row that may match; nullopt: no more.
  std::optional<size_t> next_candidate() {
    if (spec_.keys.empty()) return next_right_ < rows_.size() ? std::optional(next_right_++) : std::nullopt;
    while (candidates_.first != candidates_.second) {
      size_t at = candidates_.first->second;
      ++candidates_.first;
      bool equal = true;
      for (size_t i = 0; equal && i < left_keys_.size(); ++i) {
        equal = compare(spec_.key_types[i], left_keys_[i], right_keys_[at][i]) == 0;
      }
      if (equal) return at;
    }
    return std::nullopt;
  }

  SqlResult<Step> next_match(Row& row) {
    for (;;) {
      if (context_.exec.budget <= 0) return Step::kRest;
      auto at = next_candidate();
      if (!at) return Step::kEnd;
      --context_.exec.budget;
      // Resting may have given the row to somebody else: both sides are written again.
      put_side(row, 0, left_row_);
      put_side(row, spec_.left_width, rows_[*at]);
      auto keep = passes(spec_.condition, context_.frame(row));
      if (!keep) return std::unexpected(keep.error());
      if (!*keep) continue;
      matched_ = true;
      right_matched_[*at] = true;
      return Step::kRow;
    }
  }

  SqlResult<Step> next_unmatched(Row& row) {
    if (!keeps_right(spec_.kind)) return Step::kEnd;
    while (unmatched_ < rows_.size()) {
      size_t at = unmatched_++;
      if (right_matched_[at]) continue;
      clear_side(row, 0, spec_.left_width);
      put_side(row, spec_.left_width, rows_[at]);
      return Step::kRow;
    }
    return Step::kEnd;
  }

  using ByHash = std::unordered_multimap<size_t, size_t>;
  std::unique_ptr<RowRun> left_, right_;
  const JoinSpec& spec_;
  RunContext context_;
  Holding memory_;
  std::vector<Row> rows_, right_keys_;
  std::vector<bool> right_matched_;
  ByHash by_hash_;
  std::pair<ByHash::const_iterator, ByHash::const_iterator> candidates_;
  Row left_row_, left_keys_;
  size_t next_right_ = 0, unmatched_ = 0;
  bool built_ = false, left_done_ = false, in_row_ = false, matched_ = false;
};

class MemoryJoinNode : public RowNode {
 public:
  MemoryJoinNode(RowNodePtr left, RowNodePtr right, JoinSpec spec)
      : left_(std::move(left)), right_(std::move(right)), spec_(std::move(spec)) {}

  std::unique_ptr<RowRun> open(const RunContext& context) const override {
    return std::make_unique<MemoryJoinRun>(left_->open(context), right_->open(context), spec_, context);
  }
  void explain(ExplainText& out, int depth) const override {
    bool hash = !spec_.keys.empty();
    out.node(depth, title(spec_.kind, hash));
    if (hash) out.property(depth, "Hash Cond", spec_.key_condition);
    out.property(depth, "Join Filter", spec_.condition);
    left_->explain(out, depth + 1);
    out.node(depth + 1, hash ? "Hash" : "Materialize");
    right_->explain(out, depth + 2);
  }

 private:
  RowNodePtr left_, right_;
  JoinSpec spec_;
};

}  // namespace

RowNodePtr make_join(RowNodePtr left, RowNodePtr right, JoinSpec spec) {
  return std::make_shared<MemoryJoinNode>(std::move(left), std::move(right), std::move(spec));
}
RowNodePtr make_lookup_join(RowNodePtr left, AccessPath path, JoinSpec spec) {
  return std::make_shared<LookupJoinNode>(std::move(left), std::move(path), std::move(spec));
}

}  // namespace wallaby::sql
