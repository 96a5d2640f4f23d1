// sql/pgwire/parameters.h
//
// What a client binds to $1, $2, ...: checked against what the statement wants, as PostgreSQL checks it, and turned into values.
//
//     Bind{"", "s1", {}, {"42"}}  with s1: one parameter of type int8   ->  {42}
//     Bind{"", "s1", {}, {"abc"}}                                       ->  22P02 invalid input syntax for type bigint: "abc"
#pragma once

#include "sql/pgwire/messages.h"
#include "sql/session/session.h"
#include "sql/sql_error.h"
#include "sql/types/value.h"

namespace wallaby::sql::pgwire {

/// 08P01 when counts do not fit, 22023 for an unknown format, or what is wrong with a value.
SqlResult<Row> read_parameters(const Bind& bind, const Prepared& prepared);
/// Checks the formats that the client wants for `columns`.
SqlResult<void> check_result_formats(const Formats& formats, size_t columns);

}  // namespace wallaby::sql::pgwire
