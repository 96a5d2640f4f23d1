#include "cli/json.h"

#include <cmath>

#include <fmt/format.h>

#include "cli/escape.h"

namespace wallaby::cli {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    auto first = static_cast<unsigned char>(text[0]);
    size_t length = 1;
    if (first == '"' || first == '\\') {
      out += '\\';
      out += text[0];
    } else if (first == '\n') {
      out += "\\n";
    } else if (first == '\t') {
      out += "\\t";
    } else if (first < 0x20 || first == 0x7F) {
      out += fmt::format("\\u{:04x}", first);
    } else if (length = printable_length(text); length > 0) {
      out += text.substr(0, length);
    } else if (text.size() > 1 && is_utf8(text.substr(0, 2))) {
      length = 2;  // U+0080 to U+009F
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[1]));
    } else {
      length = 1;
      out += "\\ufffd";
    }
    text.remove_prefix(length);
  }
  return out + "\"";
}

Json& Json::add(std::string_view name, std::string_view value) {
  return add_raw(name, json_string(value));
}

Json& Json::add(std::string_view name, double value) {
  return add_raw(name, std::isfinite(value) ? fmt::format("{:.3f}", value) : "null");
}

Json& Json::add_bytes(std::string_view name, std::string_view bytes) {
  if (is_utf8(bytes)) return add(name, bytes);
  std::string hex;
  for (unsigned char byte : bytes) hex += fmt::format("{:02x}", byte);
  return add(std::string(name) + "_hex", hex);
}

Json& Json::push(std::string_view value) {
  return push_raw(json_string(value));
}

Json& Json::add_raw(std::string_view name, std::string_view value) {
  if (body_.size() > 1) body_ += ',';
  body_ += json_string(name);
  body_ += ':';
  body_ += value;
  return *this;
}

Json& Json::push_raw(std::string_view value) {
  if (body_.size() > 1) body_ += ',';
  body_ += value;
  return *this;
}

}  // namespace wallaby::cli
