#include "wal/log.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/wal/log_driver.h"

namespace wallaby::wal {
namespace {

using ::testing::ElementsAre;
using testing::MemoryFileSystem;

struct LogFixture : ::testing::Test {
  MemoryFileSystem files;
  Log log{new_log(files), small_options()};
  LogDriver driver{files, log};

  Lsn put(uint64_t bytes) { return driver.append(std::string(bytes, 'v')); }
};

TEST_F(LogFixture, ARecordIsAppendedThenWrittenThenFlushed) {
  driver.append("hello");
  driver.run();  // the first segment is made, and the record with it
  EXPECT_EQ(driver.append("world"), Lsn{96});
  EXPECT_EQ(log.progress(), (LogProgress{Lsn{96}, Lsn{48}, Lsn{48}}));

  auto write = driver.take();
  ASSERT_TRUE(write);
  EXPECT_EQ(write->lane, Lane::kLoop);
  const auto& step = std::get<WriteStep>(write->steps.at(0));
  EXPECT_EQ(step.path, "wal/00000001-0000000000000000.wal");
  EXPECT_EQ(step.offset, 64u + 48);
  driver.finish(*write);
  EXPECT_EQ(log.progress(), (LogProgress{Lsn{96}, Lsn{96}, Lsn{48}}));

  auto flush = driver.take();
  ASSERT_TRUE(flush);
  EXPECT_EQ(flush->lane, Lane::kFlush);
  EXPECT_THAT(flush->steps, ElementsAre(FileStep{SyncStep{"wal/00000001-0000000000000000.wal"}}));
  driver.finish(*flush);
  EXPECT_EQ(log.progress(), (LogProgress{Lsn{96}, Lsn{96}, Lsn{96}}));
}

TEST_F(LogFixture, RecordsOfOneTurnShareAWriteAndAFlush) {
  put(200);
  driver.run();
  uint64_t before = files.operations();
  for (int i = 0; i < 8; ++i) put(10);
  driver.run();
  EXPECT_EQ(log.flushed(), log.appended());
  EXPECT_EQ(files.operations() - before, 3u) << "a write, a flush, the lazy mark";
}

TEST_F(LogFixture, WhatIsAppendedDuringAFlushGoesWithTheNext) {
  put(10);
  driver.run();
  put(10);
  driver.finish(*driver.take());
  auto flush = driver.take();
  ASSERT_EQ(flush->lane, Lane::kFlush);
  Lsn flushing = log.appended();
  put(10);
  put(10);
  driver.run();
  EXPECT_LT(log.flushed(), flushing);
  driver.finish(*flush);
  EXPECT_EQ(log.flushed(), flushing);
  driver.run();
  EXPECT_EQ(log.flushed(), log.appended());
}

TEST_F(LogFixture, TheFirstSegmentIsMadeForTheFirstRecord) {
  EXPECT_EQ(log.room_for(100), Room::kPreparing);
  EXPECT_TRUE(log.segments().empty());
  put(100);
  EXPECT_TRUE(log.segments().empty()) << "appended in memory, the file has no name yet";
  driver.run();
  EXPECT_THAT(log.segments(), ElementsAre(SegmentId{kFirst, Lsn{0}}));
  EXPECT_EQ(log.flushed(), Lsn{144});
}

TEST_F(LogFixture, FramesNeverStraddleSegments) {
  for (int i = 0; i < 10; ++i) put(300);
  driver.run();
  // 1024 - 64 bytes hold two frames of 344.
  ASSERT_EQ(log.segments().size(), 5u);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(log.segments()[i].first, Lsn{i * 688});
  EXPECT_EQ(log.flushed(), Lsn{3440});
  std::vector<std::string> payloads;
  auto recovered = recover(files, primary_evidence(), &payloads);
  ASSERT_TRUE(recovered) << recovered.error();
  EXPECT_EQ(payloads, std::vector<std::string>(10, std::string(300, 'v')));
  EXPECT_EQ(recovered->start.end_checksum, log.end_checksum());
}

TEST_F(LogFixture, ASegmentIsFlushedAndMarkedBeforeTheNextIsWritten) {
  put(800);
  driver.run();
  put(300);
  EXPECT_TRUE(log.segments().size() == 1) << "waits in memory for its file";
  put(100);
  auto activation = driver.take();
  ASSERT_TRUE(activation);
  EXPECT_EQ(activation->lane, Lane::kFlush);
  ASSERT_EQ(activation->steps.size(), 6u) << *activation;
  EXPECT_EQ(std::get<WriteStep>(activation->steps[0]).path, kMarkPath);
  EXPECT_EQ(activation->steps[1], FileStep{SyncStep{kMarkPath}});
  const std::string draft = std::get<WriteStep>(activation->steps[2]).path;
  EXPECT_EQ(activation->steps[3], FileStep{SyncStep{draft}});
  EXPECT_EQ(activation->steps[4], (FileStep{RenameStep{draft, "wal/00000001-0000000000000348.wal"}}));
  EXPECT_EQ(activation->steps[5], FileStep{SyncDirectoryStep{kWalDirectory}});
  while (auto job = driver.take()) EXPECT_EQ(job->lane, Lane::kFile) << "nothing is written before: " << *job;
  driver.finish(*activation);
  EXPECT_EQ(log.marked(), Lsn{840});
  driver.run();
  EXPECT_EQ(log.flushed(), log.appended());
}

TEST_F(LogFixture, ALargeRecordGetsASegmentOfItsOwn) {
  put(10);
  put(5000);
  put(10);
  driver.run();
  EXPECT_THAT(log.segments(), ElementsAre(SegmentId{kFirst, Lsn{0}}, SegmentId{kFirst, Lsn{56}},
                                          SegmentId{kFirst, Lsn{56 + 5040}}));
  EXPECT_EQ(*files.size(segment_path(log.segments()[1])), 64u + 5040);
  EXPECT_EQ(log.bytes_on_disk(), files.used() - 2 * kMarkSlotSize);
  EXPECT_TRUE(recover(files));
}

TEST_F(LogFixture, ALargeRecordMayBeTheFirst) {
  put(5000);
  put(10);
  driver.run();
  EXPECT_THAT(log.segments(), ElementsAre(SegmentId{kFirst, Lsn{0}}, SegmentId{kFirst, Lsn{5040}}));
}

TEST_F(LogFixture, ATimelineStartsASegment) {
  put(10);
  driver.append("promoted", TimelineId{2});
  driver.run();
  EXPECT_THAT(log.segments(), ElementsAre(SegmentId{kFirst, Lsn{0}}, SegmentId{TimelineId{2}, Lsn{56}}));
  EXPECT_EQ(log.timeline(), TimelineId{2});
  auto recovered = recover(files);
  ASSERT_TRUE(recovered);
  EXPECT_EQ(recovered->start.timeline, TimelineId{2});
}

TEST_F(LogFixture, EachFrameSaysWhatWasFlushedWhenItWasMade) {
  put(10);
  driver.run();
  put(10);
  put(10);
  driver.run();
  std::vector<Lsn> flushed;
  ASSERT_TRUE(judge_tail(files, primary_evidence(), [&](const Frame& frame) -> Result<void> {
    flushed.push_back(frame.header.writer_flushed);
    return {};
  }));
  EXPECT_THAT(flushed, ElementsAre(Lsn{0}, Lsn{56}, Lsn{56}));
}

TEST_F(LogFixture, ReleasedSegmentsAreRecycledZeroedAndAtOnceInvisible) {
  for (int i = 0; i < 8; ++i) put(800);
  driver.run();
  ASSERT_EQ(log.segments().size(), 8u);
  Lsn border = log.segments()[6].first;
  log.release_below(border + 8);
  EXPECT_EQ(log.oldest(), border);
  EXPECT_EQ(log.segments().size(), 2u);
  EXPECT_EQ(std::get<Released>(log.read(Lsn{0}, log.appended(), 100)), Released{border});
  driver.run();
  EXPECT_EQ(list_segments(files)->size(), 2u);
  size_t spares = 0;
  for (const auto& [path, bytes] : files.snapshot())
    if (path.starts_with("wal/spare-")) {
      ++spares;
      EXPECT_EQ(bytes, std::string(1024, '\0'));
    }
  EXPECT_EQ(spares, 2u);
  EXPECT_EQ(log.bytes_on_disk(), files.used() - 2 * kMarkSlotSize);
  for (int i = 0; i < 5; ++i) put(800);
  driver.run();
  Evidence evidence = primary_evidence();
  evidence.from = border;
  EXPECT_TRUE(recover(files, evidence));
}

// Else a power cut could bring the old name back, with nothing in it.
TEST_F(LogFixture, ARecycledSegmentsNewNameIsDurableBeforeItIsZeroed) {
  for (int i = 0; i < 3; ++i) put(800);
  driver.run();
  log.release_below(log.segments()[2].first);
  auto job = driver.take();
  ASSERT_TRUE(job);
  EXPECT_EQ(job->lane, Lane::kFile);
  ASSERT_EQ(job->steps.size(), 4u) << *job;
  EXPECT_EQ(std::get<RenameStep>(job->steps[0]).from, "wal/00000001-0000000000000000.wal")
      << "the oldest first";
  EXPECT_EQ(job->steps[1], FileStep{SyncDirectoryStep{kWalDirectory}});
  EXPECT_TRUE(std::holds_alternative<ZeroStep>(job->steps[2]));
  EXPECT_TRUE(std::holds_alternative<SyncStep>(job->steps[3]));
  EXPECT_FALSE(driver.take()) << "one by one, so that no hole can appear";
}

TEST_F(LogFixture, TheCurrentSegmentIsNeverReleased) {
  put(100);
  driver.run();
  log.release_below(log.appended());
  EXPECT_EQ(log.segments().size(), 1u);
}

TEST_F(LogFixture, AFullDiskRefusesUntilSpaceReturns) {
  files.set_capacity(4000);
  for (int i = 0; i < 2; ++i) put(800);
  driver.run();
  EXPECT_EQ(log.room_for(60), Room::kReady) << "the current segment has room still";
  EXPECT_EQ(log.room_for(800), Room::kDiskFull);
  driver.run();
  EXPECT_EQ(log.room_for(800), Room::kDiskFull) << "it does not try again by itself";
  EXPECT_TRUE(log.disk_full());
  EXPECT_FALSE(log.failure());
  EXPECT_EQ(files.used(), 2u * 1024 + 2 * kMarkSlotSize) << "the half-made spare is gone";
  EXPECT_EQ(log.flushed(), log.appended());

  log.retry_prepare();
  driver.run();
  EXPECT_TRUE(log.disk_full());
  files.set_capacity(10000);
  log.retry_prepare();
  put(800);
  driver.run();
  EXPECT_FALSE(log.disk_full());
  EXPECT_EQ(log.flushed(), log.appended());
}

TEST_F(LogFixture, ACeilingHoldsAppendsAndFlushes) {
  put(10);
  driver.run();
  log.set_append_ceiling(Lsn{56 + 48});
  EXPECT_EQ(log.room_for(8), Room::kReady);
  EXPECT_EQ(log.room_for(9), Room::kHeld);
  log.set_append_ceiling(kMaxLsn);
  log.set_flush_ceiling(Lsn{112});
  put(10);
  put(10);
  driver.run();
  EXPECT_EQ(log.progress(), (LogProgress{Lsn{168}, Lsn{168}, Lsn{112}}));
  log.set_flush_ceiling(kMaxLsn);
  driver.run();
  EXPECT_EQ(log.flushed(), Lsn{168});
}

TEST_F(LogFixture, AHeldFlushHoldsTheNextSegmentToo) {
  put(10);
  driver.run();
  log.set_flush_ceiling(Lsn{56});
  put(800);
  put(800);
  driver.run();
  EXPECT_EQ(log.segments().size(), 1u);
  EXPECT_EQ(log.flushed(), Lsn{56});
  log.set_flush_ceiling(kMaxLsn);
  driver.run();
  EXPECT_EQ(log.segments().size(), 2u);
  EXPECT_EQ(log.flushed(), log.appended());
}

TEST_F(LogFixture, TheMarkFollowsLazilyAndIsFlushedOnRequest) {
  put(10);
  driver.run();
  log.set_acknowledged(Lsn{56});
  put(10);
  driver.run();
  EXPECT_EQ(log.marked(), Lsn{0}) << "flushed with the activation of the first segment, lazily since";
  EXPECT_EQ(read_mark(files)->flushed, Lsn{112});
  EXPECT_EQ(read_mark(files)->acknowledged, Lsn{56});
  log.set_acknowledged(Lsn{112});
  log.request_mark_sync();
  driver.run();
  EXPECT_EQ(log.marked(), Lsn{112});
  EXPECT_EQ(log.marked_acknowledged(), Lsn{112});
  EXPECT_FALSE(log.mark_sync_pending());
  uint64_t before = files.operations();
  log.request_mark_sync();
  driver.run();
  EXPECT_EQ(files.operations(), before) << "nothing new to say";
}

TEST_F(LogFixture, TheMarkNeverClaimsAcknowledgedPastFlushed) {
  for (int i = 0; i < 4; ++i) {
    put(600);
    log.set_acknowledged(log.appended());  // the rung `off` acknowledges what is only appended
    log.request_mark_sync();
    while (driver.step()) ASSERT_LE(read_mark(files)->acknowledged, read_mark(files)->flushed);
    EXPECT_EQ(read_mark(files)->acknowledged, log.appended());
  }
}

TEST_F(LogFixture, AFailedFlushEndsEverything) {
  put(10);
  driver.run();
  put(10);
  driver.finish(*driver.take());
  files.fail_at(1, ErrorCode::kIo);
  driver.finish(*driver.take());
  ASSERT_TRUE(log.failure());
  EXPECT_EQ(log.flushed(), Lsn{56});
  EXPECT_EQ(log.room_for(10), Room::kFailed);
  EXPECT_FALSE(driver.take()) << "an fsync is never retried";
}

TEST_F(LogFixture, GoesOnAfterARestart) {
  for (int i = 0; i < 5; ++i) put(300);
  driver.run();
  auto recovered = recover(files);
  ASSERT_TRUE(recovered);
  Log again(recovered->start, small_options());
  LogDriver second(files, again);
  EXPECT_EQ(again.appended(), log.appended());
  EXPECT_EQ(again.flushed(), log.appended());
  EXPECT_EQ(again.timeline(), kFirst);
  for (int i = 0; i < 5; ++i) second.append(std::string(300, 'w'));
  second.run();
  std::vector<std::string> payloads;
  ASSERT_TRUE(recover(files, primary_evidence(), &payloads));
  EXPECT_EQ(payloads.size(), 10u);
}

}  // namespace
}  // namespace wallaby::wal
