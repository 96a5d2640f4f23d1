#include "base/file_job.h"

#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/memory_file_system.h"

namespace wallaby {
namespace {

using testing::MemoryFileSystem;

SharedBytes bytes(std::string text) {
  return SharedBytes(std::move(text));
}

TEST(FileJob, RunsItsStepsInOrder) {
  MemoryFileSystem files;
  FileJob job{7,
              Lane::kFile,
              {CreateStep{"a"}, WriteStep{"a", 0, {bytes("hello "), bytes("world")}}, ZeroStep{"a", 11, 5},
               TruncateStep{"a", 13}, SyncStep{"a"}, RenameStep{"a", "b"}, SyncDirectoryStep{""},
               ReadStep{"b", 6, 100}, ReadStep{"b", 0, 5}, FreeBytesStep{}, RemoveStep{"gone"}}};
  FileJobDone done = run_job(job, files);
  EXPECT_EQ(done.id, 7u);
  EXPECT_EQ(done.error, std::nullopt) << "a file that is already gone is fine";
  ASSERT_EQ(done.reads.size(), 2u);
  EXPECT_EQ(done.reads[0].view(), std::string_view("world\0\0", 7));
  EXPECT_EQ(done.reads[1].view(), "hello");
  EXPECT_GT(done.free_bytes, 0u);
}

TEST(FileJob, StopsAtTheFirstFailure) {
  MemoryFileSystem files;
  FileJobDone done =
      run_job({1, Lane::kFile, {CreateStep{"a"}, SyncStep{"nothing"}, CreateStep{"b"}}}, files);
  ASSERT_TRUE(done.error);
  EXPECT_EQ(done.error->code, ErrorCode::kNotFound);
  EXPECT_TRUE(files.exists("a"));
  EXPECT_FALSE(files.exists("b"));
}

TEST(FileJob, PrintsItself) {
  std::ostringstream out;
  out << FileJob{3, Lane::kFlush, {WriteStep{"mark", 512, {bytes("xyz")}}, SyncStep{"mark"}}};
  EXPECT_EQ(out.str(), "job 3 (flush): write mark at 512, 3 bytes; sync mark;");
}

TEST(FileSystem, ReplaceLeavesTheOldFileOrTheNew) {
  for (uint64_t n = 1; n <= 6; ++n)
    for (bool keep : {false, true}) {
      MemoryFileSystem files;
      ASSERT_TRUE(files.replace("identity", "old"));
      files.fail_at(n, ErrorCode::kIo);
      bool replaced = files.replace("identity", "new").has_value();
      files.cut_power([&] { return keep; });
      std::string found = *files.read_all("identity");
      EXPECT_TRUE(found == "new" || (found == "old" && !replaced)) << n << ' ' << found;
    }
}

TEST(FileSystem, ParentDirectory) {
  EXPECT_EQ(parent_directory("wal/x"), "wal");
  EXPECT_EQ(parent_directory("x"), "");
}

}  // namespace
}  // namespace wallaby
