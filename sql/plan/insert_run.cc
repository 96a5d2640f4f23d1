// INSERT: running a plan.
#include <set>

#include "sql/plan/insert_plan.h"

namespace wallaby::sql {
namespace {

class InsertExecution : public ChangeExecution {
 public:
  InsertExecution(const InsertPlan& plan, ExecContext& exec)
      : ChangeExecution(*plan.table, plan.returning, exec), plan_(plan) {}

 private:
  SqlResult<void> change() override {
    if (plan_.source) return insert_query();
    for (const std::vector<ColumnFill>& fills : plan_.values)
      if (auto inserted = insert_row(fills, {}); !inserted) return inserted;
    return {};
  }

  /// The query is read to its end first: it may read the table that grows.
  SqlResult<void> insert_query() {
    RunContext context{exec_, state_, {}};
    std::unique_ptr<RowRun> run = plan_.source->open(context);
    std::vector<Row> rows;
    Holding memory(state_);
    while (true) {
      Row row;
      auto step = run->next(row);
      if (!step) return std::unexpected(step.error());
      if (*step == Step::kEnd) break;
      if (*step == Step::kRest) continue;
      if (auto held = memory.add(row); !held) return held;
      rows.push_back(std::move(row));
    }
    for (const Row& row : rows)
      if (auto inserted = insert_row(plan_.fills, row); !inserted) return inserted;
    return {};
  }

  SqlResult<void> insert_row(const std::vector<ColumnFill>& fills, std::span<const Value> source_row) {
    Row row;
    row.reserve(fills.size());
    for (const ColumnFill& fill : fills) {
      auto value = evaluate_fill(fill, frame(source_row), exec_);
      if (!value) return std::unexpected(value.error());
      row.push_back(std::move(*value));
    }
    if (auto complete = check_not_null(*plan_.table, row); !complete) return complete;
    if (plan_.conflict) {
      auto conflict = find_conflict(row);
      if (!conflict) return std::unexpected(conflict.error());
      if (*conflict) return plan_.conflict->update ? update_row(**conflict, row) : SqlResult<void>();
    }
    auto key = writer_.insert(row);
    if (!key) return std::unexpected(key.error());
    if (plan_.conflict && plan_.conflict->update) changed_keys_.insert(std::move(*key));
    return done(row);
  }

  SqlResult<std::optional<StoredRow>> find_conflict(const Row& row) const {
    if (plan_.conflict->primary)
      if (auto found = writer_.find_conflict(row, nullptr); !found || *found) return found;
    for (const Index* index : plan_.conflict->indexes)
      if (auto found = writer_.find_conflict(row, index); !found || *found) return found;
    return std::optional<StoredRow>();
  }

  SqlResult<void> update_row(const StoredRow& stored, const Row& proposed) {
    if (changed_keys_.contains(stored.key))
      return sql_error("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time")
          .hint(
              "Ensure that no rows proposed for insertion within the same command have duplicate constrained "
              "values.");
    Row both = stored.values;
    both.insert(both.end(), proposed.begin(), proposed.end());
    auto wanted = passes(plan_.conflict->where, frame(both));
    if (!wanted) return std::unexpected(wanted.error());
    if (!*wanted) return {};
    auto row = assign(plan_.conflict->assignments, stored.values, frame(both), exec_);
    if (!row) return std::unexpected(row.error());
    if (auto complete = check_not_null(*plan_.table, *row); !complete) return complete;
    if (auto updated = writer_.update(stored, *row); !updated) return updated;
    changed_keys_.insert(plan_.table->primary_key.empty() ? stored.key : encode_key(*plan_.table, *row));
    return done(*row);
  }

  const InsertPlan& plan_;
  std::set<std::string> changed_keys_;  ///< rows that this statement inserted or updated
};

}  // namespace

std::unique_ptr<Execution> InsertPlan::start(ExecContext& context) const {
  return std::make_unique<InsertExecution>(*this, context);
}

std::vector<std::string> InsertPlan::explain() const {
  ExplainText text;
  text.node(0, "Insert on " + table->name);
  if (conflict) {
    text.property(0, std::string("Conflict Resolution: ") + (conflict->update ? "UPDATE" : "NOTHING"));
    std::string keys = conflict->primary ? table->primary_key_name : "";
    for (const Index* index : conflict->indexes) keys += (keys.empty() ? "" : ", ") + index->name;
    if (!keys.empty()) text.property(0, "Conflict Arbiter Indexes: " + keys);
    if (conflict->where) text.property(0, "Conflict Filter: " + print(*conflict->where));
  }
  if (source) {
    source->explain(text, 1);
  } else {
    text.node(1, values.size() > 1 ? "Values Scan on \"*VALUES*\"" : "Result");
  }
  return text.take();
}

}  // namespace wallaby::sql
