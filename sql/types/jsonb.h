// sql/types/jsonb.h
//
// jsonb: a JSON value, kept as the text that PostgreSQL prints for it.
//
//     {"b":1, "a":[1e2,2.50], "b":2}   becomes   {"a": [100, 2.50], "b": 2}
//
// Keys are sorted by length, then by bytes; of two equal keys the last stays; numbers are exact decimals. So equal text
// means equal values, but not the other way round: 1.0 and 1 are equal numbers. compare_jsonb knows that.
// What reads the parts of a value (->, ->>) parses the text again: simple, and dear only for large documents.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/sql_error.h"

namespace wallaby::sql {

struct Json {
  enum class Kind : uint8_t { kNull, kString, kNumber, kBool, kArray, kObject };  // PostgreSQL's order
  Kind kind = Kind::kNull;
  std::string text;  ///< of a string: its characters; of a number: its digits
  bool boolean = false;
  std::vector<Json> items;  ///< of an array; of an object: the values, in the order of `keys`
  std::vector<std::string> keys;
};

/// 22P02 `invalid input syntax for type json`, with PostgreSQL's detail and context.
SqlResult<Json> parse_json(std::string_view text);
void print_json(const Json& json, std::string& out);
/// "...", with what must be escaped escaped.
void print_json_string(std::string_view text, std::string& out);

/// The normalised text.
SqlResult<std::string> parse_jsonb(std::string_view text);
/// Both normalised.
std::strong_ordering compare_jsonb(std::string_view a, std::string_view b);
size_t hash_jsonb(std::string_view text);

}  // namespace wallaby::sql
