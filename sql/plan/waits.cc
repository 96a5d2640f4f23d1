#include "sql/plan/waits.h"

#include <utility>

#include <fmt/format.h>

namespace wallaby::sql {

SqlError cannot_wait(std::string_view function) {
  return not_supported(fmt::format("{}() here", function),
                       "It waits, so it is a column of a SELECT, or a function in FROM.");
}

SqlResult<Value> Waits::call(std::string_view name, std::span<const Value> arguments) {
  if (next_ < calls_.size()) {
    const WaitingCall& known = calls_[next_++];
    if (known.name == name) return *known.value;
    // CASE WHEN random() < 0.5 THEN pg_sleep(1) ...: it went another way than before.
    return std::unexpected(cannot_wait(name));
  }
  calls_.push_back({std::string(name), {arguments.begin(), arguments.end()}, {}});
  return sql_error("55000", "{}() waits", name);
}

SqlResult<std::optional<Value>> evaluate_or_wait(const Bound& expr, const Frame& frame) {
  Waits* waits = frame.exec->waits;
  if (waits) {
    waits->next_ = 0;
    waits->possible_ = true;
  }
  auto value = evaluate(expr, frame);
  if (waits) {
    waits->possible_ = false;
    if (waits->asked()) return std::nullopt;
    waits->calls_.clear();
  }
  if (!value) return std::unexpected(std::move(value.error()));
  return std::move(*value);
}

}  // namespace wallaby::sql
