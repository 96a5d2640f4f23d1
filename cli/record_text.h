// cli/record_text.h
//
// A record of the log as `waldump` shows it: one line for people, one JSON object for programs.
//
//     0/1A8       changes   t1   56 bytes  put greetings hello = world
//
// The line shortens what is long; JSON has everything: lsn (the record's end, as a write's token), start, timeline, kind,
// format, length, checksum and previous (the chain, in hex), writer_flushed, and `changes` or `event`.
#pragma once

#include <string>

#include "wal/frame.h"

namespace wallaby::cli {

std::string record_text(const wal::Frame& frame);
std::string record_json(const wal::Frame& frame);

}  // namespace wallaby::cli
