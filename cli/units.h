// cli/units.h
//
// Sizes, counts and commands as people read them. How they type durations and sizes: base/units.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wallaby::cli {

/// Three digits for people: "0 B", "512 B", "16.8 MB" (powers of 1000, as disks are sold).
std::string human_size(uint64_t bytes);
/// "1,234,567"
std::string human_count(uint64_t count);
/// "1 row", "2 rows", "1,000 rows"
std::string counted(uint64_t count, std::string_view what);
/// "`wallaby status`": a command for this node, to be typed as it stands; --node only where it is needed.
std::string typed(std::string_view node, std::string_view command);

}  // namespace wallaby::cli
