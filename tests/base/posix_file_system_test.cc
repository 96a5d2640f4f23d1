#include "base/posix_file_system.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

namespace wallaby {
namespace {

struct Posix : ::testing::Test {
  Posix() {
    std::string pattern = (std::filesystem::temp_directory_path() / "wallaby-base-XXXXXX").string();
    directory = ::mkdtemp(pattern.data());
  }
  ~Posix() override { std::filesystem::remove_all(directory); }

  static void put(FileSystem& files, const std::string& path, uint64_t offset,
                  std::vector<std::string> texts) {
    std::vector<SharedBytes> pieces;
    for (std::string& text : texts) pieces.emplace_back(std::move(text));
    auto done = files.write(path, offset, pieces);
    ASSERT_TRUE(done) << done.error();
  }

  std::string directory;
};

TEST_F(Posix, WritesPiecesAndReadsThemBack) {
  PosixFileSystem files(directory);
  ASSERT_TRUE(files.create("a"));
  put(files, "a", 3, {"one ", "", "two ", "three"});
  EXPECT_EQ(*files.read_all("a"), std::string("\0\0\0one two three", 16));
  EXPECT_EQ(*files.size("a"), 16u);
  EXPECT_EQ(*files.read("a", 7, 3), "two");
  EXPECT_EQ(*files.read("a", 11, 1000), "three");
  EXPECT_EQ(*files.read("a", 1000, 5), "");
  ASSERT_TRUE(files.sync("a"));
  ASSERT_TRUE(files.truncate("a", 4));
  EXPECT_EQ(*files.size("a"), 4u);
  put(files, "a", 0, {});
  EXPECT_EQ(*files.size("a"), 4u);
}

TEST_F(Posix, WritesMorePiecesThanOneCallTakes) {
  PosixFileSystem files(directory);
  ASSERT_TRUE(files.create("a"));
  std::vector<std::string> pieces;
  std::string all;
  for (int i = 0; i < 3000; ++i) all += pieces.emplace_back(std::to_string(i));
  put(files, "a", 0, pieces);
  EXPECT_EQ(*files.read_all("a"), all);
}

TEST_F(Posix, ZeroesReally) {
  PosixFileSystem files(directory);
  ASSERT_TRUE(files.create("a"));
  put(files, "a", 0, {"abc"});
  ASSERT_TRUE(files.zero("a", 1, (3 << 20) + 5));
  std::string bytes = *files.read_all("a");
  EXPECT_EQ(bytes, "a" + std::string((3 << 20) + 5, '\0'));
}

TEST_F(Posix, NamesAreListedSortedAndFollowRenames) {
  PosixFileSystem files(directory);
  ASSERT_TRUE(files.make_directory("wal"));
  ASSERT_TRUE(files.make_directory("wal"));
  for (const char* name : {"wal/b", "wal/a", "wal/c"}) ASSERT_TRUE(files.create(name));
  put(files, "wal/a", 0, {"content of a"});
  ASSERT_TRUE(files.rename("wal/a", "wal/c"));
  ASSERT_TRUE(files.sync_directory("wal"));
  EXPECT_EQ(*files.list("wal"), (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(*files.read_all("wal/c"), "content of a") << "not the file that had this name before";
  ASSERT_TRUE(files.remove("wal/c"));
  EXPECT_FALSE(files.exists("wal/c"));
  EXPECT_EQ(files.read("wal/c", 0, 1).error().code, ErrorCode::kNotFound)
      << "an open handle must not survive";
  ASSERT_TRUE(files.remove_all_in("wal"));
  EXPECT_TRUE(files.list("wal")->empty());
}

TEST_F(Posix, ErrorsNameThePath) {
  PosixFileSystem files(directory);
  for (const Error& error :
       {files.read("gone", 0, 1).error(), files.size("gone").error(), files.sync("gone").error(),
        files.remove("gone").error(), files.rename("gone", "x").error(), files.list("gone").error(),
        files.write("gone", 0, {}).error(), files.sync_directory("gone").error()}) {
    EXPECT_EQ(error.code, ErrorCode::kNotFound);
    EXPECT_NE(error.message.find(directory + "/gone"), std::string::npos) << error;
  }
  ASSERT_TRUE(files.create("file"));
  EXPECT_FALSE(files.make_directory("file"));
}

TEST_F(Posix, MakesTheRootWithItsParents) {
  PosixFileSystem files(directory + "/one/two/");
  EXPECT_EQ(files.root(), directory + "/one/two");
  EXPECT_EQ(files.list("").error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(files.make_directory(""));
  EXPECT_TRUE(files.list("")->empty());
  EXPECT_GT(*files.free_bytes(), 0u);
}

TEST_F(Posix, ReplacesAFile) {
  PosixFileSystem files(directory);
  ASSERT_TRUE(files.replace("identity", "first"));
  ASSERT_TRUE(files.replace("identity", "second"));
  EXPECT_EQ(*files.read_all("identity"), "second");
  EXPECT_EQ(*files.list(""), std::vector<std::string>{"identity"});
}

TEST_F(Posix, MoreFilesThanAreKeptOpen) {
  PosixFileSystem files(directory);
  for (int i = 0; i < 200; ++i) {
    std::string name = std::to_string(i);
    ASSERT_TRUE(files.create(name));
    put(files, name, 0, {name});
  }
  for (int i = 0; i < 200; ++i) EXPECT_EQ(*files.read_all(std::to_string(i)), std::to_string(i));
}

TEST_F(Posix, ServesThreadsAtOnce) {
  PosixFileSystem files(directory);
  ASSERT_TRUE(files.create("log"));
  std::atomic<bool> stop = false;
  std::thread flusher([&] {
    while (!stop) EXPECT_TRUE(files.sync("log"));
  });
  std::thread namer([&] {
    while (!stop) {
      EXPECT_TRUE(files.create("draft"));
      EXPECT_TRUE(files.rename("draft", "name"));
    }
  });
  std::string all;
  for (int i = 0; i < 500; ++i) {
    std::string text = std::to_string(i) + " ";
    put(files, "log", all.size(), {text});
    all += text;
  }
  stop = true;
  flusher.join();
  namer.join();
  EXPECT_EQ(*files.read_all("log"), all);
}

TEST_F(Posix, OneProcessHoldsADirectory) {
  auto lock = DirectoryLock::take(directory);
  ASSERT_TRUE(lock) << lock.error();
  auto second = DirectoryLock::take(directory);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kExists);
  EXPECT_NE(
      second.error().message.find("is in use by another process (pid " + std::to_string(::getpid()) + ")"),
      std::string::npos)
      << second.error();
  EXPECT_EQ(DirectoryLock::take(directory + "/gone").error().code, ErrorCode::kNotFound);
}

TEST_F(Posix, TheLockEndsWithItsOwner) {
  {
    ASSERT_TRUE(DirectoryLock::take(directory));
  }
  pid_t child = ::fork();
  if (child == 0) ::_exit(DirectoryLock::take(directory) ? 0 : 1);
  int status = 1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(DirectoryLock::take(directory)) << "its process died holding it";
}

}  // namespace
}  // namespace wallaby
