#include "server/job_thread.h"

#include <future>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/memory_file_system.h"

namespace wallaby::server {
namespace {

FileJob job(JobId id, std::vector<FileStep> steps) {
  return FileJob{id, Lane::kFile, std::move(steps)};
}

TEST(JobThread, RunsJobsInOrder) {
  testing::MemoryFileSystem files;
  std::vector<FileJobDone> done;
  std::promise<void> all;
  JobThread thread("test", files, [&](FileJobDone one) {
    done.push_back(std::move(one));
    if (done.size() == 3) all.set_value();
  });
  thread.run(job(1, {CreateStep{"f"}}));
  thread.run(job(2, {WriteStep{"f", 0, {SharedBytes("hello")}}, SyncStep{"f"}}));
  thread.run(job(3, {ReadStep{"f", 1, 3}}));
  all.get_future().wait();
  ASSERT_EQ(done.size(), 3u);
  EXPECT_EQ(done[0], (FileJobDone{.id = 1}));
  EXPECT_EQ(done[1], (FileJobDone{.id = 2}));
  EXPECT_EQ(done[2].reads, std::vector{SharedBytes("ell")});
}

TEST(JobThread, ReportsAFailureAndGoesOn) {
  testing::MemoryFileSystem files;
  std::vector<FileJobDone> done;
  std::promise<void> all;
  JobThread thread("test", files, [&](FileJobDone one) {
    done.push_back(std::move(one));
    if (done.size() == 2) all.set_value();
  });
  thread.run(job(1, {SyncStep{"missing"}}));
  thread.run(job(2, {CreateStep{"f"}}));
  all.get_future().wait();
  ASSERT_TRUE(done[0].error.has_value());
  EXPECT_EQ(done[0].error->code, ErrorCode::kNotFound);
  EXPECT_FALSE(done[1].error.has_value());
}

TEST(JobThread, EndsWithItsRunningJobAndDropsTheRest) {
  testing::MemoryFileSystem files;
  std::promise<void> began, go_on;
  std::vector<JobId> done;
  {
    JobThread thread("test", files, [&](const FileJobDone& one) {
      done.push_back(one.id);
      began.set_value();
      go_on.get_future().wait();
    });
    thread.run(job(1, {CreateStep{"a"}}));
    began.get_future().wait();
    go_on.set_value();
  }
  EXPECT_EQ(done, std::vector<JobId>{1});
}

}  // namespace
}  // namespace wallaby::server
