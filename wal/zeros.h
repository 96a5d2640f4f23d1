// wal/zeros.h
//
// Zeros are the log's word for "nothing was ever written here", so several places look for them.
#pragma once

#include <cstring>
#include <string_view>

namespace wallaby::wal {

inline bool all_zero(std::string_view bytes) {
  return bytes.empty() ||
         (bytes[0] == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

/// The length up to and with the last byte that is not zero.
inline size_t length_before_zeros(std::string_view bytes) {
  return bytes.find_last_not_of('\0') + 1;
}

}  // namespace wallaby::wal
