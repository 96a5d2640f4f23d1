// Every N-th file operation fails: the log stops, and nothing that it called flushed is lost.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/wal/log_driver.h"

namespace wallaby::wal {
namespace {

using testing::MemoryFileSystem;

struct Outcome {
  bool operation_failed = false;
  bool log_failed = false;
  Lsn flushed;
};

/// Writes a dozen records over several segments, releasing some on the way, until done or stopped.
Outcome work(MemoryFileSystem& files, LogStart start) {
  Log log(std::move(start), small_options());
  LogDriver driver(files, log);
  for (size_t i = 0; i < 12 && !log.failure(); ++i) {
    std::string payload(i == 5 ? 3000 : 90 * i, 'f');
    Room room = log.room_for(payload.size());
    while (room == Room::kPreparing && driver.step()) room = log.room_for(payload.size());
    if (room == Room::kDiskFull) {
      log.retry_prepare();
      driver.run();
    }
    if (log.failure()) break;
    driver.append(payload);
    if (i % 3 == 1) driver.run();
    if (i == 9 && log.flushed() > Lsn{1000}) log.release_below(Lsn{1000});
  }
  driver.run();
  EXPECT_TRUE(log.failure() || log.flushed() == log.appended());
  return Outcome{files.failed(), log.failure().has_value(), log.flushed()};
}

TEST(Failure, EveryOperationMayFailOnce) {
  for (ErrorCode code : {ErrorCode::kIo, ErrorCode::kDiskFull}) {
    int stopped = 0, went_on = 0;
    for (uint64_t n = 1;; ++n) {
      MemoryFileSystem files;
      LogStart start = new_log(files);
      files.fail_at(n, code);
      Outcome outcome = work(files, start);
      if (!outcome.operation_failed) {
        EXPECT_GT(n, 60u) << "the load was not real";
        break;
      }
      ++(outcome.log_failed ? stopped : went_on);
      EXPECT_TRUE(outcome.log_failed || code == ErrorCode::kDiskFull) << "operation " << n;

      Evidence evidence = primary_evidence();
      evidence.from = segments_on(files).empty() ? Lsn{} : segments_on(files).front().first;
      // The process dies alone: the page cache survives, with bytes that a failed flush may never bring to disk.
      auto recovered = recover(files, evidence);
      ASSERT_TRUE(recovered) << "operation " << n << ": " << recovered.error();
      EXPECT_GE(recovered->start.end, outcome.flushed);
      // What recovery kept counts as flushed, so it must outlive the machine too.
      files.cut_power_losing_all();
      auto again = recover(files, evidence);
      ASSERT_TRUE(again) << "operation " << n << ": " << again.error();
      EXPECT_EQ(again->start.end, recovered->start.end) << "operation " << n;
    }
    EXPECT_GT(stopped, 20);
    EXPECT_GE(went_on, code == ErrorCode::kDiskFull ? 5 : 0) << "a full disk while preparing is no failure";
  }
}

// kill -9 between the rename of a new segment and the fsync of its directory: recovery makes the name durable.
TEST(Failure, ANameThatOnlyTheCacheKnowsIsMadeDurable) {
  auto files = disk_with({std::string(800, 'a')});
  auto recovered = recover(*files);
  ASSERT_TRUE(recovered);
  Log log(recovered->start, small_options());
  LogDriver driver(*files, log);
  driver.append(std::string(800, 'b'));
  while (auto job = driver.take()) {
    bool activation = std::ranges::any_of(
        job->steps, [](const FileStep& step) { return std::holds_alternative<RenameStep>(step); });
    if (activation) {
      job->steps.pop_back();
      run_job(*job, *files);
      break;
    }
    driver.finish(*job);
  }
  ASSERT_EQ(segments_on(*files).size(), 2u);
  ASSERT_TRUE(recover(*files));
  files->cut_power_losing_all();
  EXPECT_EQ(segments_on(*files).size(), 2u);
}

TEST(Failure, RecoveryRepeatsWhatAFailedOneLeftBehind) {
  auto disk = disk_with({std::string(300, 'a'), std::string(300, 'b'), std::string(300, 'c')});
  disk->damage(segment_path(segments_on(*disk).back()), [](std::string& bytes) { bytes[1023] = 1; });
  for (uint64_t n = 1;; ++n) {
    auto copy = disk->clone();
    copy->fail_at(n, ErrorCode::kIo);
    auto failed = recover(*copy);
    if (failed) {
      EXPECT_GT(n, 6u);
      break;
    }
    EXPECT_EQ(failed.error().code, ErrorCode::kIo);
    auto recovered = recover(*copy);
    ASSERT_TRUE(recovered) << recovered.error();
    EXPECT_EQ(recovered->start.end, Lsn{3 * 344});
  }
}

}  // namespace
}  // namespace wallaby::wal
