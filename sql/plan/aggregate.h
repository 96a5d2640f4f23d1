// sql/plan/aggregate.h
//
// Aggregates: one value from many rows. Which there are, what type they give, and how they are computed.
//
//     count(*) count(x) sum avg min max bool_and bool_or every string_agg       with DISTINCT, FILTER and ORDER BY inside
//
// Types as in PostgreSQL: sum of integer is bigint, of bigint numeric; avg of integers is numeric; min and max keep the type.
// NULLs are left out, and without any value the result is NULL (count: 0).
//
// Memory: DISTINCT and ORDER BY keep the values until the group is complete; they are held against the statement's limit.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sql/plan/bound.h"
#include "sql/plan/query_state.h"
#include "sql/plan/sort_key.h"

namespace wallaby::sql {

enum class AggregateKind : uint8_t {
  kCountRows,
  kCount,
  kSum,
  kAvg,
  kMin,
  kMax,
  kBoolAnd,
  kBoolOr,
  kStringAgg
};

struct AggregateCall {
  AggregateKind kind = AggregateKind::kCountRows;
  std::string name;
  std::vector<BoundPtr> args;
  BoundPtr filter;
  bool distinct = false;
  std::vector<SortKey> order_by;
  Type type;  ///< of the result
};

/// True for every aggregate of PostgreSQL, ours or not.
bool is_aggregate(std::string_view name);
/// The call's kind and result type; `types` may be changed to what the arguments are to be cast to. 42883, 42809; 0A000 for those that we lack.
SqlResult<AggregateCall> resolve_aggregate(std::string_view name, bool star, std::vector<TypeId>& types);

/// One aggregate over one group.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  /// `arguments` as the call has them, for a row that the filter lets through.
  virtual SqlResult<void> add(std::span<const Value> arguments) = 0;
  virtual SqlResult<Value> result() = 0;
};
std::unique_ptr<Accumulator> make_accumulator(const AggregateCall& call, Holding& memory);

}  // namespace wallaby::sql
