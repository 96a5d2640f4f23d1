// sql/types/utf8.h
//
// Text is UTF-8, and SQL counts characters: length('ä') is 1 and substr('äb', 2) is 'b'. A character is a byte that does not
// begin with the bits 10, and those with 10 that follow it.
//
// What is stored has been checked once, on its way in (check_text), so the other functions may rely on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sql/sql_error.h"

namespace wallaby::sql {

/// UTF-8 without a zero byte, which no text of PostgreSQL holds.
bool is_text(std::string_view bytes);
/// 22021 when the bytes are not text; it names the first that are none.
SqlResult<void> check_text(std::string_view text);
/// In characters.
int64_t text_length(std::string_view text);
/// The byte where character `index` (from 0) begins; text.size() when there are fewer.
size_t byte_at(std::string_view text, int64_t index);
/// `count` characters from character `start` (from 0).
std::string_view characters(std::string_view text, int64_t start, int64_t count);
/// How many bytes the character has that begins with this byte; 1 when none does.
size_t character_size(char first);
/// The code point of the first character; `text` is not empty.
char32_t first_code_point(std::string_view text);
void append_code_point(std::string& out, char32_t code);

inline bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
inline char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
inline char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
std::string to_lower(std::string_view text);
/// Without the white space around it.
std::string_view trimmed(std::string_view text);

}  // namespace wallaby::sql
