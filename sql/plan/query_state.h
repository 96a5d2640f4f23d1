// sql/plan/query_state.h
//
// What one run of a plan keeps beside its nodes: how much memory its sorts, hashes and subqueries hold, and what its
// subqueries gave.
//
// A statement that would hold more than kMaxStatementMemory ends with 53200 instead of taking the node's memory from the
// others. Sizes are estimates that err upwards.
//
// Ownership: the top execution owns it; it goes after the nodes' runs. Threads: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "sql/sql_error.h"
#include "sql/types/value.h"

namespace wallaby::sql {

struct SubqueryPlan;
class SubqueryRun;

inline constexpr size_t kMaxStatementMemory = 256 << 20;

/// Bytes that a row takes, about.
size_t memory_of(const Row& row);

class QueryState {
 public:
  QueryState();
  ~QueryState();
  QueryState(const QueryState&) = delete;
  QueryState& operator=(const QueryState&) = delete;

  /// 53200 when it is too much.
  SqlResult<void> hold(size_t bytes);
  void release(size_t bytes) { held_ -= bytes; }
  size_t held() const { return held_; }
  /// The state of a subquery, made on first use.
  SubqueryRun& subquery(const SubqueryPlan& plan);

 private:
  size_t held_ = 0;
  std::unordered_map<const SubqueryPlan*, std::unique_ptr<SubqueryRun>> subqueries_;
};

/// Memory that a node holds for as long as it runs: given back by itself.
class Holding {
 public:
  explicit Holding(QueryState& state) : state_(&state) {}
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;
  ~Holding() { clear(); }

  void clear() { drop(bytes_); }

  SqlResult<void> add(size_t bytes) {
    auto done = state_->hold(bytes);
    if (done) bytes_ += bytes;
    return done;
  }
  SqlResult<void> add(const Row& row) { return add(memory_of(row)); }
  void drop(size_t bytes) {
    state_->release(bytes);
    bytes_ -= bytes;
  }

 private:
  QueryState* state_;
  size_t bytes_ = 0;
};

}  // namespace wallaby::sql
