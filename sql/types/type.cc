#include "sql/types/type.h"

#include <algorithm>
#include <array>
#include <ostream>

#include <fmt/format.h>

namespace wallaby::sql {
namespace {

struct Entry {
  TypeId id;
  std::string_view name;        ///< as people read it
  std::string_view short_name;  ///< as pg_type.typname has it
  int16_t size;
  TypeId array = TypeId::kInvalid;
};

constexpr std::array kTypes{
    Entry{TypeId::kBool, "boolean", "bool", 1},
    Entry{TypeId::kBytea, "bytea", "bytea", -1},
    Entry{TypeId::kChar, "\"char\"", "char", 1},
    Entry{TypeId::kName, "name", "name", 64},
    Entry{TypeId::kInt8, "bigint", "int8", 8, TypeId::kInt8Array},
    Entry{TypeId::kInt2, "smallint", "int2", 2, TypeId::kInt2Array},
    Entry{TypeId::kInt4, "integer", "int4", 4, TypeId::kInt4Array},
    Entry{TypeId::kRegclass, "regclass", "regclass", 4},
    Entry{TypeId::kText, "text", "text", -1, TypeId::kTextArray},
    Entry{TypeId::kOid, "oid", "oid", 4},
    Entry{TypeId::kFloat8, "double precision", "float8", 8},
    Entry{TypeId::kUnknown, "unknown", "unknown", -2},
    Entry{TypeId::kInt2Array, "smallint[]", "_int2", -1},
    Entry{TypeId::kInt4Array, "integer[]", "_int4", -1},
    Entry{TypeId::kTextArray, "text[]", "_text", -1},
    Entry{TypeId::kInt8Array, "bigint[]", "_int8", -1},
    Entry{TypeId::kBpchar, "character", "bpchar", -1},
    Entry{TypeId::kVarchar, "character varying", "varchar", -1},
    Entry{TypeId::kDate, "date", "date", 4},
    Entry{TypeId::kTimestamp, "timestamp without time zone", "timestamp", 8},
    Entry{TypeId::kTimestamptz, "timestamp with time zone", "timestamptz", 8},
    Entry{TypeId::kInterval, "interval", "interval", 16},
    Entry{TypeId::kNumeric, "numeric", "numeric", -1},
    Entry{TypeId::kVoid, "void", "void", 4},
    Entry{TypeId::kPgLsn, "pg_lsn", "pg_lsn", 8},
    Entry{TypeId::kJsonb, "jsonb", "jsonb", -1},
};

/// Names of the SQL standard beside those above.
struct Alias {
  std::string_view name;
  TypeId id;
};
constexpr std::array kAliases{
    Alias{"int", TypeId::kInt4},      Alias{"float", TypeId::kFloat8}, Alias{"decimal", TypeId::kNumeric},
    Alias{"dec", TypeId::kNumeric},   Alias{"char", TypeId::kBpchar},  Alias{"timestamp", TypeId::kTimestamp},
    Alias{"\"char\"", TypeId::kChar},
};

constexpr std::array<std::string_view, 46> kLeftOut{
    "real",      "float4",      "json",       "jsonpath",  "uuid",      "time",     "timetz",
    "money",     "inet",        "cidr",       "macaddr",   "macaddr8",  "bit",      "varbit",
    "point",     "line",        "lseg",       "box",       "path",      "polygon",  "circle",
    "xml",       "tsvector",    "tsquery",    "int4range", "int8range", "numrange", "tsrange",
    "tstzrange", "daterange",   "regproc",    "regtype",   "regoper",   "regrole",  "regnamespace",
    "xid",       "xid8",        "cid",        "tid",       "hstore",    "citext",   "txid_snapshot",
    "refcursor", "pg_snapshot", "int2vector", "oidvector"};

const Entry* entry_of(TypeId id) {
  auto found = std::ranges::find(kTypes, id, &Entry::id);
  return found == kTypes.end() ? nullptr : &*found;
}

}  // namespace

std::string to_string(const Type& type) {
  if (type.modifier < 0) return to_string(type.id);
  switch (type.id) {
    case TypeId::kVarchar:
    case TypeId::kBpchar: return fmt::format("{}({})", to_string(type.id), type.modifier - 4);
    case TypeId::kNumeric:
      return fmt::format("numeric({},{})", (type.modifier - 4) >> 16, (type.modifier - 4) & 0x7ff);
    case TypeId::kTimestamp: return fmt::format("timestamp({}) without time zone", type.modifier);
    case TypeId::kTimestamptz: return fmt::format("timestamp({}) with time zone", type.modifier);
    default: return to_string(type.id);
  }
}

std::string to_string(TypeId id) {
  const Entry* entry = entry_of(id);
  return entry != nullptr ? std::string(entry->name) : fmt::format("type {}", static_cast<Oid>(id));
}

std::ostream& operator<<(std::ostream& out, const Type& type) {
  return out << to_string(type);
}

bool is_storable(TypeId id) {
  switch (id) {
    case TypeId::kInt2:
    case TypeId::kInt4:
    case TypeId::kInt8:
    case TypeId::kFloat8:
    case TypeId::kBool:
    case TypeId::kText:
    case TypeId::kVarchar:
    case TypeId::kBpchar:
    case TypeId::kBytea:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz:
    case TypeId::kJsonb: return true;
    default: return false;
  }
}

int16_t type_size(TypeId id) {
  const Entry* entry = entry_of(id);
  return entry != nullptr ? entry->size : int16_t{-1};
}

TypeId type_named(std::string_view name) {
  auto alias = std::ranges::find(kAliases, name, &Alias::name);
  if (alias != kAliases.end()) return alias->id;
  auto found = std::ranges::find_if(
      kTypes, [&](const Entry& entry) { return entry.short_name == name || entry.name == name; });
  return found == kTypes.end() ? TypeId::kInvalid : found->id;
}

bool is_type_left_out(std::string_view name) {
  if (name.ends_with("[]")) name.remove_suffix(2);
  return std::ranges::find(kLeftOut, name) != kLeftOut.end();
}

TypeId array_of(TypeId element) {
  if (element == TypeId::kVarchar || element == TypeId::kName) return TypeId::kTextArray;
  const Entry* entry = entry_of(element);
  return entry != nullptr ? entry->array : TypeId::kInvalid;
}

TypeId element_of(TypeId array) {
  if (array == TypeId::kInvalid) return TypeId::kInvalid;
  auto found = std::ranges::find(kTypes, array, &Entry::array);
  return found == kTypes.end() ? TypeId::kInvalid : found->id;
}

}  // namespace wallaby::sql
