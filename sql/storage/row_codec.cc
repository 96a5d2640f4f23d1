#include "sql/storage/row_codec.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "base/endian.h"
#include "sql/storage/key_codec.h"
#include "sql/storage/table_access.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

void append_varint(uint64_t number, std::string& out) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

bool take_varint(std::string_view& bytes, uint64_t& out) {
  out = 0;
  for (int shift = 0; shift < 63 && !bytes.empty(); shift += 7) {
    auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    out |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

template <typename Unsigned>
void append_number(Unsigned number, std::string& out) {
  char bytes[sizeof number];
  store(bytes, number);
  out.append(bytes, sizeof number);
}

template <typename Unsigned>
bool take_number(std::string_view& bytes, Unsigned& out) {
  if (bytes.size() < sizeof out) return false;
  out = load<Unsigned>(bytes.data());
  bytes.remove_prefix(sizeof out);
  return true;
}

template <typename Signed>
bool take_integer(std::string_view& bytes, Value& out) {
  std::make_unsigned_t<Signed> number = 0;
  if (!take_number(bytes, number)) return false;
  out = Value(static_cast<int64_t>(static_cast<Signed>(number)));
  return true;
}

bool take_text(std::string_view& bytes, bool any_bytes, Value& out) {
  uint64_t size = 0;
  if (!take_varint(bytes, size) || size > bytes.size()) return false;
  std::string_view text = bytes.substr(0, size);
  if (!any_bytes && !is_text(text)) return false;
  bytes.remove_prefix(size);
  out = Value(std::string(text));
  return true;
}

bool in_value(const Table& table, size_t column) {
  if (table.columns[column].type.id == TypeId::kFloat8) return true;
  return std::ranges::find(table.primary_key, column) == table.primary_key.end();
}

/// The columns that the row's key gives back.
bool decode_key_columns(const Table& table, std::string_view key, Row& row) {
  if (table.primary_key.empty()) {
    int64_t number = 0;
    return decode_row_number(key, number);
  }
  for (uint16_t position : table.primary_key) {
    TypeId type = table.columns[position].type.id;
    if (!decode_key_part(type, key, row[position]) || row[position].is_null()) return false;
    bool text = type == TypeId::kText || type == TypeId::kVarchar;
    if (text && !is_text(row[position].text())) return false;
  }
  return key.empty();
}

bool decode_value_columns(const Table& table, std::string_view value, Row& row) {
  uint64_t count = 0;
  if (!take_varint(value, count)) return false;
  size_t bitmap_size = (count + 7) / 8;
  if (count > table.columns.size() || bitmap_size > value.size()) return false;
  std::string_view nulls = value.substr(0, bitmap_size);
  value.remove_prefix(bitmap_size);
  size_t stored = 0;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (!in_value(table, i)) continue;
    if (stored == count) {
      row[i] = table.columns[i].missing.value_or(Value());
    } else if (bool null = nulls[stored / 8] >> (stored % 8) & 1; ++stored, null) {
      row[i] = Value();
    } else if (!decode_value(table.columns[i].type.id, value, row[i])) {
      return false;
    }
  }
  return value.empty() && stored == count;
}

}  // namespace

void encode_value(TypeId type, const Value& value, std::string& out) {
  switch (type) {
    case TypeId::kBool: out += value.boolean() ? '\1' : '\0'; return;
    case TypeId::kInt2: append_number(static_cast<uint16_t>(value.integer()), out); return;
    case TypeId::kInt4: append_number(static_cast<uint32_t>(value.integer()), out); return;
    case TypeId::kInt8:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: append_number(static_cast<uint64_t>(value.integer()), out); return;
    case TypeId::kFloat8: append_number(std::bit_cast<uint64_t>(value.real()), out); return;
    case TypeId::kText:
    case TypeId::kVarchar:
    case TypeId::kBpchar:
    case TypeId::kBytea:
    case TypeId::kJsonb:
      append_varint(value.text().size(), out);
      out += value.text();
      return;
    default: WALLABY_CHECK(false, "a stored value of type {}", static_cast<Oid>(type));
  }
}

bool decode_value(TypeId type, std::string_view& bytes, Value& out) {
  switch (type) {
    case TypeId::kBool: {
      if (bytes.empty() || static_cast<uint8_t>(bytes.front()) > 1) return false;
      out = Value(bytes.front() == '\1');
      bytes.remove_prefix(1);
      return true;
    }
    case TypeId::kInt2: return take_integer<int16_t>(bytes, out);
    case TypeId::kInt4: return take_integer<int32_t>(bytes, out);
    case TypeId::kInt8:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return take_integer<int64_t>(bytes, out);
    case TypeId::kFloat8: {
      uint64_t bits = 0;
      if (!take_number(bytes, bits)) return false;
      out = Value(std::bit_cast<double>(bits));
      return true;
    }
    case TypeId::kText:
    case TypeId::kVarchar:
    case TypeId::kBpchar:
    case TypeId::kJsonb: return take_text(bytes, false, out);
    case TypeId::kBytea: return take_text(bytes, true, out);
    default: return false;
  }
}

void encode_row(const Table& table, const Row& row, std::string& out) {
  if (table.origin == TableOrigin::kNative) {
    out += row[1].text();
    return;
  }
  size_t count = 0;
  for (size_t i = 0; i < table.columns.size(); ++i) count += in_value(table, i) ? 1 : 0;
  append_varint(count, out);
  size_t bitmap = out.size(), stored = 0;
  out.append((count + 7) / 8, '\0');
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (!in_value(table, i)) continue;
    if (row[i].is_null()) {
      out[bitmap + stored / 8] = static_cast<char>(out[bitmap + stored / 8] | 1 << (stored % 8));
    } else {
      encode_value(table.columns[i].type.id, row[i], out);
    }
    ++stored;
  }
}

bool decode_stored(const Table& table, std::string_view key, std::string_view value, Row& row) {
  row.resize(table.columns.size());
  return decode_key_columns(table, key, row) && decode_value_columns(table, value, row);
}

}  // namespace wallaby::sql
