#include "wal/log_memory.h"

#include <cstring>
#include <string>

#include <gtest/gtest.h>

namespace wallaby::wal {
namespace {

void put(LogMemory& memory, std::string_view bytes) {
  std::memcpy(memory.extend(bytes.size()), bytes.data(), bytes.size());
}

std::string text(const std::vector<SharedBytes>& pieces) {
  std::string all;
  for (const SharedBytes& piece : pieces) all += piece.view();
  return all;
}

TEST(LogMemory, SlicesAcrossChunks) {
  LogMemory memory(Lsn{100}, 8);
  put(memory, "aaaa");
  put(memory, "bbbb");
  put(memory, "cccc");
  EXPECT_EQ(memory.begin(), Lsn{100});
  EXPECT_EQ(memory.end(), Lsn{112});
  for (uint64_t from = 100; from <= 112; ++from)
    for (uint64_t to = from; to <= 112; ++to)
      EXPECT_EQ(text(memory.slice(Lsn{from}, Lsn{to})),
                std::string("aaaabbbbcccc").substr(from - 100, to - from));
  EXPECT_EQ(memory.slice(Lsn{100}, Lsn{112}).size(), 2u);
}

TEST(LogMemory, ALargeFrameGetsAChunkOfItsOwn) {
  LogMemory memory(Lsn{0}, 8);
  put(memory, "aaaa");
  put(memory, std::string(100, 'b'));
  EXPECT_EQ(memory.slice(Lsn{4}, Lsn{104}).size(), 1u);
  EXPECT_EQ(memory.capacity(), 108u);
}

TEST(LogMemory, ShrinkKeepsWhatIsNeededAndWhatIsHeld) {
  LogMemory memory(Lsn{0}, 8);
  for (char letter = 'a'; letter < 'f'; ++letter) put(memory, std::string(8, letter));
  std::vector<SharedBytes> held = memory.slice(Lsn{0}, Lsn{8});
  memory.shrink(16, Lsn{20});
  EXPECT_EQ(memory.begin(), Lsn{16}) << "the chunk with 20 is needed";
  memory.shrink(16, Lsn{40});
  EXPECT_EQ(memory.begin(), Lsn{24});
  for (char letter = 'f'; letter < 'k'; ++letter) put(memory, std::string(8, letter));
  EXPECT_EQ(text(held), "aaaaaaaa") << "a reader's bytes never change";
  EXPECT_EQ(text(memory.slice(Lsn{24}, Lsn{40})), "ddddddddeeeeeeee");
}

}  // namespace
}  // namespace wallaby::wal
