// sql/types/bytea_text.h
//
// Bytes as text. Out always as hex: \x616200. In as hex or in the older escape form: ab\000, with \\ for a backslash.
#pragma once

#include <string>
#include <string_view>

#include "sql/sql_error.h"

namespace wallaby::sql {

SqlResult<std::string> parse_bytea(std::string_view text);
void print_bytea(std::string_view bytes, std::string& out);

void append_hex(std::string_view bytes, std::string& out);
/// 22023 `invalid hexadecimal digit: "z"`; white space between bytes is skipped.
SqlResult<std::string> parse_hex(std::string_view text);
/// The escape form: zero bytes and those above 127 as \ooo, a backslash doubled.
void append_escaped(std::string_view bytes, std::string& out);
SqlResult<std::string> parse_escaped(std::string_view text);

}  // namespace wallaby::sql
