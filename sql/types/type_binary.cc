// The binary form of values, as PostgreSQL's *send and *recv functions have it: numbers in network byte order.
#include <algorithm>
#include <bit>
#include <memory>
#include <optional>
#include <type_traits>

#include <fmt/format.h>

#include "sql/types/date_time.h"
#include "sql/types/jsonb.h"
#include "sql/types/type_io.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

template <typename T>
void put(std::string& out, T value) {
  auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (size_t i = sizeof(T); i-- > 0;) out += static_cast<char>(bits >> (8 * i) & 0xFF);
}

/// Takes numbers off the front; `short_` once there were too few bytes.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}
  template <typename T>
  T take() {
    if (rest_.size() < sizeof(T)) {
      short_ = true;
      return T{};
    }
    std::make_unsigned_t<T> bits = 0;
    for (char c : rest_.substr(0, sizeof(T))) {
      bits = static_cast<std::make_unsigned_t<T>>(static_cast<uint64_t>(bits) << 8 | static_cast<uint8_t>(c));
    }
    rest_.remove_prefix(sizeof(T));
    return static_cast<T>(bits);
  }
  std::string_view take_bytes(size_t size) {
    if (rest_.size() < size) short_ = true;
    std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(bytes.size());
    return bytes;
  }
  bool ended_early() const { return short_; }
  bool done() const { return !short_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool short_ = false;
};

SqlError too_short() {
  return sql_error("08P01", "insufficient data left in message");
}

// --- numeric: digits of base 10000, the first of weight w counts 10000^w ---

constexpr uint16_t kNegative = 0x4000, kNan = 0xC000;

void write_numeric(const Numeric& value, std::string& out) {
  if (value.is_nan) {
    for (uint16_t field : {uint16_t{0}, uint16_t{0}, kNan, uint16_t{0}}) put(out, field);
    return;
  }
  std::string text = to_string(value);
  if (text.starts_with('-')) text.erase(0, 1);
  size_t point = std::min(text.find('.'), text.size());
  std::string digits = text.substr(0, point);
  digits.insert(0, (4 - digits.size() % 4) % 4, '0');
  auto weight = static_cast<int>(digits.size() / 4) - 1;
  if (point < text.size()) digits += text.substr(point + 1);
  digits.append((4 - digits.size() % 4) % 4, '0');
  std::vector<int16_t> groups;
  for (size_t i = 0; i < digits.size(); i += 4)
    groups.push_back(static_cast<int16_t>(std::stoi(digits.substr(i, 4))));
  while (!groups.empty() && groups.back() == 0) groups.pop_back();
  size_t zeros = 0;
  while (zeros < groups.size() && groups[zeros] == 0) ++zeros;
  groups.erase(groups.begin(), groups.begin() + static_cast<ptrdiff_t>(zeros));
  weight = groups.empty() ? 0 : weight - static_cast<int>(zeros);
  put(out, static_cast<int16_t>(groups.size()));
  put(out, static_cast<int16_t>(weight));
  put(out, value.digits < 0 ? kNegative : uint16_t{0});
  put(out, static_cast<int16_t>(value.scale));
  for (int16_t group : groups) put(out, group);
}

SqlResult<Value> read_numeric(Bytes& bytes) {
  auto count = bytes.take<uint16_t>();
  int weight = bytes.take<int16_t>();
  auto sign = bytes.take<uint16_t>();
  auto scale = bytes.take<uint16_t>();
  if (bytes.ended_early()) return too_short();
  if (sign == kNan) return Value(Numeric{.is_nan = true});
  if (sign != 0 && sign != kNegative) {
    if (sign == 0xD000 || sign == 0xF000) return not_supported("the numeric value infinity");
    return sql_error("22P03", "invalid sign in external \"numeric\" value");
  }
  if (scale > kMaxScale || weight > 10 || weight < -260)
    return sql_error("22003", "value overflows numeric format");
  std::string whole = "0", places;
  for (int i = 0; i < count; ++i) {
    auto group = bytes.take<int16_t>();
    if (bytes.ended_early()) return too_short();
    if (group < 0 || group > 9999) return sql_error("22P03", "invalid digit in external \"numeric\" value");
    int place = weight - i;
    if (place < 0 && places.empty()) places.append(static_cast<size_t>(-place - 1) * 4, '0');
    (place >= 0 ? whole : places) += fmt::format("{:04}", group);
  }
  for (int place = weight - count; place >= 0; --place) whole += "0000";
  places.resize(scale, '0');  // what is beyond the display scale is cut, as PostgreSQL does
  auto value = parse_numeric(
      fmt::format("{}{}{}{}", sign == kNegative ? "-" : "", whole, scale > 0 ? "." : "", places));
  if (!value) return std::unexpected(value.error());
  return Value(*std::move(value));
}

