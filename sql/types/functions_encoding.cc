// Text and bytes in other clothes: quoting for SQL, format, hex and base64, hashes.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include <openssl/evp.h>

#include "base/check.h"
#include "sql/types/bytea_text.h"
#include "sql/types/function_tables.h"
#include "sql/types/quoting.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

std::string digest(const EVP_MD* algorithm, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  int ok = EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, algorithm, nullptr);
  WALLABY_CHECK(ok == 1, "libcrypto refuses a digest");
  return {reinterpret_cast<char*>(out.data()), size};
}
SqlResult<Value> md5(Arguments a, EvalContext&) {
  std::string hex;
  append_hex(digest(EVP_md5(), a[0].text()), hex);
  return Value(std::move(hex));
}
SqlResult<Value> sha256(Arguments a, EvalContext&) {
  return Value(digest(EVP_sha256(), a[0].text()));
}

SqlResult<Value> hex4(Arguments a, EvalContext&) {
  return Value(fmt::format("{:x}", static_cast<uint32_t>(a[0].integer())));
}
SqlResult<Value> hex8(Arguments a, EvalContext&) {
  return Value(fmt::format("{:x}", static_cast<uint64_t>(a[0].integer())));
}

// --- base64, in lines of 76 characters ---

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string encode_base64(std::string_view bytes) {
  std::string out;
  size_t line = 0;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    size_t have = std::min<size_t>(3, bytes.size() - at);
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) group = group << 8 | (i < have ? static_cast<uint8_t>(bytes[at + i]) : 0U);
    if (line == 76) {
      out += '\n';
      line = 0;
    }
    for (size_t i = 0; i < 4; ++i) out += i <= have ? kBase64[group >> (18 - 6 * i) & 63] : '=';
    line += 4;
  }
  return out;
}

SqlResult<std::string> decode_base64(std::string_view text) {
  std::string out;
  uint32_t group = 0;
  int digits = 0, ends = 0;
  for (char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    size_t value = 0;
    if (c == '=') {
      if (ends == 0) {
        if (digits < 2) return sql_error("22023", "unexpected \"=\" while decoding base64 sequence");
        ends = digits == 2 ? 2 : 1;
      }
    } else {
      value = kBase64.find(c);
      if (value == std::string_view::npos) {
        return sql_error("22023", "invalid symbol \"{}\" found while decoding base64 sequence", c);
      }
    }
    group = group << 6 | static_cast<uint32_t>(value);
    if (++digits < 4) continue;
    out += static_cast<char>(group >> 16);
    if (ends < 2) out += static_cast<char>(group >> 8);
    if (ends < 1) out += static_cast<char>(group);
    digits = 0;
    group = 0;
  }
  if (digits != 0) {
    return sql_error("22023", "invalid base64 end sequence")
        .hint("Input data is missing padding, is truncated, or is otherwise corrupted.");
  }
  return out;
}

SqlError unknown_encoding(const std::string& name) {
  return sql_error("22023", "unrecognized encoding: \"{}\"", name);
}

SqlResult<Value> encode(Arguments a, EvalContext&) {
  std::string name = to_lower(a[1].text()), out;
  if (name == "hex") {
    append_hex(a[0].text(), out);
  } else if (name == "base64") {
    out = encode_base64(a[0].text());
  } else if (name == "escape") {
    append_escaped(a[0].text(), out);
  } else {
    return unknown_encoding(a[1].text());
  }
  return Value(std::move(out));
}
SqlResult<Value> decode(Arguments a, EvalContext&) {
  std::string name = to_lower(a[1].text());
  if (name == "hex") return wrap(parse_hex(a[0].text()));
  if (name == "base64") return wrap(decode_base64(a[0].text()));
  if (name == "escape") return wrap(parse_escaped(a[0].text()));
  return unknown_encoding(a[1].text());
}

SqlResult<Value> literal(Arguments a, EvalContext&) {
  return Value(quote_literal(a[0].text()));
}
SqlResult<Value> nullable(Arguments a, EvalContext&) {
  return a[0].is_null() ? text_value("NULL") : Value(quote_literal(a[0].text()));
}
SqlResult<Value> identifier(Arguments a, EvalContext&) {
  return Value(quote_identifier(a[0].text()));
}

// --- format('%s is %L', ...) ---

