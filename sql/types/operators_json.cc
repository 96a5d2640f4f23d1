// Changing jsonb: || puts together, - takes away; ? asks for a key.
#include <algorithm>

#include "sql/types/function_tables.h"
#include "sql/types/jsonb.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

Value printed(const Json& json) {
  std::string out;
  print_json(json, out);
  return Value(std::move(out));
}
bool is_scalar(const Json& json) {
  return json.kind < Json::Kind::kArray;
}

/// A member as text, so that printing and parsing again sorts the keys and drops the ones that were replaced.
void append_members(const Json& object, std::string& out) {
  for (size_t i = 0; i < object.items.size(); ++i) {
    if (!out.ends_with('{')) out += ',';
    print_json_string(object.keys[i], out);
    out += ':';
    print_json(object.items[i], out);
  }
}

/// Two objects: the members of both, the right one's winning. Arrays: one behind the other, other values counting as arrays of one.
SqlResult<Value> join(Arguments a, EvalContext&) {
  auto left = parse_json(a[0].text()), right = parse_json(a[1].text());
  if (!left) return std::unexpected(left.error());
  if (!right) return std::unexpected(right.error());
  bool left_object = left->kind == Json::Kind::kObject, right_object = right->kind == Json::Kind::kObject;
  if (left_object && right_object) {
    std::string members = "{";
    append_members(*left, members);
    append_members(*right, members);
    return wrap(parse_jsonb(members + '}'));
  }
  Json out{.kind = Json::Kind::kArray};
  for (Json* part : {&*left, &*right}) {
    if (part->kind == Json::Kind::kArray) {
      std::ranges::move(part->items, std::back_inserter(out.items));
    } else {
      out.items.push_back(std::move(*part));
    }
  }
  return printed(out);
}

/// Members with this key, or elements that are this string.
void remove(Json& json, const std::string& key) {
  for (size_t i = json.items.size(); i-- > 0;) {
    bool hit = json.kind == Json::Kind::kObject
                   ? json.keys[i] == key
                   : json.items[i].kind == Json::Kind::kString && json.items[i].text == key;
    if (!hit) continue;
    json.items.erase(json.items.begin() + static_cast<ptrdiff_t>(i));
    if (json.kind == Json::Kind::kObject) json.keys.erase(json.keys.begin() + static_cast<ptrdiff_t>(i));
  }
}
SqlError from_scalar() {
  return sql_error("22023", "cannot delete from scalar");
}

SqlResult<Value> without_key(Arguments a, EvalContext&) {
  auto json = parse_json(a[0].text());
  if (!json) return std::unexpected(json.error());
  if (is_scalar(*json)) return from_scalar();
  remove(*json, a[1].text());
  return printed(*json);
}
SqlResult<Value> without_keys(Arguments a, EvalContext&) {
  auto json = parse_json(a[0].text());
  if (!json) return std::unexpected(json.error());
  if (is_scalar(*json)) return from_scalar();
  for (const Value& key : *a[1].array()) {
    if (!key.is_null()) remove(*json, key.text());
  }
  return printed(*json);
}
SqlResult<Value> without_element(Arguments a, EvalContext&) {
  auto json = parse_json(a[0].text());
  if (!json) return std::unexpected(json.error());
  if (is_scalar(*json)) return from_scalar();
  if (json->kind == Json::Kind::kObject)
    return sql_error("22023", "cannot delete from object using integer index");
  auto count = static_cast<int64_t>(json->items.size());
  int64_t index = a[1].integer() < 0 ? a[1].integer() + count : a[1].integer();
  if (index >= 0 && index < count) json->items.erase(json->items.begin() + index);
  return printed(*json);
}

SqlResult<Value> has_key(Arguments a, EvalContext&) {
  auto json = parse_json(a[0].text());
  if (!json) return std::unexpected(json.error());
  auto is_key = [&](const Json& item) {
    return item.kind == Json::Kind::kString && item.text == a[1].text();
  };
  if (json->kind == Json::Kind::kObject)
    return Value(std::ranges::find(json->keys, a[1].text()) != json->keys.end());
  if (json->kind == Json::Kind::kArray) return Value(std::ranges::any_of(json->items, is_key));
  return Value(is_key(*json));
}

}  // namespace

Functions json_operators() {
  return {
      {"||", {kJsonb, kJsonb}, kJsonb, join},          {"-", {kJsonb, kText}, kJsonb, without_key},
      {"-", {kJsonb, kInt4}, kJsonb, without_element}, {"-", {kJsonb, kTextArray}, kJsonb, without_keys},
      {"?", {kJsonb, kText}, kBool, has_key},
  };
}

}  // namespace wallaby::sql
