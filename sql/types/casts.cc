// The casts: PostgreSQL's pg_cast for the types that are here. Any type can be cast to text, and text to any type, through
// the text that is read and printed.
#include <array>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "sql/types/bytea_text.h"
#include "sql/types/date_time.h"
#include "sql/types/function_tables.h"
#include "sql/types/jsonb.h"
#include "sql/types/type_io.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

template <TypeId T>
SqlResult<Value> print(Arguments arguments, EvalContext&) {
  return Value(print_value(T, arguments[0]));
}
template <TypeId T>
SqlResult<Value> read(Arguments arguments, EvalContext& context) {
  return parse_value({T}, arguments[0].text(), context.transaction_time);
}
SqlResult<Value> same(Arguments arguments, EvalContext&) {
  return arguments[0];
}

SqlResult<Value> bool_to_text(Arguments arguments, EvalContext&) {
  return text_value(arguments[0].boolean() ? "true" : "false");  // not the "t" that is printed
}

template <TypeId T>
SqlResult<Value> integer_to_integer(Arguments arguments, EvalContext&) {
  return integer_result<T>(arguments[0].integer());
}
SqlResult<Value> integer_to_float8(Arguments arguments, EvalContext&) {
  return Value(static_cast<double>(arguments[0].integer()));
}
SqlResult<Value> integer_to_numeric(Arguments arguments, EvalContext&) {
  return Value(numeric_from(arguments[0].integer()));
}
SqlResult<Value> integer_to_oid(Arguments arguments, EvalContext&) {
  int64_t value = arguments[0].integer();
  if (value < INT32_MIN || value > UINT32_MAX) return sql_error("22003", "OID out of range");
  return Value(static_cast<int64_t>(static_cast<uint32_t>(value)));
}
SqlResult<Value> oid_to_int4(Arguments arguments, EvalContext&) {
  return Value(static_cast<int64_t>(static_cast<int32_t>(arguments[0].integer())));
}
template <TypeId T>
SqlResult<Value> float8_to_integer(Arguments arguments, EvalContext&) {
  double value = std::rint(arguments[0].real());  // half to even
  if (std::isnan(value) || std::fabs(value) > 9.3e18) return out_of_range(T);
  return integer_result<T>(static_cast<WideInteger>(value));
}
SqlResult<Value> float8_to_numeric(Arguments arguments, EvalContext&) {
  return wrap(numeric_from(arguments[0].real()));
}
SqlResult<Value> numeric_to_float8(Arguments arguments, EvalContext&) {
  return Value(to_double(arguments[0].numeric()));
}
template <TypeId T>
SqlResult<Value> numeric_to_integer(Arguments arguments, EvalContext&) {
  if (arguments[0].numeric().is_nan) return sql_error("0A000", "cannot convert NaN to {}", to_string(T));
  auto whole = to_int64(arguments[0].numeric());  // half away from zero
  if (!whole) return out_of_range(T);
  return integer_result<T>(*whole);
}
SqlResult<Value> bool_to_int4(Arguments arguments, EvalContext&) {
  return int_value(arguments[0].boolean() ? 1 : 0);
}
SqlResult<Value> int4_to_bool(Arguments arguments, EvalContext&) {
  return Value(arguments[0].integer() != 0);
}

SqlResult<Value> date_to_timestamp(Arguments arguments, EvalContext&) {
  int64_t days = arguments[0].integer();
  if (!is_finite_date(days))
    return Value(days == kDateInfinity ? kTimestampInfinity : kTimestampMinusInfinity);
  if (days > 106751982) return sql_error("22008", "date out of range for timestamp");
  return Value(days * kMicrosecondsPerDay);
}
SqlResult<Value> timestamp_to_date(Arguments arguments, EvalContext&) {
  int64_t time = arguments[0].integer();
  if (!is_finite_timestamp(time))
    return Value(time == kTimestampInfinity ? kDateInfinity : kDateMinusInfinity);
  return Value(day_of(time));
}

