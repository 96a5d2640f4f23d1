// sql/types/numeric_math.h
//
// The arithmetic behind numeric.h, for its source files alone: between two operations a number may have any number of digits.
#pragma once

#include <cstdint>

#include <boost/multiprecision/cpp_int.hpp>

#include "sql/sql_error.h"
#include "sql/types/numeric.h"

namespace wallaby::sql {

using Wide = boost::multiprecision::cpp_int;

Wide power_of_ten(int32_t exponent);
inline Wide wide(const Numeric& value) {
  return Wide(value.digits);
}
/// a / b, half away from zero.
Wide divide_rounded(const Wide& a, const Wide& b);
/// 22003 when it has more than 38 digits.
SqlResult<Numeric> narrow(const Wide& digits, int32_t scale);

}  // namespace wallaby::sql
