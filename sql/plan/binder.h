// sql/plan/binder.h
//
// Gives a statement's expressions their meaning: names become columns, signs become operators, and every node gets a
// type, by PostgreSQL's rules.
//
//     Binder binder(context, statement);
//     auto where = binder.bind_condition(*select.where, scope, {"WHERE"});
//     auto value = binder.assign(*binder.bind(*expr, scope, {"VALUES"}), column);
//     auto types = binder.parameters();                    42P18 when one stayed without a type
//
// Types of parameters come from where they stand: `id = $1` makes $1 what id is, LIMIT $1 a bigint, a bare $1 in a SELECT list text. A string literal
// is of type unknown in the same way, and read as what it turns out to be: 22P02 at its position when it cannot be.
//
// A parameter's type is settled by its first use that says one; another use that wants another type is 42P08.
//
// Owns nothing but the parameter types. It refers to the context and the statement. One binder a statement.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/parser/ast.h"
#include "sql/plan/aggregate.h"
#include "sql/plan/bound.h"
#include "sql/plan/plan.h"
#include "sql/plan/scope.h"

namespace wallaby::sql {

/// Where an expression stands, as messages name it, and what it may hold there.
struct Place {
  std::string_view name;                             ///< "WHERE", "GROUP BY", ...
  std::vector<AggregateCall>* aggregates = nullptr;  ///< null: they are not allowed here
  bool default_allowed = false;                      ///< DEFAULT, in VALUES of INSERT and in SET
  std::string_view aggregates_refused = {};          ///< another message for an aggregate that is not allowed
  bool may_wait = false;                             ///< functions that wait (sql/plan/waits.h)
};

/// WITH: a query under a name.
struct NamedQuery {
  const ast::CommonTable* table = nullptr;
  Outer* outer = nullptr;
};

class Binder {
 public:
  Binder(const PlanContext& context, const ast::Statement& statement);
  Binder(const Binder&) = delete;
  Binder& operator=(const Binder&) = delete;

  SqlResult<BoundPtr> bind(const ast::Expr& expr, Scope& scope, const Place& place);
  /// 42804 `argument of WHERE must be type boolean, not type integer`.
  SqlResult<BoundPtr> bind_condition(const ast::Expr& expr, Scope& scope, const Place& place);
  /// Literals and parameters that nothing gave a type become text.
  SqlResult<BoundPtr> settle(BoundPtr expr);
  /// To another type; null when there is no such cast. Unknown literals are read (22P02 and so on at their position).
  SqlResult<BoundPtr> coerce(BoundPtr expr, Type to, CastKind kind);
  /// As storing into a column does; 42804 when it does not fit. kDefault nodes stay.
  SqlResult<BoundPtr> assign(BoundPtr expr, const Column& column);
  /// All to the type that CASE, UNION, ... give them. `what` as messages name it: "CASE". 42804 `CASE types integer and boolean cannot be matched`.
  SqlResult<TypeId> unify(std::vector<BoundPtr>& exprs, std::string_view what);
  /// 42704 `type "foo" does not exist`; 0A000 for those that only PostgreSQL has.
  SqlResult<Type> type_of(const ast::TypeName& name);
  /// `left op right` for bound sides (also row by row for UNION, IN, USING).
  SqlResult<BoundPtr> compare(std::string_view op, BoundPtr left, BoundPtr right, int location);

  /// The type of every parameter, once all is bound.
  SqlResult<std::vector<TypeId>> parameters() const;

  const PlanContext& context() const { return context_; }
  std::string_view text() const { return text_; }
  /// 1-based characters, as errors count.
  int position(int location) const { return position_of(text_, location); }

  std::vector<NamedQuery> named_queries;  ///< visible here, the innermost last
  /// Subqueries that use nothing from outside: they can be run ahead of the rows that ask for them.
  std::vector<std::shared_ptr<const SubqueryPlan>> independent_subqueries;
  int tables = 0;                ///< that the statement reads, for EXPLAIN
  bool moves_sequences = false;  ///< it calls nextval() or setval(): it writes

 private:
  friend class ExprBinder;
  SqlResult<BoundPtr> coerce_parameter(BoundPtr expr, Type to);
  SqlResult<BoundPtr> coerce_unknown(BoundPtr expr, Type to, CastKind kind);
  SqlResult<BoundPtr> fit(BoundPtr expr, Type to, CastKind kind);

  const PlanContext& context_;
  std::string_view text_;
  std::vector<TypeId> parameters_;  ///< kUnknown: not yet settled
  std::vector<int> parameter_locations_;
  int depth_ = 0;
};

/// The name that PostgreSQL gives a result column without an alias: "count", "?column?".
std::string column_name(const ast::Expr& expr);

}  // namespace wallaby::sql
