#include "sim/lanes.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace wallaby::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LanesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(disk.create("f"));
    ASSERT_TRUE(disk.sync_directory(""));
  }
  static FileJob write_and_sync(JobId id, Lane lane, std::string bytes) {
    return FileJob{id, lane, {WriteStep{"f", 0, {SharedBytes(std::move(bytes))}}, SyncStep{"f"}}};
  }

  Scheduler scheduler;
  SimDisk disk;
  std::vector<FileJobDone> done;
  int power_losses = 0;
  Lanes lanes{scheduler, disk, Random(1), [this](FileJobDone job) { done.push_back(std::move(job)); },
              [this] { ++power_losses; }};
};

TEST_F(LanesTest, TheLoopsJobsAreDoneAtOnce) {
  lanes.run(FileJob{1, Lane::kLoop, {WriteStep{"f", 0, {SharedBytes(std::string("x"))}}}});
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(disk.read_all("f").value(), "x");
}

TEST_F(LanesTest, JobsOfOneLaneRunInOrderAndTakeTheirTime) {
  lanes.run(write_and_sync(1, Lane::kFlush, "a"));
  lanes.run(write_and_sync(2, Lane::kFlush, "b"));
  EXPECT_TRUE(done.empty());
  scheduler.run_until(seconds(1));
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(done[0].id, 1u);
  EXPECT_EQ(done[1].id, 2u);
  EXPECT_TRUE(disk.certain("f", 0, 1));
  EXPECT_TRUE(lanes.idle());
}

TEST_F(LanesTest, AStalledSyncHoldsItsLaneOnly) {
  lanes.stall_syncs_until(milliseconds(500));
  lanes.run(write_and_sync(1, Lane::kFlush, "a"));
  lanes.run(FileJob{2, Lane::kFile, {ReadStep{"f", 0, 10}}});
  scheduler.run_until(milliseconds(400));
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].id, 2u);
  scheduler.run_until(milliseconds(501));
  EXPECT_EQ(done.size(), 2u);
}

TEST_F(LanesTest, AFailedStepEndsItsJob) {
  disk.fail_syncs(1);
  FileJob job = write_and_sync(1, Lane::kFlush, "a");
  job.steps.push_back(RemoveStep{"f"});
  lanes.run(job);
  scheduler.run_until(seconds(1));
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].error->code, ErrorCode::kIo);
  EXPECT_TRUE(disk.exists("f"));
}

TEST_F(LanesTest, AProcessThatIsGoneHearsNothing) {
  lanes.run(write_and_sync(1, Lane::kFlush, "a"));
  lanes.forget();
  scheduler.run_until(seconds(1));
  EXPECT_TRUE(done.empty());
}

TEST_F(LanesTest, ThePowerGoesBetweenTwoStepsOfAJob) {
  disk.cut_after(1);
  lanes.run(write_and_sync(1, Lane::kFile, "a"));
  scheduler.run_until(seconds(1));
  EXPECT_EQ(power_losses, 1);
  EXPECT_TRUE(done.empty());
}

}  // namespace
}  // namespace wallaby::sim
