// sql/storage/key_codec.h
//
// Values as bytes whose order is the values' order: what keys of tables and indexes are made of.
//
//     7 (int4)        01 80 00 00 07          the sign bit turned over, most significant byte first
//     -1 (int8)       01 7F FF FF FF FF FF FF FF
//     'ab' (text)     01 61 62 00             a 00 inside is 00 FF, so that nothing is a prefix of another
//     NULL            02                      last, as in PostgreSQL's ascending indexes
//
// A part is its tag and its bytes, and says by itself where it ends; a key is its parts in a row. So all keys whose first
// parts are equal stand together, from the encoded prefix to prefix_end() of it.
//
// Invariants: memcmp order of parts = compare() of the values; decode_key_part() gives back what was encoded, except that
// a float8 loses the sign of zero and the payload of NaN (rows keep float8 key columns in their value too).
#pragma once

#include <string>
#include <string_view>

#include "sql/types/type.h"
#include "sql/types/value.h"

namespace wallaby::sql {

/// True for types that keys can hold. jsonb's order in PostgreSQL is not that of its text, so it is none of them.
bool is_key_type(TypeId type);
/// Memory-comparable bytes of one value, appended. NULL sorts last (as PostgreSQL's ASC default).
void encode_key_part(TypeId type, const Value& value, std::string& out);
/// Takes one part off the front of `bytes`; false when they do not begin with one.
bool decode_key_part(TypeId type, std::string_view& bytes, Value& out);

/// The key of a row of a table without a primary key.
std::string row_number_key(int64_t number);
/// False when it is no such key.
bool decode_row_number(std::string_view key, int64_t& out);

/// The smallest key that is above every key that begins with `prefix`; empty: there is none (to the end).
std::string prefix_end(std::string prefix);

}  // namespace wallaby::sql
