// sql/pgwire/parameters.h
//
// What a client binds to $1, $2, ...: checked against what the statement wants, as PostgreSQL checks it, and turned into values.
//
//     Bind{"", "s1", {"42"}}  with s1: one parameter of type int8   ->  {42}
//     Bind{"", "s1", {"abc"}}                                       ->  22P02 invalid input syntax for type bigint: "abc"
//                                                                       unnamed portal parameter $1 = '...'
//
// Bind's counts and lengths are the client's, so each value is looked at when it is there, and no memory is taken for one that
// is only announced.
#pragma once

#include "sql/pgwire/formats.h"
#include "sql/pgwire/messages.h"
#include "sql/session/session.h"
#include "sql/sql_error.h"
#include "sql/types/value.h"

namespace wallaby::sql::pgwire {

struct BoundValues {
  Row parameters;
  Formats result_formats;  ///< any numbers: only who gives rows has to know them
};

/// 08P01 when counts and lengths do not fit, 22023 for an unknown format, or what is wrong with a value.
SqlResult<BoundValues> read_values(const Bind& bind, const Prepared& prepared);
/// Checks that the formats which the client wants are as many as the columns.
SqlResult<void> check_result_formats(const Formats& formats, size_t columns);

}  // namespace wallaby::sql::pgwire
