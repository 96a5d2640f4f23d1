// sql/plan/bound.h
//
// An expression whose names are looked up and whose types are settled: what is left is to compute it, row by row.
//
//     price * 2 > $1       Compare{>, Call{* of int4, Column{1}, Constant{2}}, Parameter{1}}        type boolean
//
// One kind of node for all: `kind` says what it is, `args` what it is made of. So walking, copying, comparing and
// printing an expression (bound.cc, print_bound.cc) need not know the kinds, and evaluating it (eval.cc) is one switch.
//
// Columns are positions in the row that the node of the plan works on. A subquery that uses a column of the query
// around it gets the value as an argument: args of its kSubquery node are computed outside, and inside they are kArgument.
//
// Truth has three values: a comparison with NULL is NULL, and WHERE keeps a row only when its condition is true.
//
// Ownership: nodes are shared, and never changed once the statement is planned. Errors: SqlError, without positions
// (PostgreSQL gives none at run time). Threads: none.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sql/plan/plan.h"
#include "sql/sql_error.h"
#include "sql/types/function.h"
#include "sql/types/type.h"
#include "sql/types/value.h"

namespace wallaby::sql {

struct Bound;
struct SubqueryPlan;  // sql/plan/subquery.h
class QueryState;     // sql/plan/query_state.h
using BoundPtr = std::shared_ptr<Bound>;

enum class BoundKind : uint8_t {
  kConstant,   ///< value
  kParameter,  ///< index: 1 is $1
  kColumn,     ///< index: position in the row
  kArgument,   ///< index: in the arguments of the subquery that it stands in
  kAggregate,  ///< index: in the query's aggregates; only until the query is planned (then it is a column)
  kCompare,    ///< compare, compare_type; two args of that type
  kCall,       ///< function
  kCast,       ///< cast_method, cast
  kFit,        ///< to type.modifier: varchar(n), numeric(p, s); explicit_fit: cut off rather than refuse
  kAnd,
  kOr,
  kNot,
  kIsNull,    ///< negated: IS NOT NULL
  kIsTrue,    ///< IS TRUE; negated: IS NOT TRUE
  kIsFalse,   ///< IS FALSE; negated: IS NOT FALSE
  kDistinct,  ///< IS DISTINCT FROM, by compare_type; negated: IS NOT DISTINCT FROM
  kInList,    ///< args[0] IN (the others), all of compare_type
  kAnyAll,    ///< args[0] op ANY (args[1], an array); all; compare when function is null, else function
  kArray,     ///< ARRAY[args]
  kCase,      ///< when, then, when, then, ..., else
  kCoalesce,
  kNullIf,  ///< args[0], and the comparison that makes it NULL
  kGreatest,
  kLeast,
  kSubquery,  ///< subquery; args: its arguments, after the left side of IN, ANY, ALL when it has one
  kDefault,   ///< DEFAULT in VALUES and SET: the one who assigns replaces it
};
enum class CompareOp : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
enum class CastMethod : uint8_t {
  kRelabel,   ///< the same bits
  kFunction,  ///< cast->evaluate
  kParse,     ///< text input of the type
  kPrint,     ///< text output of the type
};

struct Bound {
  BoundKind kind = BoundKind::kConstant;
  CompareOp compare = CompareOp::kEqual;
  CastMethod cast_method = CastMethod::kRelabel;
  bool negated = false, all = false, explicit_fit = false;
  Type type;
  TypeId compare_type = TypeId::kInvalid;
  int index = 0;
  int location = -1;  ///< byte offset where the expression begins in the query string, -1: unknown
  std::vector<BoundPtr> args;
  Value value;
  const Function* function = nullptr;
  const Cast* cast = nullptr;
  std::shared_ptr<const SubqueryPlan> subquery;
  std::string name;       ///< of a column ("t.c") or an operator, for messages and EXPLAIN
  Oid table = 0;          ///< a column's origin, for RowDescription; 0: none
  int16_t attribute = 0;  ///< its number there, from 1
};

BoundPtr make_constant(Type type, Value value, int location = -1);
BoundPtr make_null(Type type, int location = -1);
BoundPtr make_column(int index, Type type, std::string name, int location = -1);
BoundPtr make_bound(BoundKind kind, TypeId type, std::vector<BoundPtr> args, int location = -1);
/// kAnd of them; the condition itself when there is one, null when there is none.
BoundPtr make_and(std::vector<BoundPtr> conditions);
/// What AND joins, taken apart.
void split_and(const BoundPtr& condition, std::vector<BoundPtr>& out);

bool is_constant(const Bound& expr);
bool is_null_constant(const Bound& expr);
/// Calls `visit` for the node and, when it says true, for everything below it. Subqueries: their arguments.
void walk(const Bound& expr, const std::function<bool(const Bound&)>& visit);
/// A copy in which `replace` has the first word on every node: null keeps the node and goes on with its args.
BoundPtr rewrite(const BoundPtr& expr, const std::function<BoundPtr(const BoundPtr&)>& replace);
/// The same expression (not only the same value), wherever in the text each stands.
bool same(const Bound& a, const Bound& b);
/// Columns move by `offset`: for a node whose row begins elsewhere.
BoundPtr shift_columns(const BoundPtr& expr, int offset);
/// True when it calls something whose answer comes later (sql/plan/waits.h).
bool has_waiting_call(const Bound& expr);
/// True when it calls something volatile (nextval, random) anywhere.
bool is_volatile(const Bound& expr);
/// The expression as EXPLAIN prints it: "(id = 1)". `qualified`: columns with their tables, as PostgreSQL does when there are several.
std::string print(const Bound& expr, bool qualified);

/// What an expression may look at while it is computed.
struct Frame {
  std::span<const Value> row;
  std::span<const Value> parameters;
  std::span<const Value> arguments;  ///< of the subquery that the expression stands in
  EvalContext* eval = nullptr;
  ExecContext* exec = nullptr;  ///< null while constants are folded
  QueryState* state = nullptr;  ///< results of subqueries; null: each is computed anew

  Frame() = default;
  Frame(std::span<const Value> row, ExecContext& context, QueryState* state = nullptr,
        std::span<const Value> arguments = {})
      : row(row),
        parameters(context.parameters),
        arguments(arguments),
        eval(&context.eval),
        exec(&context),
        state(state) {}
};

enum class Truth : uint8_t { kFalse, kTrue, kNull };

SqlResult<Value> evaluate(const Bound& expr, const Frame& frame);
/// The same without a copy where the value already lies somewhere (columns, constants, parameters); else it is put into `scratch`.
SqlResult<const Value*> refer(const Bound& expr, const Frame& frame, Value& scratch);
/// Of an expression of type boolean.
SqlResult<Truth> test(const Bound& expr, const Frame& frame);
/// True when the condition is null (there is none) or true.
SqlResult<bool> passes(const BoundPtr& condition, const Frame& frame);
/// Replaces an immutable expression over constants by its value; leaves it when that fails, so that the error comes when it is reached.
BoundPtr fold(BoundPtr expr);

}  // namespace wallaby::sql
