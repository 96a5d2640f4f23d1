// base/units.h
//
// Durations and sizes as people type them, in flags and in the policy of the ack switch.
//
//     parse_duration("500ms")   ms, s, m (or min), h; a bare number is seconds
//     parse_size("16M")         K, M, G with or without B or iB, all powers of 1024; a bare number is bytes
//
// Errors: kInvalidArgument, with an example of what would do. How durations are printed: base/time.h.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace wallaby {

Result<Duration> parse_duration(std::string_view text);
Result<uint64_t> parse_size(std::string_view text);

}  // namespace wallaby
