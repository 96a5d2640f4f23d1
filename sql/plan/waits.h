// sql/plan/waits.h
//
// Functions that wait, as columns among others:
//
//     SELECT clock_timestamp(), pg_sleep(1), clock_timestamp()      two times, a second apart
//
// Evaluating an expression cannot stop half way. So a call that has to wait notes what it asks and fails; the node of the
// plan keeps the row and its columns that are done, and rests (Step::kRest). The session finds the answer, and the same column is
// evaluated again: now its calls get what they asked for.
//
//     SELECT pg_sleep(1)::text || wallaby_step(1)
//       1st   pg_sleep asks                              rest, wait for a second
//       2nd   pg_sleep -> '', wallaby_step asks          rest, wait for the node
//       3rd   pg_sleep -> '', wallaby_step -> '...'      the column's value
//
// So waiting is possible where a run can rest: in the columns of a SELECT, in a function in FROM. In WHERE, ORDER BY, an
// aggregate, a subquery of an expression, and in statements that write it is refused with 0A000.
//
// Invariant: only the newest of the noted calls may have no value. Ownership: the statement's, which outlives its run.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "sql/plan/bound.h"

namespace wallaby::sql {

struct WaitingCall {
  std::string name;
  Row arguments;
  std::optional<Value> value;  ///< the answer
  bool sent = false;           ///< the node has been asked
  TimePoint until = kNever;    ///< when it ends by itself: pg_sleep, time limits
};

class Waits {
 public:
  /// The call whose answer is to be found; null: there is none.
  WaitingCall* asked() { return !calls_.empty() && !calls_.back().value ? &calls_.back() : nullptr; }
  /// True inside of an expression that can be evaluated again.
  bool possible() const { return possible_; }
  /// What the function is worth. An error: it is asked() now.
  SqlResult<Value> call(std::string_view name, std::span<const Value> arguments);

 private:
  friend SqlResult<std::optional<Value>> evaluate_or_wait(const Bound& expr, const Frame& frame);
  std::vector<WaitingCall> calls_;  ///< of the expression that is being evaluated, in their order
  size_t next_ = 0;
  bool possible_ = false;
};

/// Nothing: the expression waits. Rest, and evaluate it again before any other.
SqlResult<std::optional<Value>> evaluate_or_wait(const Bound& expr, const Frame& frame);

/// 0A000
SqlError cannot_wait(std::string_view function);

}  // namespace wallaby::sql
