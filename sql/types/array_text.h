// sql/types/array_text.h
//
// Arrays of one dimension as text: {1,2,NULL} and {"a b",c}. Elements are quoted where they would be misread. More dimensions
// and lower bounds other than 1 are refused (0A000).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sql/sql_error.h"
#include "sql/types/type.h"
#include "sql/types/value.h"

namespace wallaby::sql {

SqlResult<Value> parse_array(TypeId array, std::string_view text, std::optional<int64_t> now);
void print_array(TypeId array, const Array& elements, std::string& out);

}  // namespace wallaby::sql
