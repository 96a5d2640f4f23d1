// sql/parser/parser.h
//
// SQL text to tree, by PostgreSQL's own grammar (libpg_query 15). One file, parse_tree.cc and its parts, turns its
// nodes into ours (sql/parser/ast.h); nothing else sees its headers.
//
//     parse("SELECT 1; SELECT 2")  ->  two statements
//     parse("SELCT 1")             ->  42601 syntax error at or near "SELCT", position 1
//     parse("")  or ";"            ->  none
//
// Guards, before the grammar sees the text, because it recurses without a limit of its own: bytes that are not UTF-8
// (22021), longer than kMaxQuery (54000), too deeply nested (54001 stack depth limit exceeded).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "sql/parser/ast.h"
#include "sql/sql_error.h"

namespace wallaby::sql {

inline constexpr size_t kMaxQuery = 16 << 20;

SqlResult<std::vector<ast::StatementPtr>> parse(std::string_view text);
/// One expression, as a column's default is stored.
SqlResult<ast::StatementPtr> parse_expression(std::string_view text);

}  // namespace wallaby::sql