SqlResult<Value> bpchar_to_text(Arguments arguments, EvalContext&) {
  std::string text = arguments[0].text();
  while (text.ends_with(' ')) text.pop_back();
  return Value(std::move(text));
}
SqlResult<Value> to_name(Arguments arguments, EvalContext&) {
  return parse_value({kName}, arguments[0].text());
}
SqlResult<Value> to_char_type(Arguments arguments, EvalContext&) {
  return parse_value({kChar}, arguments[0].text());
}

template <TypeId T>
SqlResult<Value> array_to_array(Arguments arguments, EvalContext&) {
  std::vector<Value> values;
  for (const Value& value : *arguments[0].array()) {
    if (value.is_null()) {
      values.emplace_back();
      continue;
    }
    auto fitted = integer_result < T == kInt2Array ? kInt2 : kInt4 > (value.integer());
    if (!fitted) return fitted;
    values.push_back(*std::move(fitted));
  }
  return Value(std::make_shared<const std::vector<Value>>(std::move(values)));
}

/// jsonb to bool and to numbers: only from a scalar of that kind.
SqlResult<Json> scalar_of(const Value& value, Json::Kind wanted, std::string_view type) {
  auto json = parse_json(value.text());
  if (!json || json->kind == wanted) return json;
  constexpr std::array<std::string_view, 6> kKinds{"null", "string", "numeric", "boolean", "array", "object"};
  auto kind = static_cast<size_t>(json->kind);
  return sql_error("22023", "cannot cast jsonb {} to type {}", kKinds[kind], type);
}
SqlResult<Value> jsonb_to_bool(Arguments arguments, EvalContext&) {
  auto json = scalar_of(arguments[0], Json::Kind::kBool, "boolean");
  if (!json) return std::unexpected(json.error());
  return Value(json->boolean);
}
template <TypeId T>
SqlResult<Value> jsonb_to_number(Arguments arguments, EvalContext& context) {
  auto json = scalar_of(arguments[0], Json::Kind::kNumber, to_string(T));
  if (!json) return std::unexpected(json.error());
  auto number = parse_numeric(json->text);
  if (!number) return std::unexpected(number.error());
  Value value(*std::move(number));
  if constexpr (T == kNumeric) return value;
  if constexpr (T == kFloat8) return numeric_to_float8({&value, 1}, context);
  if constexpr (T != kNumeric && T != kFloat8) return numeric_to_integer<T>({&value, 1}, context);
}

constexpr CastKind kImplicit = CastKind::kImplicit, kAssignment = CastKind::kAssignment,
                   kExplicit = CastKind::kExplicit;

std::vector<CastEntry> number_casts() {
  std::vector<CastEntry> casts{
      {{kInt2, kInt4, nullptr}, kImplicit},
      {{kInt2, kInt8, nullptr}, kImplicit},
      {{kInt4, kInt8, nullptr}, kImplicit},
      {{kInt4, kInt2, integer_to_integer<kInt2>}, kAssignment},
      {{kInt8, kInt2, integer_to_integer<kInt2>}, kAssignment},
      {{kInt8, kInt4, integer_to_integer<kInt4>}, kAssignment},
      {{kNumeric, kFloat8, numeric_to_float8}, kImplicit},
      {{kFloat8, kNumeric, float8_to_numeric}, kAssignment},
      {{kFloat8, kInt2, float8_to_integer<kInt2>}, kAssignment},
      {{kFloat8, kInt4, float8_to_integer<kInt4>}, kAssignment},
      {{kFloat8, kInt8, float8_to_integer<kInt8>}, kAssignment},
      {{kNumeric, kInt2, numeric_to_integer<kInt2>}, kAssignment},
      {{kNumeric, kInt4, numeric_to_integer<kInt4>}, kAssignment},
      {{kNumeric, kInt8, numeric_to_integer<kInt8>}, kAssignment},
      {{kBool, kInt4, bool_to_int4}, kExplicit},
      {{kInt4, kBool, int4_to_bool}, kExplicit},
      {{kOid, kRegclass, nullptr}, kImplicit},
      {{kRegclass, kOid, nullptr}, kImplicit},
      {{kInt2Array, kInt4Array, nullptr}, kImplicit},
      {{kInt2Array, kInt8Array, nullptr}, kImplicit},
      {{kInt4Array, kInt8Array, nullptr}, kImplicit},
      {{kInt4Array, kInt2Array, array_to_array<kInt2Array>}, kAssignment},
      {{kInt8Array, kInt2Array, array_to_array<kInt2Array>}, kAssignment},
      {{kInt8Array, kInt4Array, array_to_array<kInt4Array>}, kAssignment},
      {{kJsonb, kBool, jsonb_to_bool}, kExplicit},
      {{kJsonb, kInt2, jsonb_to_number<kInt2>}, kExplicit},
      {{kJsonb, kInt4, jsonb_to_number<kInt4>}, kExplicit},
      {{kJsonb, kInt8, jsonb_to_number<kInt8>}, kExplicit},
      {{kJsonb, kFloat8, jsonb_to_number<kFloat8>}, kExplicit},
      {{kJsonb, kNumeric, jsonb_to_number<kNumeric>}, kExplicit},
  };
  for (TypeId integer : {kInt2, kInt4, kInt8}) {
    casts.push_back({{integer, kFloat8, integer_to_float8}, kImplicit});
    casts.push_back({{integer, kNumeric, integer_to_numeric}, kImplicit});
    for (TypeId oid : {kOid, kRegclass}) casts.push_back({{integer, oid, integer_to_oid}, kImplicit});
  }
  for (TypeId oid : {kOid, kRegclass}) {
    casts.push_back({{oid, kInt8, nullptr}, kAssignment});
    casts.push_back({{oid, kInt4, oid_to_int4}, kAssignment});
  }
  return casts;
}

