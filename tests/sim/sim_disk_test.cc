#include "sim/sim_disk.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace wallaby::sim {
namespace {

class SimDiskTest : public testing::Test {
 protected:
  void write(const std::string& path, uint64_t offset, std::string bytes) {
    SharedBytes piece(std::move(bytes));
    ASSERT_TRUE(disk.write(path, offset, std::span(&piece, 1)));
  }
  void durable_file(const std::string& path, std::string bytes) {
    ASSERT_TRUE(disk.create(path));
    write(path, 0, std::move(bytes));
    ASSERT_TRUE(disk.sync(path));
    ASSERT_TRUE(disk.sync_directory(parent_directory(path)));
  }
  std::string content(const std::string& path) { return disk.read_all(path).value_or("<none>"); }
  /// What a file may hold after a power cut, over many of them.
  std::set<std::string> after_crashes(const std::string& path) {
    std::set<std::string> seen;
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      SimDisk copy = disk;
      Random random(seed);
      copy.crash(random);
      seen.insert(copy.read_all(path).value_or("<none>"));
    }
    return seen;
  }

  SimDisk disk;
  Random random{1};
};

TEST_F(SimDiskTest, ReadsSeeWhatWasWritten) {
  ASSERT_TRUE(disk.create("f"));
  write("f", 3, "abc");
  EXPECT_EQ(content("f"), std::string("\0\0\0abc", 6));
  write("f", 0, "xyz");
  EXPECT_EQ(content("f"), "xyzabc");
  ASSERT_TRUE(disk.truncate("f", 2));
  EXPECT_EQ(content("f"), "xy");
  EXPECT_EQ(disk.read("f", 1, 100).value(), "y");
  EXPECT_EQ(disk.read("g", 0, 1).error().code, ErrorCode::kNotFound);
}

TEST_F(SimDiskTest, SyncedBytesSurviveEveryCrash) {
  durable_file("f", "kept");
  EXPECT_TRUE(disk.certain("f", 0, 4));
  EXPECT_EQ(after_crashes("f"), std::set<std::string>{"kept"});
}

TEST_F(SimDiskTest, UnsyncedBytesMaySurviveOrNot) {
  durable_file("f", "old!");
  write("f", 0, "new!");
  EXPECT_FALSE(disk.certain("f", 0, 4));
  std::set<std::string> seen = after_crashes("f");
  EXPECT_TRUE(seen.contains("old!"));
  EXPECT_TRUE(seen.contains("new!"));
  EXPECT_GT(seen.size(), 2u) << "garbled sectors, too";
}

TEST_F(SimDiskTest, AnUnsyncedAppendNeverHarmsTheSyncedBytesBesideIt) {
  durable_file("f", "kept");
  write("f", 4, "lost");
  EXPECT_TRUE(disk.certain("f", 0, 4));
  EXPECT_FALSE(disk.certain("f", 0, 5));
  for (const std::string& bytes : after_crashes("f")) EXPECT_EQ(bytes.substr(0, 4), "kept");
}

TEST_F(SimDiskTest, SectorsAreKeptOrLostEachOnItsOwn) {
  durable_file("f", std::string(3 * kSectorSize, 'o'));
  write("f", 0, std::string(3 * kSectorSize, 'n'));
  std::set<std::string> patterns;
  for (const std::string& bytes : after_crashes("f"))
    patterns.insert({bytes[0], bytes[kSectorSize], bytes[2 * kSectorSize]});
  EXPECT_TRUE(patterns.contains("non"));
  EXPECT_TRUE(patterns.contains("ono"));
}

TEST_F(SimDiskTest, ASyncCoversWhatWasWrittenBeforeItBegan) {
  durable_file("f", "....");
  write("f", 0, "a");
  auto ticket = disk.begin_sync("f");
  write("f", 1, "b");
  ASSERT_TRUE(disk.end_sync(*ticket, "f"));
  EXPECT_TRUE(disk.certain("f", 0, 1));
  EXPECT_FALSE(disk.certain("f", 1, 1));
  EXPECT_EQ(after_crashes("f").size() > 1, true);
  for (const std::string& bytes : after_crashes("f")) EXPECT_EQ(bytes[0], 'a');
}

TEST_F(SimDiskTest, ManyWritesBesideARunningSyncDoNotConfuseIt) {
  durable_file("f", std::string(kSectorSize, '.'));
  write("f", 0, "a");
  auto ticket = disk.begin_sync("f");
  for (uint64_t i = 1; i < 40; ++i) write("f", i, "b");
  ASSERT_TRUE(disk.end_sync(*ticket, "f"));
  EXPECT_TRUE(disk.certain("f", 0, 1));
}

