#include "wal/log_memory.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace wallaby::wal {

char* LogMemory::extend(uint64_t size) {
  if (chunks_.empty() || chunks_.back().capacity - chunks_.back().used < size) {
    Chunk chunk{.start = end_, .used = 0, .capacity = std::max(size, chunk_size_), .bytes = nullptr};
    if (chunk.capacity == chunk_size_ && free_chunk_)
      chunk.bytes = std::move(free_chunk_);
    else
      chunk.bytes = std::make_shared_for_overwrite<char[]>(chunk.capacity);
    capacity_ += chunk.capacity;
    chunks_.push_back(std::move(chunk));
  }
  Chunk& chunk = chunks_.back();
  char* room = chunk.bytes.get() + chunk.used;
  chunk.used += size;
  end_ = end_ + size;
  return room;
}

std::vector<SharedBytes> LogMemory::slice(Lsn from, Lsn to) const {
  WALLABY_CHECK(begin() <= from && from <= to && to <= end_, "{} to {} is not in memory", to_string(from),
                to_string(to));
  std::vector<SharedBytes> pieces;
  if (from == to) return pieces;
  auto chunk = std::ranges::upper_bound(chunks_, from, {}, &Chunk::start) - 1;
  for (; from < to; ++chunk) {
    uint64_t offset = from - chunk->start;
    uint64_t length = std::min(chunk->used - offset, to - from);
    pieces.emplace_back(std::shared_ptr<const void>(chunk->bytes, chunk->bytes.get()),
                        std::string_view(chunk->bytes.get() + offset, length));
    from = from + length;
  }
  return pieces;
}

void LogMemory::shrink(uint64_t limit, Lsn keep_from) {
  while (capacity_ > limit && chunks_.size() > 1 && chunks_[1].start <= keep_from) {
    Chunk& oldest = chunks_.front();
    capacity_ -= oldest.capacity;
    if (oldest.capacity == chunk_size_ && oldest.bytes.use_count() == 1)
      free_chunk_ = std::move(oldest.bytes);
    chunks_.pop_front();
  }
}

}  // namespace wallaby::wal
