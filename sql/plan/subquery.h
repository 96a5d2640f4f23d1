// sql/plan/subquery.h
//
// A query inside an expression, and what it gave.
//
//     (SELECT max(price) FROM items)                  run once, its value kept for all rows
//     EXISTS (SELECT FROM orders o WHERE o.user = u.id)   uses u.id: run for each row, with u.id as its argument
//
// One that uses nothing of the query around is run before the first row is asked for, with rests (run_ahead); its error, if it has
// one, still comes only when a row reaches it. One that does is run in one piece inside the row that needs it.
//
// x IN (SELECT ...) keeps the values in a hash set.
#pragma once

#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

#include "sql/parser/ast_query.h"
#include "sql/plan/row_node.h"

namespace wallaby::sql {

struct SubqueryPlan {
  ast::SubqueryKind kind = ast::SubqueryKind::kScalar;
  RowNodePtr node;
  BoundPtr value;         ///< of each row: what is compared or given; null for EXISTS
  bool has_left = false;  ///< the expression's first arg is the left side
  bool correlated = false;
  bool hashed = false;  ///< = ANY of a type that compare() knows: compare_type says it
  TypeId compare_type = TypeId::kInvalid;
};

/// A set of values of one type.
struct ValueHash {
  TypeId type;
  size_t operator()(const Value& value) const;
};
struct ValueEqual {
  TypeId type;
  bool operator()(const Value& a, const Value& b) const;
};
using ValueSet = std::unordered_set<Value, ValueHash, ValueEqual>;

class SubqueryRun {
 public:
  SubqueryRun(const SubqueryPlan& plan, QueryState& state) : plan_(plan), state_(state), memory_(state) {}

  /// Forgets what was found for other arguments.
  void begin(Row arguments);
  bool done() const { return done_; }
  /// kEnd: done. kRest: call again. The query's own error is kept for answer().
  Step step(ExecContext& exec);
  /// Of the expression, after it is done.
  SqlResult<Value> answer(const Bound& expr, const Value& left, const Frame& frame);

 private:
  SqlResult<bool> take(ExecContext& exec);
  SqlResult<Value> any_all(const Bound& expr, const Value& left, const Frame& frame) const;

  const SubqueryPlan& plan_;
  QueryState& state_;
  Holding memory_;
  Row arguments_, row_;
  std::unique_ptr<RowRun> run_;
  bool done_ = false, has_null_ = false;
  size_t rows_ = 0;
  std::vector<Value> values_;
  std::optional<ValueSet> set_;
  std::optional<SqlError> error_;
};

}  // namespace wallaby::sql
