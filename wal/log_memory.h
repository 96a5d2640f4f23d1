// wal/log_memory.h
//
// The newest part of the log, in memory. A frame is built here once; the write job, the senders and the applier
// then share slices of the same chunk (SharedBytes), without a copy.
//
//     begin                                        end
//       |   chunk    |    chunk      |  chunk |....|     appended at the end only, dropped at the front only
//
// A frame lies in one chunk, contiguous; a chunk is as large as chunk_size or as one larger frame needs. Handed
// out bytes never change, and live as long as somebody holds them, even when their chunk was dropped here.
//
// Threads: none; the SharedBytes it hands out may go to other threads.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/lsn.h"
#include "base/shared_bytes.h"

namespace wallaby::wal {

class LogMemory {
 public:
  LogMemory(Lsn start, uint64_t chunk_size) : end_(start), chunk_size_(chunk_size) {}

  /// Room for `size` bytes at end(), to be filled before anything else is called.
  char* extend(uint64_t size);

  Lsn begin() const { return chunks_.empty() ? end_ : chunks_.front().start; }
  Lsn end() const { return end_; }
  /// What the chunks take, used or not.
  uint64_t capacity() const { return capacity_; }
  /// The bytes from `from` to `to`, which lie within [begin(), end()], as few pieces as possible.
  std::vector<SharedBytes> slice(Lsn from, Lsn to) const;

  /// Drops the oldest chunks while all of them take more than `limit`, but none that reaches past `keep_from`.
  void shrink(uint64_t limit, Lsn keep_from);

 private:
  struct Chunk {
    Lsn start;
    uint64_t used = 0;
    uint64_t capacity = 0;
    std::shared_ptr<char[]> bytes;
  };

  std::deque<Chunk> chunks_;
  Lsn end_;
  uint64_t chunk_size_;
  uint64_t capacity_ = 0;
  std::shared_ptr<char[]> free_chunk_;  ///< one dropped chunk of chunk_size_ that nobody else held
};

}  // namespace wallaby::wal