struct Directive {
  std::optional<size_t> argument;  ///< %2$s
  bool left = false;               ///< %-10s
  int64_t width = 0;
  char kind = 's';
};
SqlError unterminated() {
  return sql_error("22023", "unterminated format() type specifier").hint("For a single \"%\" use \"%%\".");
}

/// Reads what stands behind a "%" and leaves `at` behind it.
SqlResult<Directive> directive_at(std::string_view text, size_t& at) {
  Directive directive;
  auto number = [&]() -> std::optional<int64_t> {
    size_t start = at;
    int64_t value = 0;
    while (at < text.size() && is_digit(text[at]))
      value = std::min<int64_t>(value * 10 + (text[at++] - '0'), INT32_MAX);
    return at > start ? std::optional(value) : std::nullopt;
  };
  std::optional<int64_t> first = number();
  if (first && at < text.size() && text[at] == '$') {
    if (*first == 0)
      return sql_error("22023", "format specifies argument 0, but arguments are numbered from 1");
    directive.argument = static_cast<size_t>(*first - 1);
    ++at;
    first.reset();
  }
  if (!first) {
    while (at < text.size() && text[at] == '-') {
      directive.left = true;
      ++at;
    }
    if (at < text.size() && text[at] == '*') return not_supported("a width from an argument in format()");
    first = number();
  }
  directive.width = first.value_or(0);
  if (at >= text.size()) return unterminated();
  directive.kind = text[at++];
  return directive;
}

SqlResult<std::string> formatted(const Directive& directive, const Value& value) {
  switch (directive.kind) {
    case 's': return value.is_null() ? std::string() : value.text();
    case 'L': return value.is_null() ? std::string("NULL") : quote_literal(value.text());
    case 'I':
      if (value.is_null()) return sql_error("22004", "null values cannot be formatted as an SQL identifier");
      return quote_identifier(value.text());
    default: break;
  }
  return sql_error("22023", "unrecognized format() type specifier \"{}\"", directive.kind)
      .hint("For a single \"%\" use \"%%\".");
}

SqlResult<Value> format(Arguments a, EvalContext&) {
  if (a[0].is_null()) return Value();
  std::string_view text = a[0].text();
  std::string out;
  size_t next = 0;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '%') {
      out += text[at++];
      continue;
    }
    if (++at >= text.size()) return unterminated();
    if (text[at] == '%') {
      out += text[at++];
      continue;
    }
    auto directive = directive_at(text, at);
    if (!directive) return std::unexpected(directive.error());
    size_t argument = directive->argument.value_or(next);
    next = argument + 1;
    bool known = std::string_view("sIL").find(directive->kind) != std::string_view::npos;
    if (known && argument + 1 >= a.size()) return sql_error("22023", "too few arguments for format()");
    auto part = formatted(*directive, known ? a[argument + 1] : Value());
    if (!part) return std::unexpected(part.error());
    int64_t missing = directive->width - text_length(*part);
    if (missing > (16 << 20)) return sql_error("54000", "requested length too large");
    std::string blanks(static_cast<size_t>(std::max<int64_t>(missing, 0)), ' ');
    out += directive->left ? *part + blanks : blanks + *part;
  }
  return Value(std::move(out));
}

}  // namespace

Functions encoding_functions() {
  return {
      {"md5", {kText}, kText, md5},
      {"md5", {kBytea}, kText, md5},
      {"sha256", {kBytea}, kBytea, sha256},
      {"to_hex", {kInt4}, kText, hex4},
      {"to_hex", {kInt8}, kText, hex8},
      {"encode", {kBytea, kText}, kText, encode},
      {"decode", {kText, kText}, kBytea, decode},
      {"quote_literal", {kText}, kText, literal},
      {"quote_literal", {kUnknown}, kText, literal, true, false, Volatility::kStable},
      {"quote_literal",
       {kBool},
       kText,
       [](Arguments a, EvalContext&) -> SqlResult<Value> {
         return text_value(a[0].boolean() ? "'true'" : "'false'");
       }},
      {"quote_nullable", {kText}, kText, nullable, false},
      {"quote_nullable", {kUnknown}, kText, nullable, false, false, Volatility::kStable},
      {"quote_ident", {kText}, kText, identifier},
      {"format", {kText}, kText, format, false, false, Volatility::kStable},
      {"format", {kText, kUnknown}, kText, format, false, true, Volatility::kStable},
  };
}

}  // namespace wallaby::sql
