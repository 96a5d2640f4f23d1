// cli/units.h
//
// Durations and sizes as people type them, for the flags of all programs.
//
//     parse_duration("500ms")   ms, s, m (or min), h; a bare number is seconds
//     parse_size("16M")         K, M, G with or without B or iB, all powers of 1024; a bare number is bytes
//
// Errors: kInvalidArgument, with an example of what would do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace wallaby::cli {

Result<Duration> parse_duration(std::string_view text);
Result<uint64_t> parse_size(std::string_view text);

/// Three digits for people: "0 B", "512 B", "16.8 MB" (powers of 1000, as disks are sold).
std::string human_size(uint64_t bytes);
/// "1,234,567"
std::string human_count(uint64_t count);
/// "1 row", "2 rows", "1,000 rows"
std::string counted(uint64_t count, std::string_view what);

}  // namespace wallaby::cli
