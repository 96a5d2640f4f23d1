// sql/types/compare.h
//
// SQL's order of two values of one type: for =, <, ORDER BY, DISTINCT, GROUP BY, min and max. Text goes byte by byte,
// which is PostgreSQL's collation "C". float8: NaN is equal to itself and above all.
#pragma once

#include <compare>
#include <cstddef>

#include "sql/types/type.h"
#include "sql/types/value.h"

namespace wallaby::sql {

/// Neither is NULL; both are of `type`.
std::strong_ordering compare(TypeId type, const Value& a, const Value& b);
/// Equal values (by compare) have equal hashes. NULL hashes too.
size_t hash(TypeId type, const Value& value);

}  // namespace wallaby::sql
