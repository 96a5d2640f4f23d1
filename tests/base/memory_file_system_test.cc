// The double that other tests rely on loses exactly what the interface does not promise to keep.
#include "tests/support/memory_file_system.h"

#include <gtest/gtest.h>

namespace wallaby::testing {
namespace {

void put(MemoryFileSystem& files, const std::string& path, uint64_t offset, std::string text) {
  SharedBytes piece(std::move(text));
  ASSERT_TRUE(files.write(path, offset, std::span(&piece, 1)));
}

TEST(MemoryFileSystem, LosesUnflushedSectorsOneByOne) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create("a"));
  put(files, "a", 0, std::string(1536, 'o'));
  ASSERT_TRUE(files.sync("a"));
  ASSERT_TRUE(files.sync_directory(""));
  put(files, "a", 0, std::string(1536, 'n'));
  int asked = 0;
  files.cut_power([&] { return asked++ == 1; });
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(files.contents("a"), std::string(512, 'o') + std::string(512, 'n') + std::string(512, 'o'));
}

TEST(MemoryFileSystem, LosesUnflushedNames) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create("kept"));
  ASSERT_TRUE(files.sync_directory(""));
  ASSERT_TRUE(files.create("lost"));
  ASSERT_TRUE(files.rename("kept", "renamed"));
  files.cut_power_losing_all();
  EXPECT_TRUE(files.exists("kept"));
  EXPECT_FALSE(files.exists("lost"));
  EXPECT_FALSE(files.exists("renamed"));
}

TEST(MemoryFileSystem, AFailedSyncLosesItsBytesForGood) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create("a"));
  ASSERT_TRUE(files.sync_directory(""));
  put(files, "a", 0, "bytes");
  files.fail_at(1, ErrorCode::kIo);
  EXPECT_FALSE(files.sync("a"));
  EXPECT_EQ(files.contents("a"), "bytes") << "readable from the page cache";
  EXPECT_TRUE(files.sync("a")) << "claims to have flushed, and did nothing";
  files.cut_power([] { return true; });
  EXPECT_EQ(files.contents("a"), "");
}

}  // namespace
}  // namespace wallaby::testing
