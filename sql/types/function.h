// sql/types/function.h
//
// The functions, operators and casts that expressions may use: tables of entries with argument types, result type and
// a C++ function. Which entry a call means is decided by PostgreSQL's rules (its manual, chapter 10):
// exact match first; `unknown` arguments take the other side's type, then the preferred type of the category; implicit casts int2->int4->int8
// ->numeric->float8, varchar->text, date->timestamptz.
//
//     resolve_operator("+", {kInt4, kInt8})  ->  Callable{int8 + int8, casts: int4->int8}
//     resolve_function("length", {kUnknown}) ->  length(text)
//
// An argument type kUnknown stands for PostgreSQL's "any": the argument may have any type and arrives as the text that its output
// function prints (concat, format); find_cast gives that cast like any other.
//
// A callable runs row by row and knows nothing of tables. What belongs to a session or a node (nextval, pg_current_wal_lsn, now) it asks the
// EvalContext for.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "sql/sql_error.h"
#include "sql/types/type.h"
#include "sql/types/value.h"

namespace wallaby::sql {

class SystemFunctions;  // sql/types/system_functions.h: what a session answers

/// What an expression may know besides its row.
struct EvalContext {
  int64_t transaction_time = 0;  ///< microseconds since 2000-01-01 UTC: now()
  int64_t statement_time = 0;
  int64_t wall_time = 0;              ///< clock_timestamp(), as of this turn
  Random* random = nullptr;           ///< for random(); null: it is refused
  SystemFunctions* system = nullptr;  ///< null where no session is (index and constraint expressions)
};

/// `arguments` are already of the entry's types; of a strict entry none is NULL.
using Evaluate = SqlResult<Value> (*)(std::span<const Value> arguments, EvalContext& context);

enum class Volatility : uint8_t { kImmutable, kStable, kVolatile };

struct Function {
  std::string_view name;  ///< lower case; operators by their sign: "+", "||", "~~" (LIKE), "~"
  std::vector<TypeId> arguments;
  TypeId result = TypeId::kInvalid;
  Evaluate evaluate = nullptr;
  bool strict = true;     ///< NULL in, NULL out, without a call
  bool variadic = false;  ///< the last argument's type repeats, any number of times
  Volatility volatility = Volatility::kImmutable;
  bool waits = false;  ///< its answer comes later: allowed in few places (sql/plan/waits.h)
};

/// How an argument gets to the type that a callable wants.
struct Cast {
  TypeId from = TypeId::kInvalid, to = TypeId::kInvalid;
  Evaluate evaluate = nullptr;  ///< null: the same bits
};

struct Callable {
  const Function* function = nullptr;
  std::vector<TypeId> arguments;  ///< as called, unknowns settled, variadic ones counted out
  TypeId result = TypeId::kInvalid;
};

/// 42883 `operator does not exist: integer + boolean` (with PostgreSQL's hint), 42725 when it is ambiguous. `types`: one (prefix) or two.
SqlResult<Callable> resolve_operator(std::string_view name, std::span<const TypeId> types);
/// 42883 `function foo(integer) does not exist`; 0A000 for a function that PostgreSQL has and Wallaby has not.
SqlResult<Callable> resolve_function(std::string_view name, std::span<const TypeId> types);
/// True when some scalar function has this name.
bool is_function(std::string_view name);

enum class CastKind : uint8_t { kImplicit, kAssignment, kExplicit };
/// nullptr: no such cast in this context. Identity and unknown -> X (text input) are not here: the binder does them.
const Cast* find_cast(TypeId from, TypeId to, CastKind kind);
/// The type that CASE, COALESCE, UNION, VALUES, IN give these inputs (PostgreSQL's select_common_type); kInvalid: none. All unknown: text.
TypeId common_type(std::span<const TypeId> types);

}  // namespace wallaby::sql
