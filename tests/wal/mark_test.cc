#include "wal/mark.h"

#include <gtest/gtest.h>

#include "tests/support/memory_file_system.h"

namespace wallaby::wal {
namespace {

using testing::MemoryFileSystem;

void write_lazily(MemoryFileSystem& files, MarkWriter& writer, uint64_t flushed) {
  WriteStep step = writer.write(Lsn{flushed}, Lsn{flushed / 2});
  ASSERT_TRUE(files.write(step.path, step.offset, step.pieces));
}

TEST(Mark, ANewOneSaysNothing) {
  MemoryFileSystem files;
  EXPECT_EQ(read_mark(files).error().code, ErrorCode::kNotFound);
  auto made = create_mark(files);
  ASSERT_TRUE(made);
  files.cut_power_losing_all();
  EXPECT_EQ(*read_mark(files), *made);
  EXPECT_EQ(made->flushed, Lsn{});
}

TEST(Mark, EverySectorOfLazyWritesMayBeLostOrKept) {
  for (bool keep : {false, true}) {
    MemoryFileSystem files;
    MarkWriter writer(*create_mark(files));
    write_lazily(files, writer, 48);
    ASSERT_TRUE(files.sync(kMarkPath));
    writer.synced();
    write_lazily(files, writer, 96);
    write_lazily(files, writer, 144);
    EXPECT_EQ(writer.durable().flushed, Lsn{48});
    EXPECT_EQ(read_mark(files)->flushed, Lsn{144});
    files.cut_power([&] { return keep; });
    EXPECT_EQ(read_mark(files)->flushed, keep ? Lsn{144} : Lsn{48});
  }
}

TEST(Mark, LazyWritesNeverTouchTheDurableSlot) {
  MemoryFileSystem files;
  MarkWriter writer(*create_mark(files));
  for (uint64_t flushed = 8; flushed < 400; flushed += 8) {
    write_lazily(files, writer, flushed);
    if (flushed % 24 == 0) {
      ASSERT_TRUE(files.sync(kMarkPath));
      writer.synced();
      continue;
    }
    // Whatever becomes of the slot that is being written, the other one is there.
    auto copy = files.clone();
    copy->damage(kMarkPath,
                 [&](std::string& bytes) { bytes[writer.newest().in_second_slot ? 512 : 0] ^= 1; });
    ASSERT_TRUE(read_mark(*copy));
    EXPECT_EQ(*read_mark(*copy), writer.durable());
  }
}

TEST(Mark, TwoInvalidSlotsAreDamage) {
  MemoryFileSystem files;
  ASSERT_TRUE(create_mark(files));
  std::string good = files.contents(kMarkPath);
  for (size_t bit = 0; bit < kMarkSlotSize * 8; ++bit) {
    files.damage(kMarkPath, [&](std::string& bytes) {
      bytes = good;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    });
    ASSERT_TRUE(read_mark(files)) << "one slot is still good";
    files.damage(kMarkPath, [&](std::string& bytes) { bytes[kMarkSlotSize + 20] ^= 1; });
    ASSERT_EQ(read_mark(files).error().code, ErrorCode::kCorrupt) << "bit " << bit;
  }
  files.damage(kMarkPath, [](std::string& bytes) { bytes.clear(); });
  EXPECT_EQ(read_mark(files).error().code, ErrorCode::kCorrupt);
}

TEST(Mark, LoweringLowersBothSlots) {
  MemoryFileSystem files;
  MarkWriter writer(*create_mark(files));
  write_lazily(files, writer, 480);
  ASSERT_TRUE(files.sync(kMarkPath));
  auto lowered = lower_mark(files, writer.newest(), Lsn{48}, Lsn{8});
  ASSERT_TRUE(lowered);
  files.cut_power_losing_all();
  EXPECT_EQ(*read_mark(files), *lowered);
  for (size_t slot : {0, 512}) {
    auto copy = files.clone();
    copy->damage(kMarkPath, [&](std::string& bytes) { bytes[slot] ^= 1; });
    EXPECT_EQ(read_mark(*copy)->flushed, Lsn{48});
    EXPECT_EQ(read_mark(*copy)->acknowledged, Lsn{8});
  }
}

}  // namespace
}  // namespace wallaby::wal
