// sql/types/float_text.h
//
// float8 to and from text. Out: as few digits as read back to the same number, in PostgreSQL's two forms: 0.0001 and 123456.5, but
// 1e-05 and 1e+15.
#pragma once

#include <string>
#include <string_view>

#include "sql/sql_error.h"

namespace wallaby::sql {

/// 22P02, and 22003 for what no double can hold. Accepts "NaN", "inf", "-Infinity".
SqlResult<double> parse_float8(std::string_view text);
void print_float8(double value, std::string& out);

}  // namespace wallaby::sql
