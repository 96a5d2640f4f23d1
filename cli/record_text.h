// cli/record_text.h
//
// A record of the log as `waldump` shows it: one line for people, one JSON object for programs.
//
//     0/1A8       changes   t1   56 bytes  put greetings hello = world
//     0/220       changes   t1   80 bytes  put users (7, 'Alice')
//
// Rows of SQL tables are decoded when their definition has passed before, in the catalog's rows; until then they are bytes.
// The line shortens what is long; JSON has everything: lsn (the record's end, as a write's token), start, timeline, kind,
// format, length, checksum and previous (the chain, in hex), writer_flushed, and `changes` or `event`.
#pragma once

#include <string>

#include "sql/storage/row_text.h"
#include "wal/frame.h"

namespace wallaby::cli {

/// Definitions in the record are learned, before its own rows are shown.
std::string record_text(const wal::Frame& frame, sql::RowText& sql);
/// With `row` beside the bytes where they are known to be an SQL table's.
std::string record_json(const wal::Frame& frame, sql::RowText& sql);
/// The definitions alone.
void learn_definitions(const wal::Frame& frame, sql::RowText& sql);

}  // namespace wallaby::cli
