// cli/escape.h
//
// Bytes as one field of a line of text, and back. `scan` prints with it; `load` and `batch` read what it printed.
//
//     tab \t    newline \n    backslash \\    any other control character or byte that is no UTF-8: \xNN
//
// unescape(escape(x)) == x for any bytes. Valid UTF-8 stays readable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace wallaby::cli {

std::string escape(std::string_view bytes);
/// kInvalidArgument: a backslash that begins none of the above (\r is understood, too).
Result<std::string> unescape(std::string_view text);

/// A line as fields between tabs, each unescaped.
Result<std::vector<std::string>> split_fields(std::string_view line);

/// Length of the UTF-8 character at the beginning of `bytes`; 0: there is none, or it is a control character.
size_t printable_length(std::string_view bytes);
bool is_utf8(std::string_view bytes);

/// escape(), cut at `length` characters or so with "..." and the size: for lines that people read.
std::string shorten(std::string_view bytes, size_t length);

}  // namespace wallaby::cli
