#include "sql/types/bytea_text.h"

#include <fmt/format.h>

#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

SqlResult<std::string> parse_bytea(std::string_view text) {
  if (text.starts_with("\\x")) return parse_hex(text.substr(2));
  return parse_escaped(text);
}

void print_bytea(std::string_view bytes, std::string& out) {
  out += "\\x";
  append_hex(bytes, out);
}

void append_hex(std::string_view bytes, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out.reserve(out.size() + bytes.size() * 2);
  for (char c : bytes) {
    auto byte = static_cast<uint8_t>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

SqlResult<std::string> parse_hex(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t at = 0; at < text.size();) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    int high = hex_digit(text[at]);
    if (high < 0) {
      return sql_error("22023", "invalid hexadecimal digit: \"{}\"",
                       text.substr(at, character_size(text[at])));
    }
    if (++at == text.size()) return sql_error("22023", "invalid hexadecimal data: odd number of digits");
    int low = hex_digit(text[at]);
    if (low < 0) {
      return sql_error("22023", "invalid hexadecimal digit: \"{}\"",
                       text.substr(at, character_size(text[at])));
    }
    ++at;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

void append_escaped(std::string_view bytes, std::string& out) {
  for (char c : bytes) {
    auto byte = static_cast<uint8_t>(c);
    if (byte == 0 || byte > 127) {
      fmt::format_to(std::back_inserter(out), "\\{:03o}", byte);
    } else if (c == '\\') {
      out += "\\\\";
    } else {
      out += c;
    }
  }
}

SqlResult<std::string> parse_escaped(std::string_view text) {
  std::string bytes;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      bytes += text[at++];
      continue;
    }
    std::string_view escape = text.substr(at + 1, 3);
    if (escape.starts_with('\\')) {
      bytes += '\\';
      at += 2;
      continue;
    }
    bool octal = escape.size() == 3 && escape[0] >= '0' && escape[0] <= '3';
    for (char c : escape) octal = octal && c >= '0' && c <= '7';
    if (!octal) return sql_error("22P02", "invalid input syntax for type bytea");
    bytes += static_cast<char>((escape[0] - '0') << 6 | (escape[1] - '0') << 3 | (escape[2] - '0'));
    at += 4;
  }
  return bytes;
}

}  // namespace wallaby::sql
