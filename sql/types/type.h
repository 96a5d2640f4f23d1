// sql/types/type.h
//
// The types that SQL knows here, by PostgreSQL's numbers (OIDs), because clients choose their decoders by them.
//
//     columns        int2 int4 int8 float8 bool text varchar(n) bytea timestamptz jsonb
//     results only   numeric (decimal literals, avg, sum of bigint), oid, name, pg_lsn, date, interval, arrays for = ANY
//     unknown        a string literal or parameter whose type its surroundings decide
//
// serial and identity are not types: they are int columns with a sequence.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace wallaby::sql {

using Oid = uint32_t;

enum class TypeId : Oid {
  kInvalid = 0,
  kBool = 16,
  kBytea = 17,
  kChar = 18,  ///< "char", in catalog results
  kName = 19,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kRegclass = 2205,
  kText = 25,
  kOid = 26,
  kFloat8 = 701,
  kUnknown = 705,
  kInt2Array = 1005,
  kInt4Array = 1007,
  kTextArray = 1009,
  kInt8Array = 1016,
  kBpchar = 1042,  ///< char(n): padded with blanks, which do not count in comparisons; never in a key
  kVarchar = 1043,
  kDate = 1082,
  kTimestamp = 1114,
  kTimestamptz = 1184,
  kInterval = 1186,
  kNumeric = 1700,
  kVoid = 2278,
  kPgLsn = 3220,
  kJsonb = 3802,
};

/// A type and its modifier: varchar(20) is {kVarchar, 24} (PostgreSQL's n + 4); -1: none.
struct Type {
  TypeId id = TypeId::kInvalid;
  int32_t modifier = -1;
  bool operator==(const Type&) const = default;
};

/// The name that people read: "integer", "character varying(20)", "timestamp with time zone" (format_type).
std::string to_string(const Type& type);
std::string to_string(TypeId id);
std::ostream& operator<<(std::ostream& out, const Type& type);
/// A column may have this type.
bool is_storable(TypeId id);
/// pg_type.typlen for RowDescription: 4 for int4, -1 for text.
int16_t type_size(TypeId id);
/// The type that a name in SQL means, lower case, without modifier: "int", "int4", "integer", "character varying". kInvalid: unknown.
TypeId type_named(std::string_view name);
/// True for the names of PostgreSQL's types that are not here ("real", "json", "uuid"): 0A000 for them, 42704 for all others.
bool is_type_left_out(std::string_view name);
/// kInt8Array for kInt8; kInvalid when there is none. And back.
TypeId array_of(TypeId element);
TypeId element_of(TypeId array);

}  // namespace wallaby::sql
