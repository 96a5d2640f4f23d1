// cli/json.h
//
// Writes JSON, for --json: one object a line, fields in the order in which they were added.
//
//     Json::object().add("lsn", "0/1A8").add("rows", 3).text()      {"lsn":"0/1A8","rows":3}
//
// JSON strings are Unicode, keys and values of tables are bytes: add_bytes() writes them under their name when they are
// UTF-8, and else in hex under NAME_hex, so that a reader always knows what it has.
// Plain value. Left out: reading.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/lsn.h"

namespace wallaby::cli {

class Json {
 public:
  static Json object() { return Json('{', '}'); }
  static Json array() { return Json('[', ']'); }

  // Fields of an object.
  Json& add(std::string_view name, std::string_view value);
  Json& add(std::string_view name, const char* value) { return add(name, std::string_view(value)); }
  Json& add(std::string_view name, bool value) { return add_raw(name, value ? "true" : "false"); }
  Json& add(std::string_view name, std::integral auto value) { return add_raw(name, std::to_string(value)); }
  /// Three digits behind the point; null when it is no finite number.
  Json& add(std::string_view name, double value);
  Json& add(std::string_view name, Lsn value) { return add(name, to_string(value)); }
  Json& add(std::string_view name, const Json& value) { return add_raw(name, value.text()); }
  Json& add_bytes(std::string_view name, std::string_view bytes);
  Json& add_null(std::string_view name) { return add_raw(name, "null"); }

  // Elements of an array.
  Json& push(std::string_view value);
  Json& push(const Json& value) { return push_raw(value.text()); }

  std::string text() const { return body_ + close_; }

 private:
  Json(char open, char close) : body_(1, open), close_(close) {}
  Json& add_raw(std::string_view name, std::string_view value);
  Json& push_raw(std::string_view value);

  std::string body_;
  char close_;
};

/// A JSON string, quotes included. What is no UTF-8 becomes U+FFFD.
std::string json_string(std::string_view text);

}  // namespace wallaby::cli
