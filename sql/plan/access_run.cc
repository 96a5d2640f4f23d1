// Reading the rows that an access path leads to.

#include <algorithm>
#include <limits>
#include <utility>

#include "sql/plan/access_path.h"
#include "sql/storage/key_codec.h"

namespace wallaby::sql {
namespace {

constexpr size_t kFirstBatch = 4, kLargestBatch = 256;

/// The smallest key behind all that begin with `key`. A native table's key is one text without an end mark, so there it is only behind itself.
std::string behind(const Table& table, const Index* index, std::string key) {
  if (!index && table.origin == TableOrigin::kNative) {
    key += '\0';
    return key;
  }
  return prefix_end(std::move(key));
}

}  // namespace

TypeId AccessRun::part_type(size_t part) const {
  return path_.table->columns[path_.order()[part]].type.id;
}

void AccessRun::append_part(size_t part, const Value& value, std::string& out) const {
  if (path_.index)
    encode_key_part(part_type(part), value, out);
  else
    append_key_part(*path_.table, part, value, out);
}

/// False when an integer is beyond what the column can hold; then `out_of_range` says on which side.
bool AccessRun::narrow(size_t part, Value& value, int& out_of_range) const {
  const auto* integer = std::get_if<int64_t>(&value.data);
  if (!integer) return true;
  int64_t low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();
  if (part_type(part) == TypeId::kInt4) {
    low = std::numeric_limits<int32_t>::min();
    high = std::numeric_limits<int32_t>::max();
  } else if (part_type(part) == TypeId::kInt2) {
    low = std::numeric_limits<int16_t>::min();
    high = std::numeric_limits<int16_t>::max();
  }
  out_of_range = *integer < low ? -1 : *integer > high ? 1 : 0;
  return out_of_range == 0;
}

SqlResult<std::vector<Value>> AccessRun::any_values(const Frame& frame) const {
  std::vector<Value> values;
  for (const BoundPtr& expr : path_.any) {
    auto value = evaluate(*expr, frame);
    if (!value) return std::unexpected(value.error());
    values.push_back(std::move(*value));
  }
  if (!path_.any_is_array) return values;
  if (values[0].is_null()) return std::vector<Value>();
  return *values[0].array();
}

/// The ranges of the keys that begin with `prefix`, by the bounds of the next column.
SqlResult<void> AccessRun::add_ranges(const std::string& prefix, std::span<const Value> row) {
  Frame frame = context_.frame(row);
  size_t part = path_.equal.size();
  if (!path_.any.empty()) {
    auto values = any_values(frame);
    if (!values) return std::unexpected(values.error());
    for (Value& value : *values) {
      int out_of_range = 0;
      if (value.is_null() || !narrow(part, value, out_of_range)) continue;
      std::string key = prefix;
      append_part(part, value, key);
      ranges_.push_back({std::move(key), {}});
    }
    // In key order, and each once: IN (1, 1) is one row.
    auto by_key = [](const engine::KeyRange& a, const engine::KeyRange& b) { return a.from < b.from; };
    std::sort(ranges_.begin(), ranges_.end(), by_key);
    ranges_.erase(std::unique(ranges_.begin(), ranges_.end()), ranges_.end());
    if (path_.whole_key()) return {};
    for (engine::KeyRange& range : ranges_) range.to = behind(*path_.table, path_.index, range.from);
    return {};
  }
  engine::KeyRange range{prefix, prefix.empty() ? std::string() : behind(*path_.table, path_.index, prefix)};
  if (path_.whole_key()) {
    ranges_.push_back(std::move(range));
    return {};
  }
  auto bound_key = [&](const KeyBound& bound, bool lower, bool& nothing) -> SqlResult<void> {
    auto value = evaluate(*bound.value, frame);
    if (!value) return std::unexpected(value.error());
    if (value->is_null()) {
      nothing = true;
      return {};
    }
    int out_of_range = 0;
    if (!narrow(part, *value, out_of_range)) {
      nothing = nothing || (out_of_range > 0) == lower;
      return {};
    }
    std::string key = prefix;
    append_part(part, *value, key);
    bool past = bound.inclusive != lower;
    if (past) key = behind(*path_.table, path_.index, std::move(key));
    (lower ? range.from : range.to) = std::move(key);
    return {};
  };
  bool nothing = false;
  if ((path_.lower || path_.upper) && path_.index) {
    // NULLs stand last in an index, and no comparison is true for them.
    range.to = prefix;
    append_part(part, Value(), range.to);
  }
  if (path_.lower) {
    if (auto done = bound_key(*path_.lower, true, nothing); !done) return done;
  }
  if (path_.upper) {
    if (auto done = bound_key(*path_.upper, false, nothing); !done) return done;
  }
  bool empty = nothing || (!range.to.empty() && range.from >= range.to);
  if (!empty) ranges_.push_back(std::move(range));
  return {};
}

SqlResult<void> AccessRun::start(std::span<const Value> row) {
  ranges_.clear();
  next_range_ = 0;
  table_scan_.reset();
  index_scan_.reset();
  buffer_.clear();
  next_row_ = 0;
  batch_ = kFirstBatch;
  Frame frame = context_.frame(row);
  std::string prefix;
  for (size_t part = 0; part < path_.equal.size(); ++part) {
    Value scratch;
    auto value = refer(*path_.equal[part], frame, scratch);
    if (!value) return std::unexpected(value.error());
    if ((*value)->is_null()) return {};
    if (std::holds_alternative<int64_t>((*value)->data)) {
      Value integer = **value;
      int out_of_range = 0;
      if (!narrow(part, integer, out_of_range)) return {};
    }
    append_part(part, **value, prefix);
  }
  return add_ranges(prefix, row);
}

/// One of the keys that are given as a whole.
SqlResult<bool> AccessRun::find_key() {
  auto found = find_by_key(context_.exec.source, *path_.table, ranges_[next_range_++].from);
  if (!found) return std::unexpected(found.error());
  if (!*found) return false;
  buffer_.push_back(std::move(**found));
  return true;
}

/// False when there is nothing more.
SqlResult<bool> AccessRun::fill() {
  buffer_.clear();
  next_row_ = 0;
  for (;;) {
    if (table_scan_ || index_scan_) {
      auto read = table_scan_ ? table_scan_->next(batch_, buffer_) : index_scan_->next(batch_, buffer_);
      if (!read) return std::unexpected(read.error());
      batch_ = std::min(batch_ * 2, kLargestBatch);
      if (table_scan_ ? table_scan_->at_end() : index_scan_->at_end()) {
        table_scan_.reset();
        index_scan_.reset();
      }
      if (!buffer_.empty()) return true;
      continue;
    }
    if (next_range_ == ranges_.size()) return false;
    if (path_.whole_key()) {
      auto found = find_key();
      if (!found || *found) return found;
      continue;
    }
    engine::KeyRange range = ranges_[next_range_++];
    if (path_.index)
      index_scan_.emplace(context_.exec.source, path_.table, *path_.index, std::move(range));
    else
      table_scan_.emplace(context_.exec.source, path_.table, std::move(range));
  }
}

SqlResult<Step> AccessRun::next(StoredRow& row) {
  if (context_.exec.budget <= 0) return Step::kRest;
  if (next_row_ == buffer_.size()) {
    auto more = fill();
    if (!more) return std::unexpected(more.error());
    if (!*more) return Step::kEnd;
  }
  --context_.exec.budget;
  row = std::move(buffer_[next_row_++]);
  return Step::kRow;
}

SqlResult<Step> TableReader::next(StoredRow& row) {
  if (!std::exchange(started_, true)) {
    if (auto done = run_.start({}); !done) return std::unexpected(done.error());
  }
  for (;;) {
    auto step = run_.next(row);
    if (!step || *step != Step::kRow) return step;
    auto keep = passes(path_.filter, context_.frame(row.values));
    if (!keep) return std::unexpected(keep.error());
    if (*keep) return Step::kRow;
  }
}

}  // namespace wallaby::sql
