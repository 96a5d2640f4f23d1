// Reading jsonb: its members, as JSON (->) and as text (->>).
#include <algorithm>
#include <array>

#include "sql/types/function_tables.h"
#include "sql/types/jsonb.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

const Json* member(const Json& json, const std::string& key) {
  if (json.kind != Json::Kind::kObject) return nullptr;
  auto found = std::ranges::find(json.keys, key);
  return found == json.keys.end() ? nullptr : &json.items[static_cast<size_t>(found - json.keys.begin())];
}
/// Negative: from the end.
const Json* element(const Json& json, int64_t index) {
  if (json.kind != Json::Kind::kArray) return nullptr;
  auto count = static_cast<int64_t>(json.items.size());
  if (index < 0) index += count;
  return index >= 0 && index < count ? &json.items[static_cast<size_t>(index)] : nullptr;
}

/// The part as jsonb, or as text, where a string loses its quotes and null is NULL.
template <bool AsText>
Value part_value(const Json* part) {
  if (part == nullptr || (AsText && part->kind == Json::Kind::kNull)) return Value();
  if (AsText && part->kind == Json::Kind::kString) return Value(part->text);
  std::string out;
  print_json(*part, out);
  return Value(std::move(out));
}
template <bool AsText>
SqlResult<Value> by_key(Arguments a, EvalContext&) {
  auto json = parse_json(a[0].text());
  if (!json) return std::unexpected(json.error());
  return part_value<AsText>(member(*json, a[1].text()));
}
template <bool AsText>
SqlResult<Value> by_index(Arguments a, EvalContext&) {
  auto json = parse_json(a[0].text());
  if (!json) return std::unexpected(json.error());
  return part_value<AsText>(element(*json, a[1].integer()));
}

SqlResult<Value> kind(Arguments a, EvalContext&) {
  auto json = parse_json(a[0].text());
  if (!json) return std::unexpected(json.error());
  constexpr std::array<std::string_view, 6> kNames{"null", "string", "number", "boolean", "array", "object"};
  return text_value(kNames[static_cast<size_t>(json->kind)]);
}
SqlResult<Value> array_length(Arguments a, EvalContext&) {
  auto json = parse_json(a[0].text());
  if (!json) return std::unexpected(json.error());
  if (json->kind == Json::Kind::kObject) return sql_error("22023", "cannot get array length of a non-array");
  if (json->kind != Json::Kind::kArray) return sql_error("22023", "cannot get array length of a scalar");
  return int_value(static_cast<int64_t>(json->items.size()));
}

}  // namespace

Functions json_functions() {
  return {
      {"->", {kJsonb, kText}, kJsonb, by_key<false>},
      {"->", {kJsonb, kInt4}, kJsonb, by_index<false>},
      {"->>", {kJsonb, kText}, kText, by_key<true>},
      {"->>", {kJsonb, kInt4}, kText, by_index<true>},
      {"jsonb_object_field", {kJsonb, kText}, kJsonb, by_key<false>},
      {"jsonb_object_field_text", {kJsonb, kText}, kText, by_key<true>},
      {"jsonb_typeof", {kJsonb}, kText, kind},
      {"jsonb_array_length", {kJsonb}, kInt4, array_length},
  };
}

}  // namespace wallaby::sql