// --- arrays: dimensions, flag "has NULL", element type; each dimension's length and lower bound; elements ---

SqlResult<void> write_array(TypeId type, const Array& elements, std::string& out) {
  TypeId element = element_of(type);
  bool has_null = std::ranges::any_of(*elements, [](const Value& value) { return value.is_null(); });
  put(out, int32_t{elements->empty() ? 0 : 1});
  put(out, int32_t{has_null ? 1 : 0});
  put(out, static_cast<int32_t>(element));
  if (elements->empty()) return {};
  put(out, static_cast<int32_t>(elements->size()));
  put(out, int32_t{1});
  for (const Value& value : *elements) {
    if (value.is_null()) {
      put(out, int32_t{-1});
      continue;
    }
    std::string bytes;
    if (auto ok = write_binary(element, value, bytes); !ok) return ok;
    put(out, static_cast<int32_t>(bytes.size()));
    out += bytes;
  }
  return {};
}

SqlResult<Value> read_array(TypeId type, Bytes& bytes) {
  TypeId element = element_of(type);
  auto dimensions = bytes.take<int32_t>();
  bytes.take<int32_t>();
  auto element_oid = bytes.take<uint32_t>();
  if (bytes.ended_early()) return too_short();
  if (dimensions < 0 || dimensions > 1) return not_supported("an array of more than one dimension");
  // Drivers call strings varchar or text as they like; numbers of another size would be misread.
  bool text = element == TypeId::kText && (element_oid == 1043 || element_oid == 19);
  if (element_oid != static_cast<uint32_t>(element) && !text) {
    return sql_error("42804", "binary data has array element type {} instead of expected {} ({})",
                     element_oid, static_cast<uint32_t>(element), to_string(element));
  }
  std::vector<Value> values;
  if (dimensions == 1) {
    auto count = bytes.take<int32_t>();
    auto lower = bytes.take<int32_t>();
    if (lower != 1 && !bytes.ended_early()) return not_supported("an array with bounds");
    for (int32_t i = 0; i < count && !bytes.ended_early(); ++i) {
      auto size = bytes.take<int32_t>();
      if (size < 0) {
        values.emplace_back();
        continue;
      }
      std::string_view part = bytes.take_bytes(static_cast<size_t>(size));
      if (bytes.ended_early()) break;
      auto value = read_binary({element}, part);
      if (!value) return value;
      values.push_back(*std::move(value));
    }
  }
  if (bytes.ended_early()) return too_short();
  return Value(std::make_shared<const std::vector<Value>>(std::move(values)));
}

SqlResult<Value> read_text(const Type& type, std::string_view bytes) {
  if (auto ok = check_text(bytes); !ok) return std::unexpected(ok.error());
  return fit_to(type, Value(std::string(bytes)));
}

SqlResult<Value> read_jsonb(std::string_view bytes) {
  if (bytes.empty()) return too_short();
  if (bytes[0] != 1)
    return sql_error("XX000", "unsupported jsonb version number {}", static_cast<int>(bytes[0]));
  auto text = parse_jsonb(bytes.substr(1));
  if (!text) return std::unexpected(text.error());
  return Value(*std::move(text));
}

