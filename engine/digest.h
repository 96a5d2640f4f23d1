// engine/digest.h
//
// The terms of a digest. A state's digest is the wrapping sum of one hash for each table and one for each row,
// so that it can be kept up to date change by change, and does not depend on their order.
//
//     table:  h = XXH3-64(name, seed kTableSeed)
//     row:    XXH3-64(value, seed XXH3-64(key, seed h))
//
// Each piece is hashed by itself and seeds the next, so moving a byte from the key to the value changes the sum.
#pragma once

#include <cstdint>
#include <string_view>

#include <xxhash.h>

namespace wallaby::engine {

inline constexpr uint64_t kTableSeed = 0x77616C6C61627900;

inline uint64_t table_hash(std::string_view name) {
  return XXH3_64bits_withSeed(name.data(), name.size(), kTableSeed);
}

inline uint64_t row_hash(uint64_t table, std::string_view key, std::string_view value) {
  return XXH3_64bits_withSeed(value.data(), value.size(),
                              XXH3_64bits_withSeed(key.data(), key.size(), table));
}

}  // namespace wallaby::engine
