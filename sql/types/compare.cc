#include "sql/types/compare.h"

#include <bit>
#include <cmath>
#include <functional>
#include <string_view>

#include "sql/types/interval.h"
#include "sql/types/jsonb.h"

namespace wallaby::sql {
namespace {

std::strong_ordering compare_float8(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) <=> std::isnan(b);
  if (a < b) return std::strong_ordering::less;
  return a > b ? std::strong_ordering::greater : std::strong_ordering::equal;  // 0 and -0 are equal
}

std::string_view without_blanks(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Element by element, NULL above all; then the longer one is greater.
std::strong_ordering compare_arrays(TypeId element, const Array& a, const Array& b) {
  for (size_t i = 0; i < a->size() && i < b->size(); ++i) {
    const Value &left = (*a)[i], &right = (*b)[i];
    if (left.is_null() || right.is_null()) {
      if (left.is_null() != right.is_null()) return left.is_null() <=> right.is_null();
      continue;
    }
    if (auto order = compare(element, left, right); order != 0) return order;
  }
  return a->size() <=> b->size();
}

size_t hash_float8(double value) {
  if (std::isnan(value)) return 1;
  return std::hash<double>{}(value == 0 ? 0.0 : value);
}

size_t hash_numeric(Numeric value) {
  if (value.is_nan) return 1;
  while (value.scale > 0 && value.digits % 10 == 0) {
    value.digits /= 10;
    --value.scale;
  }
  auto low = static_cast<uint64_t>(value.digits);
  auto high = static_cast<uint64_t>(value.digits >> 64);
  return std::hash<uint64_t>{}(low ^ std::rotl(high, 31) ^ std::rotl(static_cast<uint64_t>(value.scale), 57));
}

size_t hash_length(IntervalLength length) {
  return std::hash<uint64_t>{}(static_cast<uint64_t>(length) ^ static_cast<uint64_t>(length >> 64));
}

}  // namespace

std::strong_ordering compare(TypeId type, const Value& a, const Value& b) {
  switch (type) {
    case TypeId::kBool: return a.boolean() <=> b.boolean();
    case TypeId::kInt2:
    case TypeId::kInt4:
    case TypeId::kInt8:
    case TypeId::kOid:
    case TypeId::kRegclass:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return a.integer() <=> b.integer();
    case TypeId::kPgLsn: return static_cast<uint64_t>(a.integer()) <=> static_cast<uint64_t>(b.integer());
    case TypeId::kFloat8: return compare_float8(a.real(), b.real());
    case TypeId::kNumeric: return compare(a.numeric(), b.numeric());
    case TypeId::kInterval: {
      IntervalLength left = length_of(a.interval()), right = length_of(b.interval());
      return left < right ? std::strong_ordering::less
                          : (left > right ? std::strong_ordering::greater : std::strong_ordering::equal);
    }
    case TypeId::kBpchar: return without_blanks(a.text()) <=> without_blanks(b.text());
    case TypeId::kJsonb: return compare_jsonb(a.text(), b.text());
    default: break;
  }
  if (TypeId element = element_of(type); element != TypeId::kInvalid) {
    return compare_arrays(element, a.array(), b.array());
  }
  return a.text() <=> b.text();
}

size_t hash(TypeId type, const Value& value) {
  if (value.is_null()) return 0;
  switch (type) {
    case TypeId::kBool: return value.boolean() ? 2 : 3;
    case TypeId::kFloat8: return hash_float8(value.real());
    case TypeId::kNumeric: return hash_numeric(value.numeric());
    case TypeId::kInterval: return hash_length(length_of(value.interval()));
    case TypeId::kBpchar: return std::hash<std::string_view>{}(without_blanks(value.text()));
    case TypeId::kJsonb: return hash_jsonb(value.text());
    default: break;
  }
  if (TypeId element = element_of(type); element != TypeId::kInvalid) {
    size_t combined = value.array()->size();
    for (const Value& item : *value.array()) combined = combined * 31 + hash(element, item);
    return combined;
  }
  if (std::holds_alternative<int64_t>(value.data)) return std::hash<int64_t>{}(value.integer());
  return std::hash<std::string_view>{}(value.text());
}

}  // namespace wallaby::sql