/// The types of fixed size; nullopt: not one of them.
std::optional<SqlResult<Value>> read_fixed(TypeId type, Bytes& bytes) {
  switch (type) {
    case TypeId::kBool: return Value(bytes.take<int8_t>() != 0);
    case TypeId::kInt2: return Value(int64_t{bytes.take<int16_t>()});
    case TypeId::kInt4: return Value(int64_t{bytes.take<int32_t>()});
    case TypeId::kOid:
    case TypeId::kRegclass: return Value(int64_t{bytes.take<uint32_t>()});
    case TypeId::kInt8:
    case TypeId::kPgLsn: return Value(bytes.take<int64_t>());
    case TypeId::kFloat8: return Value(std::bit_cast<double>(bytes.take<uint64_t>()));
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: {
      auto value = bytes.take<int64_t>();
      if (is_finite_timestamp(value) && !timestamp_in_range(value))
        return sql_error("22008", "timestamp out of range");
      return Value(value);
    }
    case TypeId::kDate: {
      int64_t days = bytes.take<int32_t>();
      if (is_finite_date(days) && !date_in_range(days)) return sql_error("22008", "date out of range");
      return Value(days);
    }
    case TypeId::kInterval: {
      auto time = bytes.take<int64_t>();
      auto days = bytes.take<int32_t>();
      auto months = bytes.take<int32_t>();
      return Value(Interval{months, days, time});
    }
    default: return std::nullopt;
  }
}

}  // namespace

SqlResult<Value> read_binary(const Type& type, std::string_view raw) {
  switch (type.id) {
    case TypeId::kText:
    case TypeId::kVarchar:
    case TypeId::kBpchar:
    case TypeId::kName:
    case TypeId::kUnknown: return read_text(type, raw);
    case TypeId::kBytea: return Value(std::string(raw));
    case TypeId::kJsonb: return read_jsonb(raw);
    default: break;
  }
  Bytes bytes(raw);
  SqlResult<Value> value = Value();
  if (auto fixed = read_fixed(type.id, bytes)) {
    value = *std::move(fixed);
  } else if (type.id == TypeId::kNumeric) {
    value = read_numeric(bytes);
  } else if (element_of(type.id) != TypeId::kInvalid) {
    value = read_array(type.id, bytes);
  } else {
    return not_supported(fmt::format("binary input of type {}", to_string(type.id)));
  }
  if (bytes.ended_early()) return too_short();
  if (!value) return value;
  if (!bytes.done()) return sql_error("22P03", "incorrect binary data format");
  return fit_to(type, *std::move(value));
}

SqlResult<void> write_binary(TypeId type, const Value& value, std::string& out) {
  switch (type) {
    case TypeId::kBool: out += value.boolean() ? '\1' : '\0'; return {};
    case TypeId::kInt2: put(out, static_cast<int16_t>(value.integer())); return {};
    case TypeId::kInt4:
    case TypeId::kDate:
    case TypeId::kOid:
    case TypeId::kRegclass: put(out, static_cast<int32_t>(value.integer())); return {};
    case TypeId::kInt8:
    case TypeId::kPgLsn:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: put(out, value.integer()); return {};
    case TypeId::kFloat8: put(out, std::bit_cast<uint64_t>(value.real())); return {};
    case TypeId::kText:
    case TypeId::kVarchar:
    case TypeId::kBpchar:
    case TypeId::kName:
    case TypeId::kChar:
    case TypeId::kUnknown:
    case TypeId::kBytea: out += value.text(); return {};
    case TypeId::kJsonb: out.append("\1").append(value.text()); return {};
    case TypeId::kNumeric: write_numeric(value.numeric(), out); return {};
    case TypeId::kInterval:
      put(out, value.interval().microseconds);
      put(out, value.interval().days);
      put(out, value.interval().months);
      return {};
    case TypeId::kVoid: return {};
    default: break;
  }
  if (element_of(type) != TypeId::kInvalid) return write_array(type, value.array(), out);
  return not_supported(fmt::format("binary output of type {}", to_string(type)));
}

}  // namespace wallaby::sql
