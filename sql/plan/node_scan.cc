// Leaves: rows of stored and of virtual tables.

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "sql/plan/row_nodes.h"

namespace wallaby::sql {
namespace {

class ScanRun : public RowRun {
 public:
  ScanRun(const AccessPath& path, bool lock, const RunContext& context)
      : path_(path), lock_(lock), context_(context), reader_(path, context) {}

  SqlResult<Step> next(Row& row) override {
    auto step = reader_.next(stored_);
    if (!step || *step != Step::kRow) return step;
    if (lock_) {
      if (auto locked = lock(); !locked) return std::unexpected(locked.error());
    }
    row = std::move(stored_.values);
    return Step::kRow;
  }

 private:
  SqlResult<void> lock() {
    const DataSource& source = context_.exec.source;
    if (!source.transaction()) return {};
    auto value = source.get(path_.table->name, stored_.key);
    if (!value) return {};
    auto put = source.transaction()->put(path_.table->name, stored_.key, std::string(*value));
    if (!put) return from_node(put.error());
    return {};
  }

  const AccessPath& path_;
  bool lock_;
  RunContext context_;
  TableReader reader_;
  StoredRow stored_;
};

class ScanNode : public RowNode {
 public:
  ScanNode(AccessPath path, bool lock) : path_(std::move(path)), lock_(lock) {}

  std::unique_ptr<RowRun> open(const RunContext& context) const override {
    return std::make_unique<ScanRun>(path_, lock_, context);
  }
  void explain(ExplainText& out, int depth) const override {
    if (lock_) out.node(depth++, "LockRows");
    path_.explain(out, depth);
  }

 private:
  AccessPath path_;
  bool lock_;
};

class PointScanRun : public RowRun {
 public:
  PointScanRun(const AccessPath& path, const std::vector<int>& columns, const RunContext& context)
      : path_(path), columns_(columns), context_(context) {}

  SqlResult<Step> next(Row& row) override {
    if (std::exchange(done_, true)) return Step::kEnd;
    AccessRun run(path_, context_);
    if (auto started = run.start({}); !started) return std::unexpected(started.error());
    // One row: there is nothing to rest from.
    int64_t budget = std::exchange(context_.exec.budget, INT64_MAX);
    auto step = run.next(stored_);
    context_.exec.budget = budget - 1;
    if (!step || *step != Step::kRow) return step;
    row.clear();
    row.reserve(columns_.size());
    for (int column : columns_) row.push_back(stored_.values[static_cast<size_t>(column)]);
    return Step::kRow;
  }

 private:
  const AccessPath& path_;
  const std::vector<int>& columns_;
  RunContext context_;
  StoredRow stored_;
  bool done_ = false;
};

class PointScanNode : public RowNode {
 public:
  PointScanNode(AccessPath path, std::vector<int> columns)
      : path_(std::move(path)), columns_(std::move(columns)) {}

  std::unique_ptr<RowRun> open(const RunContext& context) const override {
    return std::make_unique<PointScanRun>(path_, columns_, context);
  }
  void explain(ExplainText& out, int depth) const override { path_.explain(out, depth); }

 private:
  AccessPath path_;
  std::vector<int> columns_;
};

class VirtualScanRun : public RowRun {
 public:
  VirtualScanRun(const VirtualTable& table, const RunContext& context) : table_(table), context_(context) {}

  SqlResult<Step> next(Row& row) override {
    if (!rows_) {
      auto rows = context_.exec.views->rows(table_);
      if (!rows) return std::unexpected(rows.error());
      rows_ = std::move(*rows);
    }
    if (context_.exec.budget <= 0) return Step::kRest;
    if (next_ == rows_->size()) return Step::kEnd;
    --context_.exec.budget;
    row = std::move((*rows_)[next_++]);
    return Step::kRow;
  }

 private:
  const VirtualTable& table_;
  RunContext context_;
  std::optional<std::vector<Row>> rows_;
  size_t next_ = 0;
};

class VirtualScanNode : public RowNode {
 public:
  VirtualScanNode(VirtualTable table, std::string alias)
      : table_(std::move(table)), alias_(std::move(alias)) {}

  std::unique_ptr<RowRun> open(const RunContext& context) const override {
    return std::make_unique<VirtualScanRun>(table_, context);
  }
  void explain(ExplainText& out, int depth) const override {
    bool renamed = !alias_.empty() && alias_ != table_.name;
    out.node(depth,
             fmt::format("Seq Scan on {}{}{}", table_.name, renamed ? " " : "", renamed ? alias_ : ""));
  }

 private:
  VirtualTable table_;
  std::string alias_;
};

}  // namespace

RowNodePtr make_scan(AccessPath path, bool lock) {
  return std::make_shared<ScanNode>(std::move(path), lock);
}

RowNodePtr make_point_scan(AccessPath path, std::vector<int> columns) {
  return std::make_shared<PointScanNode>(std::move(path), std::move(columns));
}

RowNodePtr make_virtual_scan(const VirtualTable& table, std::string alias) {
  return std::make_shared<VirtualScanNode>(table, std::move(alias));
}

}  // namespace wallaby::sql
