// sql/pgwire/row_encoder.h
//
// Result columns and rows as a client sees them: RowDescription tells each column's name, type and format, DataRow brings the
// values in that format.
//
//     {id int4, name text}  formats {}      T  id 23 ... text, name 25 ... text
//     {1, "Alice"}                          D  00 02  00 00 00 01 '1'  00 00 00 05 'Alice'
//
// Rows are the bulk of what a server says, so they go straight into the output, integers without a detour through a string.
#pragma once

#include <span>
#include <vector>

#include "sql/pgwire/backend_encoder.h"
#include "sql/pgwire/formats.h"
#include "sql/plan/plan.h"
#include "sql/sql_error.h"
#include "sql/types/value.h"

namespace wallaby::sql::pgwire {

/// RowDescription, or NoData when there are no columns and no rows come either: `SELECT;` gives a row of none.
void encode_row_description(const std::vector<ResultColumn>& columns, const Formats& formats,
                            BackendEncoder& out, bool gives_rows = false);
/// Nothing is left in the output when a value has no binary form (0A000).
SqlResult<void> encode_row(const std::vector<ResultColumn>& columns, std::span<const Value> values,
                           const Formats& formats, BackendEncoder& out);

}  // namespace wallaby::sql::pgwire
