// sql/storage/row_codec.h
//
// A row's value: the columns that its key does not give back, in order.
//
//     users(id int primary key, name text, admin bool)     row (7, 'Alice', NULL)
//     key    01 80 00 00 07
//     value  02 02 05 41 6C 69 63 65
//            |  |  '- length and bytes of name
//            |  '---- a bit a column, set: NULL (admin is the second)
//            '------- two columns
//
// The count lets ALTER TABLE ADD COLUMN leave old rows as they are: columns behind it have their Column::missing.
// Columns that the key gives back are those of the primary key, except float8 (its key forgets the sign of zero).
//
// Errors: decoding says false for bytes that are no row of the table, whatever they are; text that is not UTF-8 included.
#pragma once

#include <string>
#include <string_view>

#include "sql/storage/catalog.h"
#include "sql/types/type.h"
#include "sql/types/value.h"

namespace wallaby::sql {

/// A single value that is not NULL, as in a row.
void encode_value(TypeId type, const Value& value, std::string& out);
/// Takes one off the front of `bytes`; false when they do not begin with one.
bool decode_value(TypeId type, std::string_view& bytes, Value& out);

/// False when key and value are not a row of this table. `row` holds the columns afterwards, or anything.
bool decode_stored(const Table& table, std::string_view key, std::string_view value, Row& row);

}  // namespace wallaby::sql
