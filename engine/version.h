// engine/version.h
//
// One version of one key: a header with the key's and the value's bytes behind it, in one heap block.
//
//     [older][newer][lsn][value size][key size][tombstone] key bytes, value bytes
//
// The index holds a pointer to a key's newest version and nothing else: a key costs 8 bytes there, and the bytes
// of a row exist once. The version is found through its own key bytes; a newer one takes its place in the index
// without touching the tree.
//
//     table.rows:  ... | head | ...
//                        v
//                    ["moon" 0/1A8] <-newer- ["world" 0/90]        older points the other way
//
// A version is seen from its lsn on, until the lsn of `newer`.
#pragma once

#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

#include "base/lsn.h"

namespace wallaby::engine {

struct Version {
  Version* older = nullptr;
  Version* newer = nullptr;  ///< null for the newest
  Lsn lsn;
  uint32_t value_size = 0;
  uint16_t key_size = 0;
  bool tombstone = false;

  std::string_view key() const { return {bytes(), key_size}; }
  std::string_view value() const { return {bytes() + key_size, value_size}; }

  /// What the block takes of the heap: malloc's own header and rounding, counted generously.
  uint64_t heap_bytes() const { return (sizeof(Version) + key_size + value_size + 16 + 15) / 16 * 16; }

  static Version* make(Lsn lsn, std::string_view key, std::string_view value, bool tombstone) {
    void* block = ::operator new(sizeof(Version) + key.size() + value.size());
    auto* version = new (block) Version{
        nullptr,  nullptr, lsn, static_cast<uint32_t>(value.size()), static_cast<uint16_t>(key.size()),
        tombstone};
    char* to = reinterpret_cast<char*>(version + 1);
    if (!key.empty()) std::memcpy(to, key.data(), key.size());
    if (!value.empty()) std::memcpy(to + key.size(), value.data(), value.size());
    return version;
  }
  static void destroy(Version* version) { ::operator delete(version); }

 private:
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
};

}  // namespace wallaby::engine
