#include "sql/plan/query_state.h"

#include "sql/plan/subquery.h"

namespace wallaby::sql {

size_t memory_of(const Row& row) {
  size_t bytes = sizeof(Row) + row.size() * sizeof(Value);
  for (const Value& value : row) {
    if (const auto* text = std::get_if<std::string>(&value.data)) {
      if (text->capacity() > 15) bytes += text->capacity() + 1;
    } else if (const auto* array = std::get_if<Array>(&value.data)) {
      bytes += memory_of(**array);
    }
  }
  return bytes;
}

QueryState::QueryState() = default;
QueryState::~QueryState() = default;

SqlResult<void> QueryState::hold(size_t bytes) {
  if (held_ + bytes > kMaxStatementMemory) {
    return sql_error("53200", "out of memory: this statement would hold more than {} MiB of rows",
                     kMaxStatementMemory >> 20)
        .hint(
            "Sort, group or join fewer rows: narrow them down with WHERE, or create an index for the order.");
  }
  held_ += bytes;
  return {};
}

SubqueryRun& QueryState::subquery(const SubqueryPlan& plan) {
  auto& run = subqueries_[&plan];
  if (!run) run = std::make_unique<SubqueryRun>(plan, *this);
  return *run;
}

}  // namespace wallaby::sql
