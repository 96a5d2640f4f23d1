// base/endian.h
//
// Fixed-width little-endian numbers in byte strings: how every file format and message header of Wallaby
// stores its integers. The caller guarantees the room.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace wallaby {

static_assert(std::endian::native == std::endian::little,
              "formats are little-endian; add byte swaps for this machine");

template <typename T>
  requires std::is_unsigned_v<T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <typename T>
  requires std::is_unsigned_v<T>
void store(char* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

}  // namespace wallaby