const std::vector<CastEntry>& text_and_date_casts() {
  static const std::vector<CastEntry> casts{
      {{kText, kVarchar, nullptr}, kImplicit},
      {{kVarchar, kText, nullptr}, kImplicit},
      {{kText, kBpchar, nullptr}, kImplicit},
      {{kVarchar, kBpchar, nullptr}, kImplicit},
      {{kBpchar, kText, bpchar_to_text}, kImplicit},
      {{kBpchar, kVarchar, bpchar_to_text}, kImplicit},
      {{kName, kText, nullptr}, kImplicit},
      {{kName, kVarchar, nullptr}, kAssignment},
      {{kName, kBpchar, nullptr}, kAssignment},
      {{kText, kName, to_name}, kImplicit},
      {{kVarchar, kName, to_name}, kImplicit},
      {{kBpchar, kName, to_name}, kImplicit},
      {{kChar, kText, nullptr}, kImplicit},
      {{kChar, kVarchar, nullptr}, kAssignment},
      {{kChar, kBpchar, nullptr}, kAssignment},
      {{kText, kChar, to_char_type}, kAssignment},
      {{kVarchar, kChar, to_char_type}, kAssignment},
      {{kBpchar, kChar, to_char_type}, kAssignment},
      {{kBool, kText, bool_to_text}, kAssignment},
      {{kBool, kVarchar, bool_to_text}, kAssignment},
      {{kBool, kBpchar, bool_to_text}, kAssignment},
      {{kDate, kTimestamp, date_to_timestamp}, kImplicit},
      {{kDate, kTimestamptz, date_to_timestamp}, kImplicit},
      {{kTimestamp, kDate, timestamp_to_date}, kAssignment},
      {{kTimestamptz, kDate, timestamp_to_date}, kAssignment},
      {{kTimestamp, kTimestamptz, nullptr}, kImplicit},
      {{kTimestamptz, kTimestamp, nullptr}, kAssignment},
  };
  return casts;
}

template <TypeId T>
void text_casts_of(std::vector<CastEntry>& casts) {
  constexpr bool kIsString = T == kText || T == kVarchar || T == kBpchar || T == kName || T == kChar;
  casts.push_back({{T, kUnknown, print<T>}, kImplicit});  // "any"
  if constexpr (!kIsString && T != kVoid) {
    if (T != kBool) {
      for (TypeId text : {kText, kVarchar, kBpchar}) casts.push_back({{T, text, print<T>}, kAssignment});
    }
    casts.push_back({{T, kName, print<T>}, kAssignment});
    for (TypeId text : {kText, kVarchar, kBpchar}) casts.push_back({{text, T, read<T>}, kExplicit});
  }
}

