#include "sql/types/jsonb.h"

#include <functional>

#include <fmt/format.h>

#include "base/check.h"

namespace wallaby::sql {
namespace {

/// A number without zeros that do not count: "-12.50" is {negative, "12", "5"}.
struct Decimal {
  bool negative = false;
  std::string_view whole, places;
};
Decimal decimal_of(std::string_view text) {
  Decimal decimal;
  decimal.negative = text.starts_with('-');
  if (decimal.negative) text.remove_prefix(1);
  size_t point = text.find('.');
  decimal.whole = text.substr(0, point);
  if (decimal.whole == "0") decimal.whole = {};
  if (point != std::string_view::npos) decimal.places = text.substr(point + 1);
  while (decimal.places.ends_with('0')) decimal.places.remove_suffix(1);
  return decimal;
}

std::strong_ordering compare_numbers(std::string_view left, std::string_view right) {
  Decimal a = decimal_of(left), b = decimal_of(right);
  if (a.negative != b.negative) return b.negative <=> a.negative;
  std::strong_ordering order = a.whole.size() <=> b.whole.size();
  if (order == 0) order = a.whole <=> b.whole;
  if (order == 0) order = a.places <=> b.places;
  return a.negative ? 0 <=> order : order;
}

bool is_scalar(const Json& json) {
  return json.kind < Json::Kind::kArray;
}

std::strong_ordering compare(const Json& a, const Json& b) {
  if (a.kind != b.kind) return a.kind <=> b.kind;
  switch (a.kind) {
    case Json::Kind::kNull: return std::strong_ordering::equal;
    case Json::Kind::kString: return a.text <=> b.text;
    case Json::Kind::kNumber: return compare_numbers(a.text, b.text);
    case Json::Kind::kBool: return a.boolean <=> b.boolean;
    case Json::Kind::kArray:
    case Json::Kind::kObject: break;
  }
  if (a.items.size() != b.items.size()) return a.items.size() <=> b.items.size();
  for (size_t i = 0; i < a.items.size(); ++i) {
    if (a.kind == Json::Kind::kObject && a.keys[i] != b.keys[i]) return a.keys[i] <=> b.keys[i];
    if (auto order = compare(a.items[i], b.items[i]); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

size_t mix(size_t a, size_t b) {
  return a ^ (b + 0x9e3779b97f4a7c15 + (a << 6) + (a >> 2));
}

size_t hash_of(const Json& json) {
  auto text = [](std::string_view bytes) { return std::hash<std::string_view>{}(bytes); };
  size_t hash = static_cast<size_t>(json.kind);
  if (json.kind == Json::Kind::kNumber) {
    Decimal decimal = decimal_of(json.text);
    return mix(mix(mix(hash, decimal.negative ? 1 : 0), text(decimal.whole)), text(decimal.places));
  }
  hash = mix(mix(hash, text(json.text)), json.boolean ? 1 : 0);
  for (const std::string& key : json.keys) hash = mix(hash, text(key));
  for (const Json& item : json.items) hash = mix(hash, hash_of(item));
  return hash;
}

Json parsed(std::string_view text) {
  auto json = parse_json(text);
  WALLABY_CHECK(json.has_value(), "a jsonb value is not JSON");
  return *std::move(json);
}

}  // namespace

void print_json_string(std::string_view text, std::string& out) {
  out += '"';
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<uint8_t>(c) < 32) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<uint8_t>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void print_json(const Json& json, std::string& out) {
  switch (json.kind) {
    case Json::Kind::kNull: out += "null"; return;
    case Json::Kind::kString: print_json_string(json.text, out); return;
    case Json::Kind::kNumber: out += json.text; return;
    case Json::Kind::kBool: out += json.boolean ? "true" : "false"; return;
    case Json::Kind::kArray:
    case Json::Kind::kObject: break;
  }
  bool object = json.kind == Json::Kind::kObject;
  out += object ? '{' : '[';
  for (size_t i = 0; i < json.items.size(); ++i) {
    if (i > 0) out += ", ";
    if (object) {
      print_json_string(json.keys[i], out);
      out += ": ";
    }
    print_json(json.items[i], out);
  }
  out += object ? '}' : ']';
}

SqlResult<std::string> parse_jsonb(std::string_view text) {
  auto json = parse_json(text);
  if (!json) return std::unexpected(json.error());
  std::string out;
  print_json(*json, out);
  return out;
}

std::strong_ordering compare_jsonb(std::string_view a, std::string_view b) {
  if (a == b) return std::strong_ordering::equal;
  Json left = parsed(a), right = parsed(b);
  // At the top PostgreSQL takes a scalar for an array of one element, which makes the empty array the least of all.
  if (is_scalar(left) && right.kind == Json::Kind::kArray && right.items.empty())
    return std::strong_ordering::greater;
  if (is_scalar(right) && left.kind == Json::Kind::kArray && left.items.empty())
    return std::strong_ordering::less;
  return compare(left, right);
}

size_t hash_jsonb(std::string_view text) {
  return hash_of(parsed(text));
}

}  // namespace wallaby::sql
