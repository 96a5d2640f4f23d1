// tests/sql/type_expressions.h
//
// Calls functions, operators and casts as SQL writes them, without the parser and the planner: just enough of an expression
// to put a typed literal into a call and see what comes out.
//
//     evaluate("int4 '1' + int8 '2'")      "bigint 3"
//     evaluate("1 / 0")                    "ERROR 22012: division by zero"
//
// An expression is a literal (1, 1.5, 'text', NULL, true, int4 '7'), a call, a cast with ::, one operator between two of these, or
// parentheses. So each line is SQL, and PostgreSQL can be asked the very same (golden/ask_postgres.py).
#pragma once

#include <string>
#include <string_view>

namespace wallaby::sql {

/// The type and the text of the result, or the error with its detail and hint, on one line.
std::string evaluate_expression(std::string_view expression);

}  // namespace wallaby::sql