std::vector<CastEntry> all_casts() {
  std::vector<CastEntry> casts = number_casts();
  casts.insert(casts.end(), text_and_date_casts().begin(), text_and_date_casts().end());
  [&]<TypeId... T>() {
    (text_casts_of<T>(casts), ...);
  }.operator()<kBool, kBytea, kChar, kName, kInt8, kInt2, kInt4, kRegclass, kText, kOid, kFloat8, kInt2Array,
               kInt4Array, kTextArray, kInt8Array, kBpchar, kVarchar, kDate, kTimestamp, kTimestamptz,
               kInterval, kNumeric, kVoid, kPgLsn, kJsonb>();
  return casts;
}

uint64_t key_of(TypeId from, TypeId to) {
  return static_cast<uint64_t>(from) << 32 | static_cast<uint64_t>(to);
}

/// The types whose names are functions, too; the others are words of the grammar (int, varchar, interval).
struct TypeName {
  TypeId type;
  std::string_view name;
};
constexpr std::array kTypeNames{
    TypeName{kBool, "bool"},
    TypeName{kBytea, "bytea"},
    TypeName{kName, "name"},
    TypeName{kInt8, "int8"},
    TypeName{kInt2, "int2"},
    TypeName{kInt4, "int4"},
    TypeName{kText, "text"},
    TypeName{kOid, "oid"},
    TypeName{kFloat8, "float8"},
    TypeName{kVarchar, "varchar"},
    TypeName{kDate, "date"},
    TypeName{kTimestamp, "timestamp"},
    TypeName{kTimestamptz, "timestamptz"},
    TypeName{kInterval, "interval"},
    TypeName{kNumeric, "numeric"},
    TypeName{kPgLsn, "pg_lsn"},
    TypeName{kJsonb, "jsonb"},
};

}  // namespace

const std::vector<CastEntry>& casts() {
  static const std::vector<CastEntry> all = all_casts();
  return all;
}

Functions cast_functions() {
  Functions functions;
  for (const TypeName& entry : kTypeNames) {
    functions.push_back(
        {.name = entry.name, .arguments = {entry.type}, .result = entry.type, .evaluate = same});
    for (const CastEntry& cast : casts()) {
      if (cast.cast.to != entry.type) continue;
      functions.push_back({.name = entry.name,
                           .arguments = {cast.cast.from},
                           .result = entry.type,
                           .evaluate = cast.cast.evaluate != nullptr ? cast.cast.evaluate : same,
                           .volatility = Volatility::kStable});
    }
  }
  return functions;
}

const Cast* find_cast(TypeId from, TypeId to, CastKind kind) {
  static const std::unordered_map<uint64_t, const CastEntry*> index = [] {
    std::unordered_map<uint64_t, const CastEntry*> map;
    for (const CastEntry& entry : casts()) map.emplace(key_of(entry.cast.from, entry.cast.to), &entry);
    return map;
  }();
  auto found = index.find(key_of(from, to));
  return found != index.end() && found->second->kind <= kind ? &found->second->cast : nullptr;
}

bool can_coerce(TypeId from, TypeId to) {
  return from == to || from == kUnknown || to == kUnknown ||
         find_cast(from, to, CastKind::kImplicit) != nullptr;
}

Category category_of(TypeId type) {
  switch (type) {
    case kBool: return Category::kBool;
    case kInt2:
    case kInt4:
    case kInt8:
    case kFloat8:
    case kNumeric:
    case kOid:
    case kRegclass: return Category::kNumber;
    case kText:
    case kVarchar:
    case kBpchar:
    case kName: return Category::kString;
    case kDate:
    case kTimestamp:
    case kTimestamptz: return Category::kDateTime;
    case kInterval: return Category::kInterval;
    case kUnknown: return Category::kUnknown;
    default: return element_of(type) != kInvalid ? Category::kArray : Category::kUser;
  }
}

bool is_preferred(TypeId type) {
  return type == kText || type == kFloat8 || type == kOid || type == kTimestamptz || type == kInterval ||
         type == kBool;
}

SqlError out_of_range(TypeId type) {
  return sql_error("22003", "{} out of range", to_string(type));
}

}  // namespace wallaby::sql
