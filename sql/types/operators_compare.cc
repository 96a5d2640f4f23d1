// = <> < <= > >= of each type with itself.
#include "sql/types/compare.h"
#include "sql/types/function_tables.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

enum class Sign : uint8_t { kEqual, kUnequal, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

template <TypeId T, Sign S>
SqlResult<Value> compared(Arguments arguments, EvalContext&) {
  std::strong_ordering order = compare(T, arguments[0], arguments[1]);
  switch (S) {
    case Sign::kEqual: return Value(order == 0);
    case Sign::kUnequal: return Value(order != 0);
    case Sign::kLess: return Value(order < 0);
    case Sign::kLessOrEqual: return Value(order <= 0);
    case Sign::kGreater: return Value(order > 0);
    case Sign::kGreaterOrEqual: return Value(order >= 0);
  }
  return Value();
}

template <TypeId T>
void add(Functions& functions) {
  functions.push_back({"=", {T, T}, kBool, compared<T, Sign::kEqual>});
  functions.push_back({"<>", {T, T}, kBool, compared<T, Sign::kUnequal>});
  functions.push_back({"<", {T, T}, kBool, compared<T, Sign::kLess>});
  functions.push_back({"<=", {T, T}, kBool, compared<T, Sign::kLessOrEqual>});
  functions.push_back({">", {T, T}, kBool, compared<T, Sign::kGreater>});
  functions.push_back({">=", {T, T}, kBool, compared<T, Sign::kGreaterOrEqual>});
}

}  // namespace

// varchar and regclass have none of their own: as in PostgreSQL they are compared as text and oid.
Functions comparison_operators() {
  Functions functions;
  [&]<TypeId... T>() {
    (add<T>(functions), ...);
  }.operator()<kBool, kBytea, kChar, kName, kInt8, kInt2, kInt4, kText, kOid, kFloat8, kInt2Array, kInt4Array,
               kTextArray, kInt8Array, kBpchar, kDate, kTimestamp, kTimestamptz, kInterval, kNumeric, kPgLsn,
               kJsonb>();
  return functions;
}

}  // namespace wallaby::sql
