#include "wal/salvage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/wal/log_driver.h"

namespace wallaby::wal {
namespace {

using ::testing::ElementsAre;
using testing::MemoryFileSystem;

/// Three segments with two records each.
struct Salvage : ::testing::Test {
  Salvage() {
    std::vector<std::string> payloads;
    for (char letter : {'a', 'b', 'c', 'd', 'e', 'f'}) payloads.emplace_back(300, letter);
    files = disk_with(payloads);
    segments = segments_on(*files);
    EXPECT_EQ(segments.size(), 3u);
  }
  std::unique_ptr<MemoryFileSystem> files;
  std::vector<SegmentId> segments;
};

TEST_F(Salvage, HasNothingToDoForAGoodLogOrATornTail) {
  EXPECT_EQ(*plan_salvage(*files, primary_evidence()), std::nullopt);
  files->damage(segment_path(segments.back()), [](std::string& bytes) { bytes[1000] = 1; });
  EXPECT_EQ(*plan_salvage(*files, primary_evidence()), std::nullopt);
}

TEST_F(Salvage, SaysWhatWouldBeLostAndChangesNothing) {
  files->damage(segment_path(segments[1]), [](std::string& bytes) { bytes[64 + 344 + 100] ^= 1; });
  auto before = files->snapshot();
  auto plan = plan_salvage(*files, primary_evidence());
  ASSERT_TRUE(plan && *plan);
  EXPECT_EQ((*plan)->cut, Lsn{3 * 344});
  EXPECT_EQ((*plan)->cut_segment, segments[1]);
  EXPECT_THAT((*plan)->moved_segments, ElementsAre(segments[2]));
  EXPECT_EQ((*plan)->frames_lost, 2u) << "e and f can still be read; d is damaged";
  EXPECT_EQ((*plan)->lost_until, Lsn{6 * 344});
  EXPECT_EQ(files->snapshot(), before);
}

TEST_F(Salvage, CutsAndKeepsTheCutBytesAside) {
  files->damage(segment_path(segments[1]), [](std::string& bytes) { bytes[64 + 344 + 100] ^= 1; });
  std::string cut_bytes = files->contents(segment_path(segments[1])).substr(64 + 344, 340);
  std::string moved = files->contents(segment_path(segments[2]));
  auto plan = plan_salvage(*files, primary_evidence());
  ASSERT_TRUE(salvage(*files, **plan));
  files->cut_power_losing_all();

  std::vector<std::string> kept;
  auto recovered = recover(*files, primary_evidence(), &kept);
  ASSERT_TRUE(recovered) << recovered.error();
  EXPECT_EQ(kept, (std::vector{std::string(300, 'a'), std::string(300, 'b'), std::string(300, 'c')}));
  EXPECT_TRUE(recovered->notes.empty());
  EXPECT_EQ(files->contents("salvaged/00000001-00000000000002B0.wal-from-408"), cut_bytes);
  EXPECT_EQ(files->contents("salvaged/00000001-0000000000000560.wal"), moved);
}

TEST_F(Salvage, ADamagedSegmentHeaderCutsBeforeTheSegment) {
  files->damage(segment_path(segments[1]), [](std::string& bytes) { bytes[20] ^= 1; });
  auto plan = plan_salvage(*files, primary_evidence());
  ASSERT_TRUE(plan && *plan);
  EXPECT_EQ((*plan)->cut, segments[1].first);
  EXPECT_THAT((*plan)->moved_segments, ElementsAre(segments[1], segments[2]));
  EXPECT_EQ((*plan)->frames_lost, 4u);
  ASSERT_TRUE(salvage(*files, **plan));
  EXPECT_EQ(recover(*files)->start.end, segments[1].first);
}

TEST_F(Salvage, AMissingSegmentCutsBeforeIt) {
  ASSERT_TRUE(files->remove(segment_path(segments[1])));
  auto plan = plan_salvage(*files, primary_evidence());
  ASSERT_TRUE(plan && *plan);
  EXPECT_EQ((*plan)->cut, segments[1].first);
  EXPECT_EQ((*plan)->frames_lost, 2u);
  ASSERT_TRUE(salvage(*files, **plan));
  EXPECT_EQ(recover(*files)->start.end, segments[1].first);
}

TEST_F(Salvage, EverythingMayBeLostWhenTheLogBeginsAtZero) {
  files->damage(segment_path(segments[0]), [](std::string& bytes) { bytes[0] = 0; });
  auto plan = plan_salvage(*files, primary_evidence());
  ASSERT_TRUE(plan && *plan);
  EXPECT_EQ((*plan)->frames_lost, 6u);
  ASSERT_TRUE(salvage(*files, **plan));
  EXPECT_EQ(recover(*files)->start.end, Lsn{0});
}

TEST_F(Salvage, RefusesWhenTheLogWouldBeginTooLate) {
  ASSERT_TRUE(files->remove(segment_path(segments[0])));
  EXPECT_EQ(plan_salvage(*files, primary_evidence()).error().code, ErrorCode::kRefused);
  files->damage(segment_path(segments[1]), [](std::string& bytes) { bytes[0] = 0; });
  Evidence evidence = primary_evidence();
  evidence.from = segments[1].first;
  ASSERT_TRUE(files->remove(segment_path(segments[2])));
  EXPECT_EQ(plan_salvage(*files, evidence).error().code, ErrorCode::kRefused);
}

TEST_F(Salvage, MakesANewMarkWhenBothSlotsAreDamaged) {
  files->damage(kMarkPath, [](std::string& bytes) { bytes[0] = bytes[512] = 0; });
  EXPECT_EQ(recover(*files).error().code, ErrorCode::kCorrupt);
  auto plan = plan_salvage(*files, primary_evidence());
  ASSERT_TRUE(plan && *plan);
  EXPECT_TRUE((*plan)->mark_damaged);
  EXPECT_EQ((*plan)->frames_lost, 0u);
  ASSERT_TRUE(salvage(*files, **plan));
  EXPECT_EQ(recover(*files)->start.end, Lsn{6 * 344});
}

TEST_F(Salvage, SetsOtherFilesAside) {
  ASSERT_TRUE(files->make_directory("checkpoints"));
  ASSERT_TRUE(files->create("checkpoints/too-new"));
  files->damage(segment_path(segments[1]), [](std::string& bytes) { bytes[64 + 344 + 100] ^= 1; });
  auto plan = plan_salvage(*files, primary_evidence());
  (*plan)->also_set_aside.push_back("checkpoints/too-new");
  ASSERT_TRUE(salvage(*files, **plan));
  EXPECT_FALSE(files->exists("checkpoints/too-new"));
  EXPECT_TRUE(files->exists("salvaged/too-new"));
}

TEST_F(Salvage, MayBeInterruptedAtEveryOperationAndRunAgain) {
  files->damage(segment_path(segments[1]), [](std::string& bytes) { bytes[64 + 344 + 100] ^= 1; });
  for (uint64_t n = 1;; ++n) {
    auto disk = files->clone();
    disk->fail_at(n, ErrorCode::kIo);
    auto done = salvage(*disk, **plan_salvage(*disk, primary_evidence()));
    if (done) {
      EXPECT_GT(n, 10u);
      break;
    }
    disk->cut_power_losing_all();
    auto plan = plan_salvage(*disk, primary_evidence());
    ASSERT_TRUE(plan) << plan.error();
    ASSERT_TRUE(!*plan || salvage(*disk, **plan)) << "operation " << n;
    auto recovered = recover(*disk);
    ASSERT_TRUE(recovered) << recovered.error();
    EXPECT_EQ(recovered->start.end, Lsn{3 * 344}) << "operation " << n;
  }
}

}  // namespace
}  // namespace wallaby::wal
