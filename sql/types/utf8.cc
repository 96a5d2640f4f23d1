#include "sql/types/utf8.h"

#include <algorithm>

#include "base/endian.h"

namespace wallaby::sql {
namespace {

bool continues(char byte) {
  return (byte & '\xC0') == '\x80';
}

/// Bytes of the well-formed character at the front; 0: none. (No overlong forms, no surrogates, nothing above 10FFFF.)
size_t well_formed(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  uint8_t first = byte(0);
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  size_t size = character_size(text[0]);
  if (size == 1 || size > text.size()) return 0;
  for (size_t i = 1; i < size; ++i) {
    if (!continues(text[i])) return 0;
  }
  if (first < 0xC2 || first > 0xF4) return 0;
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) > 0x9F) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;
  return size;
}

/// Bytes up to the first that is not text; all of them when there is none.
size_t text_until(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080, kOnes = 0x0101010101010101;
  size_t at = 0;
  while (at < text.size()) {
    // Eight ASCII characters at once: no high bit, and no zero byte (which would borrow into its high bit).
    if (at + 8 <= text.size()) {
      auto eight = load<uint64_t>(text.data() + at);
      if (((eight | (eight - kOnes)) & kHighBits) == 0) {
        at += 8;
        continue;
      }
    }
    size_t size = well_formed(text.substr(at));
    if (size == 0) return at;
    at += size;
  }
  return at;
}

}  // namespace

bool is_text(std::string_view text) {
  return text_until(text) == text.size();
}

SqlResult<void> check_text(std::string_view text) {
  const size_t at = text_until(text);
  if (at == text.size()) return {};
  std::string bytes;
  size_t end = std::min(text.size(), at + character_size(text[at]));
  for (size_t i = at; i < end; ++i) {
    bytes += fmt::format("{}0x{:02x}", i == at ? "" : " ", static_cast<uint8_t>(text[i]));
  }
  return sql_error("22021", "invalid byte sequence for encoding \"UTF8\": {}", bytes);
}

int64_t text_length(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char byte) { return !continues(byte); });
}

size_t byte_at(std::string_view text, int64_t index) {
  size_t at = 0;
  while (at < text.size() && index-- > 0) {
    ++at;
    while (at < text.size() && continues(text[at])) ++at;
  }
  return at;
}

std::string_view characters(std::string_view text, int64_t start, int64_t count) {
  std::string_view rest = text.substr(byte_at(text, start));
  return rest.substr(0, byte_at(rest, count));
}

size_t character_size(char first) {
  auto byte = static_cast<uint8_t>(first);
  if (byte < 0xC0) return 1;
  if (byte < 0xE0) return 2;
  if (byte < 0xF0) return 3;
  return byte < 0xF8 ? 4 : 1;
}

char32_t first_code_point(std::string_view text) {
  auto first = static_cast<uint8_t>(text[0]);
  size_t size = std::min(character_size(text[0]), text.size());
  if (size == 1) return first;
  char32_t code = first & (0xFF >> (size + 1));
  for (size_t i = 1; i < size; ++i) code = code << 6 | (static_cast<uint8_t>(text[i]) & 0x3F);
  return code;
}

void append_code_point(std::string& out, char32_t code) {
  auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace wallaby::sql
