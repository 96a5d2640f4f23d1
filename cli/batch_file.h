// cli/batch_file.h
//
// What `wallaby batch` reads: one change a line, all of them one transaction.
//
//     # words, quoted as in a shell ...
//     put accounts alice 90
//     put notes "to do" 'water the plants'
//     del accounts bob
//     # ... or fields between tabs, escaped as `scan` prints them (cli/escape.h)
//     put<TAB>accounts<TAB>carol<TAB>line 1\nline 2
//
// A line with a tab behind its first word is fields, every other line is words. In words, '...' is taken as it is, and
// a backslash outside of '...' begins an escape (\t \n \r \\ \xNN) or takes the next character as it is. Empty lines and
// lines that begin with # are skipped.
//
// Errors: kInvalidArgument with "FILE:LINE: " in front. Nothing is sent then.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/changes.h"

namespace wallaby::cli {

/// `name`: of the file, for messages.
Result<engine::Changes> parse_batch(std::string_view name, std::string_view text);

/// One line without its newline; nullopt: nothing to do.
Result<std::optional<engine::Change>> parse_batch_line(std::string_view line);
/// The words of a line that is no fields.
Result<std::vector<std::string>> split_words(std::string_view line);

}  // namespace wallaby::cli
