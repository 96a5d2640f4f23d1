#include "sql/types/type_io.h"

#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "base/lsn.h"
#include "sql/types/array_text.h"
#include "sql/types/bytea_text.h"
#include "sql/types/date_time.h"
#include "sql/types/float_text.h"
#include "sql/types/interval.h"
#include "sql/types/jsonb.h"
#include "sql/types/utf8.h"

namespace wallaby::sql {
namespace {

struct Range {
  int64_t low, high;
};
Range range_of(TypeId type) {
  switch (type) {
    case TypeId::kInt2: return {INT16_MIN, INT16_MAX};
    case TypeId::kInt4: return {INT32_MIN, INT32_MAX};
    case TypeId::kOid:
    case TypeId::kRegclass: return {INT32_MIN, UINT32_MAX};
    default: return {INT64_MIN, INT64_MAX};
  }
}

SqlResult<Value> parse_integer(TypeId type, std::string_view whole) {
  std::string_view text = trimmed(whole);
  if (text.starts_with('+') && text.size() > 1 && is_digit(text[1])) text.remove_prefix(1);
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool all = end == text.data() + text.size();
  if (error == std::errc::invalid_argument || !all) {
    return sql_error("22P02", "invalid input syntax for type {}: \"{}\"", to_string(type), whole);
  }
  Range range = range_of(type);
  if (error != std::errc() || value < range.low || value > range.high) {
    return sql_error("22003", "value \"{}\" is out of range for type {}", whole, to_string(type));
  }
  // An oid may be written as a negative number, as PostgreSQL has always allowed.
  if (type == TypeId::kOid || type == TypeId::kRegclass) value = static_cast<uint32_t>(value);
  return Value(value);
}

SqlResult<Value> parse_bool(std::string_view whole) {
  std::string word = to_lower(trimmed(whole));
  auto begins = [&](std::string_view full) { return !word.empty() && full.starts_with(word); };
  if (begins("true") || begins("yes") || word == "on" || word == "1") return Value(true);
  if (begins("false") || begins("no") || word == "of" || word == "off" || word == "0") return Value(false);
  return sql_error("22P02", "invalid input syntax for type boolean: \"{}\"", whole);
}

SqlResult<Value> parse_text(TypeId type, std::string_view text) {
  if (auto ok = check_text(text); !ok) return std::unexpected(ok.error());
  if (type == TypeId::kName && text.size() > 63) {  // NAMEDATALEN - 1 bytes, whole characters
    size_t end = 63;
    while (end > 0 && (text[end] & '\xC0') == '\x80') --end;
    text = text.substr(0, end);
  }
  if (type == TypeId::kChar) text = text.substr(0, 1);
  return Value(std::string(text));
}

SqlResult<Value> parse_pg_lsn(std::string_view text) {
  auto bad = [&] { return sql_error("22P02", "invalid input syntax for type pg_lsn: \"{}\"", text); };
  size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash > 8 || text.size() - slash - 1 > 8) return bad();
  Result<Lsn> lsn = parse_lsn(text);
  if (!lsn) return bad();
  return Value(static_cast<int64_t>(lsn->value));
}

template <typename T>
SqlResult<Value> value_of(SqlResult<T> result) {
  if (!result) return std::unexpected(result.error());
  return Value(*std::move(result));
}

SqlResult<Value> parse_plain(TypeId type, std::string_view text, std::optional<int64_t> now) {
  switch (type) {
    case TypeId::kInt2:
    case TypeId::kInt4:
    case TypeId::kInt8:
    case TypeId::kOid:
    case TypeId::kRegclass: return parse_integer(type, text);
    case TypeId::kBool: return parse_bool(text);
    case TypeId::kText:
    case TypeId::kVarchar:
    case TypeId::kBpchar:
    case TypeId::kName:
    case TypeId::kChar:
    case TypeId::kUnknown: return parse_text(type, text);
    case TypeId::kFloat8: return value_of(parse_float8(text));
    case TypeId::kNumeric: return value_of(parse_numeric(text));
    case TypeId::kBytea: return value_of(parse_bytea(text));
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return value_of(parse_date_time(type, text, now));
    case TypeId::kInterval: return value_of(parse_interval(text));
    case TypeId::kPgLsn: return parse_pg_lsn(text);
    case TypeId::kJsonb: return value_of(parse_jsonb(text));
    default: break;
  }
  if (element_of(type) != TypeId::kInvalid) return parse_array(type, text, now);
  return not_supported(fmt::format("input of type {}", to_string(type)));
}

void print_integer(int64_t value, std::string& out) {
  char digits[24];
  auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

/// varchar(n) and char(n).
SqlResult<Value> fit_text(const Type& type, Value value, bool explicit_cast) {
  int64_t limit = type.modifier - 4;
  const std::string& text = value.text();
  bool blank_padded = type.id == TypeId::kBpchar;
  if (static_cast<int64_t>(text.size()) > limit) {  // as many bytes are always enough room
    size_t end = byte_at(text, limit);
    bool only_blanks = text.find_first_not_of(' ', end) == std::string::npos;
    if (!only_blanks && !explicit_cast) {
      return sql_error("22001", "value too long for type {}", to_string(type));
    }
    if (end < text.size()) value = Value(text.substr(0, end));
  }
  if (!blank_padded) return value;
  std::string padded = value.text();
  int64_t length = text_length(padded);
  if (length < limit) padded.append(static_cast<size_t>(limit - length), ' ');
  return Value(std::move(padded));
}

SqlResult<Value> fit_numeric(const Type& type, const Value& value) {
  int32_t precision = (type.modifier - 4) >> 16;
  int32_t scale = (type.modifier - 4) & 0x7ff;
  if (scale > 1000) scale -= 2048;  // 11 bits with a sign
  auto rounded = round_to(value.numeric(), scale);
  if (!rounded) return std::unexpected(rounded.error());
  if (!rounded->is_nan && digit_count(*rounded) - rounded->scale > precision - scale) {
    return sql_error("22003", "numeric field overflow")
        .detail("A field with precision {}, scale {} must round to an absolute value less than {}{}.",
                precision, scale, precision == scale ? "" : "10^",
                precision == scale ? std::string("1") : std::to_string(precision - scale));
  }
  return Value(*std::move(rounded));
}

}  // namespace

SqlResult<Value> parse_value(const Type& type, std::string_view text, std::optional<int64_t> now) {
  auto value = parse_plain(type.id, text, now);
  if (!value || type.modifier < 0) return value;
  return fit_to(type, *std::move(value));
}

void print_value(TypeId type, const Value& value, std::string& out) {
  switch (type) {
    case TypeId::kBool: out += value.boolean() ? 't' : 'f'; return;
    case TypeId::kInt2:
    case TypeId::kInt4:
    case TypeId::kInt8:
    case TypeId::kOid:
    case TypeId::kRegclass: return print_integer(value.integer(), out);
    case TypeId::kFloat8: return print_float8(value.real(), out);
    case TypeId::kNumeric: out += to_string(value.numeric()); return;
    case TypeId::kBytea: return print_bytea(value.text(), out);
    case TypeId::kDate: return print_date(value.integer(), out);
    case TypeId::kTimestamp: return print_timestamp(value.integer(), false, out);
    case TypeId::kTimestamptz: return print_timestamp(value.integer(), true, out);
    case TypeId::kInterval: return print_interval(value.interval(), out);
    case TypeId::kPgLsn: out += to_string(Lsn{static_cast<uint64_t>(value.integer())}); return;
    case TypeId::kVoid: return;
    default: break;
  }
  if (element_of(type) != TypeId::kInvalid) return print_array(type, value.array(), out);
  out += value.text();
}

std::string print_value(TypeId type, const Value& value) {
  std::string out;
  print_value(type, value, out);
  return out;
}

SqlResult<Value> fit_to(const Type& type, Value value, bool explicit_cast) {
  if (value.is_null()) return value;
  switch (type.id) {
    case TypeId::kInt2:
    case TypeId::kInt4: {
      Range range = range_of(type.id);
      if (value.integer() < range.low || value.integer() > range.high) {
        return sql_error("22003", "{} out of range", to_string(type.id));
      }
      return value;
    }
    default: break;
  }
  if (type.modifier < 0) return value;
  switch (type.id) {
    case TypeId::kVarchar:
    case TypeId::kBpchar: return fit_text(type, std::move(value), explicit_cast);
    case TypeId::kNumeric: return fit_numeric(type, value);
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return Value(round_timestamp(value.integer(), type.modifier));
    case TypeId::kInterval: return not_supported("an interval with a precision or fields");
    default: return value;
  }
}

}  // namespace wallaby::sql
