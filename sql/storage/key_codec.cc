#include "sql/storage/key_codec.h"

#include <bit>
#include <cmath>
#include <cstdint>

#include "base/check.h"

namespace wallaby::sql {
namespace {

constexpr char kValueTag = 1, kNullTag = 2;
constexpr char kEnd = 0, kEscaped = '\xFF';

/// Bytes of a number in a key; 0: not a number.
size_t number_width(TypeId type) {
  switch (type) {
    case TypeId::kBool: return 1;
    case TypeId::kInt2: return 2;
    case TypeId::kInt4: return 4;
    case TypeId::kInt8:
    case TypeId::kFloat8:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return 8;
    default: return 0;
  }
}

bool is_bytes(TypeId type) {
  return type == TypeId::kText || type == TypeId::kVarchar || type == TypeId::kBytea;
}

constexpr uint64_t top_bit(size_t width) {
  return uint64_t{1} << (8 * width - 1);
}

/// Negative numbers come out with all bits turned over, so that larger magnitudes sort lower; NaN above everything.
uint64_t order_bits(double value) {
  if (std::isnan(value)) return ~uint64_t{0};
  auto bits = std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);
  return bits & top_bit(8) ? ~bits : bits | top_bit(8);
}

double from_order_bits(uint64_t bits) {
  if (bits == ~uint64_t{0}) return std::nan("");
  return std::bit_cast<double>(bits & top_bit(8) ? bits & ~top_bit(8) : ~bits);
}

uint64_t number_bits(TypeId type, const Value& value, size_t width) {
  if (type == TypeId::kFloat8) return order_bits(value.real());
  if (type == TypeId::kBool) return value.boolean() ? 1 : 0;
  return static_cast<uint64_t>(value.integer()) + top_bit(width);
}

Value number_value(TypeId type, uint64_t bits, size_t width) {
  if (type == TypeId::kFloat8) return Value(from_order_bits(bits));
  if (type == TypeId::kBool) return Value(bits != 0);
  // Below zero the sum wraps within the width: widen the sign by shifting up and down again.
  size_t unused = 64 - 8 * width;
  auto shifted = static_cast<int64_t>((bits - top_bit(width)) << unused);
  return Value(shifted >> unused);
}

void append_big_endian(uint64_t bits, size_t width, std::string& out) {
  char bytes[9];
  for (size_t i = 0; i < width; ++i) bytes[i] = static_cast<char>(bits >> (8 * (width - 1 - i)));
  out.append(bytes, width);
}

uint64_t big_endian(std::string_view bytes) {
  uint64_t bits = 0;
  for (char byte : bytes) bits = bits << 8 | static_cast<uint8_t>(byte);
  return bits;
}

void append_escaped(std::string_view text, std::string& out) {
  for (size_t zero; (zero = text.find('\0')) != std::string_view::npos; text.remove_prefix(zero + 1)) {
    out.append(text.substr(0, zero + 1));
    out += kEscaped;
  }
  out.append(text);
  out += kEnd;
}

bool take_escaped(std::string_view& bytes, std::string& out) {
  while (true) {
    size_t zero = bytes.find('\0');
    if (zero == std::string_view::npos) return false;
    out.append(bytes.substr(0, zero));
    bytes.remove_prefix(zero + 1);
    if (bytes.empty() || bytes.front() != kEscaped) return true;
    out += '\0';
    bytes.remove_prefix(1);
  }
}

}  // namespace

bool is_key_type(TypeId type) {
  return number_width(type) > 0 || is_bytes(type);
}

void encode_key_part(TypeId type, const Value& value, std::string& out) {
  if (value.is_null()) {
    out += kNullTag;
    return;
  }
  out += kValueTag;
  if (size_t width = number_width(type)) {
    append_big_endian(number_bits(type, value, width), width, out);
  } else {
    WALLABY_CHECK(is_bytes(type), "a key of type {}", static_cast<Oid>(type));
    append_escaped(value.text(), out);
  }
}

bool decode_key_part(TypeId type, std::string_view& bytes, Value& out) {
  if (bytes.empty()) return false;
  char tag = bytes.front();
  bytes.remove_prefix(1);
  if (tag == kNullTag) {
    out = Value();
    return true;
  }
  if (tag != kValueTag) return false;
  if (size_t width = number_width(type)) {
    if (bytes.size() < width) return false;
    uint64_t bits = big_endian(bytes.substr(0, width));
    bytes.remove_prefix(width);
    out = number_value(type, bits, width);
    return type != TypeId::kBool || bits <= 1;
  }
  std::string text;
  if (!is_bytes(type) || !take_escaped(bytes, text)) return false;
  out = Value(std::move(text));
  return true;
}

std::string row_number_key(int64_t number) {
  std::string key;
  encode_key_part(TypeId::kInt8, Value(number), key);
  return key;
}

bool decode_row_number(std::string_view key, int64_t& out) {
  Value value;
  if (!decode_key_part(TypeId::kInt8, key, value) || !key.empty() || value.is_null()) return false;
  out = value.integer();
  return true;
}

std::string prefix_end(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
  if (!prefix.empty()) ++prefix.back();
  return prefix;
}

}  // namespace wallaby::sql
