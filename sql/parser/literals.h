// sql/parser/literals.h
//
// Texts that differ in nothing but their literals. A program that does not use parameters sends a new text for each row it
// looks up; parsing it costs more than running it. So the literals are taken out, and what is left, the statement's shape,
// is parsed and planned once:
//
//     UPDATE t SET name = 'Ann' WHERE id = 7;     shape: UPDATE t SET name = $1 WHERE id = $2;     literals: 'Ann', 7
//
// The answer must be the one that the text itself would get, so this is done only where a parameter of the literal's type
// (integer, bigint, unknown) means the same as the literal: compared with a column in WHERE, assigned to a column, a value of
// VALUES, LIMIT and OFFSET. Everything else, and every text that fails in any way as a shape, goes the ordinary way; so
// there are no errors here. Known in the field as simple parameterization.
//
// Owns nothing: shapes are kept by a ParseCache (sql/session/services.h), values go to their statement. Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sql/parser/ast.h"
#include "sql/sql_error.h"

namespace wallaby::sql {

/// 7 or 'Ann', as the scanner reads it. A minus before a number is an operator and stays in the shape.
using Literal = std::variant<int64_t, std::string>;

struct Shape {
  std::string text;  ///< $1, $2, ... where the literals were, in order
  std::vector<Literal> literals;
  size_t length = 0;  ///< of the statement in its text, without a semicolon at its end
};

/// Nothing: there are no literals, or something that only the grammar's own scanner should read (comments, E'..', 1.5, $1, several
/// statements, ...).
std::optional<Shape> take_literals(std::string_view text);

/// parse() of a shape; no statements when it does not parse, or a literal stands where a parameter might mean something else.
SqlResult<std::vector<ast::StatementPtr>> parse_shape(std::string_view shape);

}  // namespace wallaby::sql
