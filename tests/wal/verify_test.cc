#include "wal/verify.h"

#include <gtest/gtest.h>

#include "tests/wal/log_driver.h"

namespace wallaby::wal {
namespace {

using testing::MemoryFileSystem;

std::vector<std::string> records(size_t count) {
  std::vector<std::string> payloads;
  for (size_t i = 0; i < count; ++i) payloads.emplace_back(300, static_cast<char>('a' + i));
  return payloads;
}

VerifiedLog verified(FileSystem& files) {
  auto log = verify_log(files, replica_evidence(), {});
  EXPECT_TRUE(log) << log.error();
  return *log;
}

LogComparison compared(FileSystem& a, FileSystem& b) {
  return *compare_logs(a, verified(a), b, verified(b));
}

TEST(Verify, CountsEveryFrame) {
  auto files = disk_with(records(7));
  VerifiedLog log = verified(*files);
  EXPECT_EQ(log.frames, 7u);
  EXPECT_EQ(log.first, Lsn{0});
  EXPECT_EQ(log.tail.end, Lsn{7 * 344});
  EXPECT_EQ(log.tail.judgement, TailJudgement{Clean{}});
  auto before = files->snapshot();
  verified(*files);
  EXPECT_EQ(files->snapshot(), before);
}

TEST(Verify, FindsDamage) {
  auto files = disk_with(records(7));
  std::string path = segment_path(segments_on(*files)[1]);
  files->damage(path, [](std::string& bytes) { bytes[500] ^= 1; });
  VerifiedLog log = verified(*files);
  EXPECT_EQ(log.frames, 3u);
  const auto& damage = std::get<Corrupt>(log.tail.judgement);
  EXPECT_EQ(damage.file, path);
  EXPECT_EQ(damage.offset, 64u + 344);
}

TEST(Verify, AShorterLogIsEqualOverWhatBothHave) {
  auto a = disk_with(records(7)), b = disk_with(records(4));
  EXPECT_EQ(compared(*a, *b), (LogComparison{Lsn{0}, Lsn{4 * 344}, {}}));
  EXPECT_EQ(compared(*b, *a), (LogComparison{Lsn{0}, Lsn{4 * 344}, {}}));
}

TEST(Verify, ALogThatBeganLaterIsComparedFromThere) {
  auto a = disk_with(records(7)), b = a->clone();
  ASSERT_TRUE(b->remove(segment_path(segments_on(*b)[0])));
  EXPECT_EQ(compared(*a, *b), (LogComparison{Lsn{688}, Lsn{7 * 344}, {}}));
}

TEST(Verify, NamesTheFirstDifference) {
  auto a = disk_with(records(7));
  std::vector<std::string> other = records(7);
  other[3][17] = 'X';
  auto b = disk_with(other);
  LogComparison comparison = compared(*a, *b);
  ASSERT_TRUE(comparison.first_difference);
  // The record d is the second of the second segment; its own checksum differs first.
  EXPECT_EQ(comparison.first_difference->file, "wal/00000001-00000000000002B0.wal");
  EXPECT_EQ(comparison.first_difference->offset, 64u + 344 + 32);
  EXPECT_EQ(comparison.first_difference->at, Lsn{3 * 344 + 32});
}

TEST(Verify, OtherSegmentsAreADifference) {
  auto a = disk_with(records(4));
  auto b = disk_with({std::string(300, 'a'), std::string(900, 'b')});
  LogComparison comparison = compared(*a, *b);
  ASSERT_TRUE(comparison.first_difference);
  EXPECT_EQ(comparison.first_difference->at, Lsn{344});
}

TEST(Verify, EmptyLogsHaveNothingInCommon) {
  auto a = disk_with({}), b = disk_with(records(3));
  EXPECT_EQ(compared(*a, *b), (LogComparison{Lsn{0}, Lsn{0}, {}}));
}

}  // namespace
}  // namespace wallaby::wal
