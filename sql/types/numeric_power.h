// sql/types/numeric_power.h
//
// Powers of exact decimals: whole exponents only. Others (2.0 ^ 0.5) and logarithms of numerics have no exact result and would have to
// be rounded as PostgreSQL rounds them; they are refused with 0A000, and double precision does them.
#pragma once

#include "sql/sql_error.h"
#include "sql/types/numeric.h"

namespace wallaby::sql {

/// To at least 16 places, as PostgreSQL has it. 2201F for zero to a negative power.
SqlResult<Numeric> raise(const Numeric& base, const Numeric& exponent);
/// 0A000, and what to do instead.
SqlError inexact_numeric(std::string_view what);

}  // namespace wallaby::sql
