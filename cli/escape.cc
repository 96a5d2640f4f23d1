#include "cli/escape.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace wallaby::cli {
namespace {

/// Of the character at the beginning of `bytes`, control characters included; 0: not UTF-8. The rules of RFC 3629:
/// no overlong forms, no surrogates, nothing above U+10FFFF.
size_t utf8_length(std::string_view bytes) {
  auto at = [&bytes](size_t index) { return static_cast<unsigned char>(bytes[index]); };
  unsigned char first = at(0);
  if (first < 0x80) return 1;
  size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                  : (first & 0xF0) == 0xE0         ? 3
                  : first >= 0xF0 && first <= 0xF4 ? 4
                                                   : 0;
  if (length == 0 || bytes.size() < length) return 0;
  unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (at(1) < low || at(1) > high) return 0;
  for (size_t index = 2; index < length; ++index)
    if ((at(index) & 0xC0) != 0x80) return 0;
  return length;
}

}  // namespace

size_t printable_length(std::string_view bytes) {
  auto first = static_cast<unsigned char>(bytes[0]);
  if (first < 0x20 || first == 0x7F) return 0;
  size_t length = utf8_length(bytes);
  // U+0080 to U+009F steer terminals, like the ones below U+0020.
  if (length == 2 && first == 0xC2 && static_cast<unsigned char>(bytes[1]) < 0xA0) return 0;
  return length;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string escape(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    size_t length = printable_length(bytes);
    if (length > 0 && bytes[0] != '\\') {
      text += bytes.substr(0, length);
    } else {
      length = 1;
      switch (bytes[0]) {
        case '\t': text += "\\t"; break;
        case '\n': text += "\\n"; break;
        case '\\': text += "\\\\"; break;
        default: text += fmt::format("\\x{:02X}", static_cast<unsigned char>(bytes[0]));
      }
    }
    bytes.remove_prefix(length);
  }
  return text;
}

Result<std::string> unescape(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      bytes += text[at];
      continue;
    }
    char what = ++at < text.size() ? text[at] : '\0';
    switch (what) {
      case 't': bytes += '\t'; break;
      case 'n': bytes += '\n'; break;
      case 'r': bytes += '\r'; break;
      case '\\': bytes += '\\'; break;
      case 'x': {
        std::string_view digits = text.substr(at + 1, 2);
        unsigned value = 0;
        auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (digits.size() == 2 && code == std::errc{} && end == digits.data() + 2) {
          bytes += static_cast<char>(value);
          at += 2;
          break;
        }
        [[fallthrough]];
      }
      default:
        return error(ErrorCode::kInvalidArgument, "'\\{}' is no escape; there are \\t \\n \\r \\\\ and \\xNN",
                     what == '\0' ? std::string() : escape(std::string_view(&what, 1)));
    }
  }
  return bytes;
}

Result<std::vector<std::string>> split_fields(std::string_view line) {
  std::vector<std::string> fields;
  while (true) {
    size_t tab = line.find('\t');
    auto field = unescape(line.substr(0, tab));
    if (!field) return std::unexpected(field.error());
    fields.push_back(std::move(*field));
    if (tab == std::string_view::npos) return fields;
    line.remove_prefix(tab + 1);
  }
}

std::string shorten(std::string_view bytes, size_t length) {
  if (bytes.size() <= length) return escape(bytes);
  size_t cut = 0;
  while (cut < length) {
    size_t step = printable_length(bytes.substr(cut));
    cut += step == 0 ? 1 : step;
  }
  return fmt::format("{}... ({} bytes)", escape(bytes.substr(0, cut)), bytes.size());
}

}  // namespace wallaby::cli