TEST_F(SimDiskTest, AFailedSyncsBytesAreReadableUntilTheCrashAndThenGone) {
  durable_file("f", std::string(64 * kSectorSize, 'o'));
  write("f", 0, std::string(64 * kSectorSize, 'n'));
  disk.fail_syncs(1);
  EXPECT_EQ(disk.sync("f").error().code, ErrorCode::kIo);
  EXPECT_EQ(content("f"), std::string(64 * kSectorSize, 'n'));
  ASSERT_TRUE(disk.sync("f")) << "the next sync knows of nothing";
  EXPECT_FALSE(disk.certain("f", 0, 64 * kSectorSize));
  disk.crash(random);
  EXPECT_NE(content("f").find('o'), std::string::npos);
}

TEST_F(SimDiskTest, WhatAFailedSyncLostCanBeWrittenAgain) {
  durable_file("f", "old");
  write("f", 0, "new");
  disk.set_random(Random(3));
  disk.fail_syncs(1);
  ASSERT_FALSE(disk.sync("f"));
  write("f", 0, "new");
  ASSERT_TRUE(disk.sync("f"));
  EXPECT_TRUE(disk.certain("f", 0, 3));
  EXPECT_EQ(after_crashes("f"), std::set<std::string>{"new"});
}

TEST_F(SimDiskTest, ANameIsSureOnlyWhenItsDirectoryIsSynced) {
  ASSERT_TRUE(disk.create("f"));
  write("f", 0, "x");
  ASSERT_TRUE(disk.sync("f"));
  EXPECT_FALSE(disk.certain("f", 0, 1));
  EXPECT_TRUE(after_crashes("f").contains("<none>"));
  ASSERT_TRUE(disk.sync_directory(""));
  EXPECT_TRUE(disk.certain("f", 0, 1));
  ASSERT_TRUE(disk.remove("f"));
  EXPECT_EQ(after_crashes("f"), (std::set<std::string>{"<none>", "x"}));
}

TEST_F(SimDiskTest, ARenameIsDoneOrNot) {
  durable_file("old", "o");
  durable_file("new", "n");
  ASSERT_TRUE(disk.rename("new", "old"));
  EXPECT_EQ(content("old"), "n");
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SimDisk copy = disk;
    Random chance(seed);
    copy.crash(chance);
    bool done = !copy.exists("new");
    EXPECT_EQ(copy.read_all("old").value(), done ? "n" : "o");
  }
}

TEST_F(SimDiskTest, FilesNeedTheirDirectory) {
  EXPECT_EQ(disk.create("wal/f").error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(disk.make_directory("wal"));
  ASSERT_TRUE(disk.make_directory("wal"));
  durable_file("wal/f", "x");
  EXPECT_EQ(disk.list("").value(), std::vector<std::string>{"wal"});
  EXPECT_EQ(disk.list("wal").value(), std::vector<std::string>{"f"});
  EXPECT_TRUE(after_crashes("wal/f").contains("<none>"))
      << "the directory itself was never synced into its parent";
  ASSERT_TRUE(disk.sync_directory(""));
  EXPECT_EQ(disk.list("none").error().code, ErrorCode::kNotFound);
}

TEST_F(SimDiskTest, AFullDiskTakesNoMore) {
  durable_file("f", "1234");
  disk.set_capacity(6);
  SharedBytes piece(std::string("abc"));
  EXPECT_EQ(disk.write("f", 4, std::span(&piece, 1)).error().code, ErrorCode::kDiskFull);
  EXPECT_EQ(disk.free_bytes().value(), 2u);
  write("f", 0, "abcd");  // what is there already needs no room
  EXPECT_EQ(disk.full_errors(), 1u);
}

TEST_F(SimDiskTest, ThePowerCanGoBetweenAnyTwoOperations) {
  durable_file("f", "x");
  disk.cut_after(1);
  write("f", 0, "y");
  EXPECT_FALSE(disk.power_lost());
  EXPECT_EQ(disk.sync("f").error().code, ErrorCode::kIo);
  EXPECT_TRUE(disk.power_lost());
  EXPECT_FALSE(disk.create("g"));
  disk.crash_losing_all();
  EXPECT_EQ(content("f"), "x");
  EXPECT_TRUE(disk.create("g"));
}

TEST_F(SimDiskTest, AFlippedBitIsThereToStay) {
  durable_file("f", "a");
  disk.flip_bit("f", 0, 1);
  EXPECT_EQ(content("f"), "c");
  EXPECT_EQ(after_crashes("f"), std::set<std::string>{"c"});
}

}  // namespace
}  // namespace wallaby::sim
