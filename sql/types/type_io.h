// sql/types/type_io.h
//
// Values to and from what is written: PostgreSQL's text form of each type, and the binary form of those that drivers use.
//
//     parse_value({kInt4}, "42")       -> 42            text in: literals, parameters, COPY
//     print_value({kBool}, true)       -> "t"           text out
//     read_binary / write_binary                        network byte order, as in PostgreSQL's *send and *recv
//
// Errors are PostgreSQL's: 22P02 `invalid input syntax for type integer: "x"`, 22003 `value "99999999999" is out of range
// for type integer`, 22001 for varchar(n), 22007/22008 for dates, 22021 for bytes that are not UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sql/sql_error.h"
#include "sql/types/type.h"
#include "sql/types/value.h"

namespace wallaby::sql {

/// `now`: the transaction's time, for 'now' and 'today' (refused without: an expression that is stored must not read the clock).
SqlResult<Value> parse_value(const Type& type, std::string_view text, std::optional<int64_t> now = {});
/// Appends; `value` is not NULL.
void print_value(TypeId type, const Value& value, std::string& out);
std::string print_value(TypeId type, const Value& value);

/// 08P01/22P03 when the bytes do not fit the type; 0A000 for types without a binary form here.
SqlResult<Value> read_binary(const Type& type, std::string_view bytes);
SqlResult<void> write_binary(TypeId type, const Value& value, std::string& out);

/// Fits a value of the type's own kind to its modifier, as storing does: varchar(n) too long is 22001 (trailing blanks are cut),
/// int ranges 22003. An explicit cast to varchar(n) cuts instead.
SqlResult<Value> fit_to(const Type& type, Value value, bool explicit_cast = false);

}  // namespace wallaby::sql
