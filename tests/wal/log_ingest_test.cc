#include <gtest/gtest.h>

#include "tests/wal/log_driver.h"

namespace wallaby::wal {
namespace {

using testing::MemoryFileSystem;

/// A primary's log, and the stream that a sender would make of it.
struct Ingest : ::testing::Test {
  MemoryFileSystem primary_files;
  Log primary{new_log(primary_files), small_options()};
  LogDriver primary_driver{primary_files, primary};
  MemoryFileSystem files;
  Log log{new_log(files), small_options()};
  LogDriver driver{files, log};

  void write(std::vector<size_t> sizes) {
    for (size_t size : sizes) primary_driver.append(std::string(size, 'r'));
    primary_driver.run();
  }
  struct Message {
    SegmentId segment;
    std::string bytes;
  };
  Message message(Lsn from, uint64_t max = 1 << 20) {
    auto read = primary.read(from, primary.flushed(), max);
    Message message{primary.segment_at(from), {}};
    for (const SharedBytes& piece : std::get<InMemory>(read).pieces) message.bytes += piece.view();
    return message;
  }
  Result<void> feed(uint64_t max = 1 << 20) {
    while (log.ingest_position() < primary.flushed()) {
      Message next = message(log.ingest_position(), max);
      if (auto done = log.ingest(next.segment, next.bytes); !done) return done;
    }
    return {};
  }
  void expect_equal_files() {
    ASSERT_EQ(log.flushed(), primary.flushed());
    ASSERT_EQ(log.end_checksum(), primary.end_checksum());
    ASSERT_EQ(segments_on(files), segments_on(primary_files));
    for (SegmentId id : segments_on(files))
      EXPECT_EQ(files.contents(segment_path(id)), primary_files.contents(segment_path(id)));
  }
};

TEST_F(Ingest, MakesTheSameFiles) {
  write({5, 300, 300, 300, 4000, 10, 900, 0, 700});
  ASSERT_TRUE(feed());
  driver.run();
  expect_equal_files();
  EXPECT_EQ(log.timeline(), kFirst);
}

TEST_F(Ingest, EveryChunking) {
  write({5, 300, 300, 300, 2000, 10});
  for (uint64_t max = 1; max < 400; max += 3) {
    MemoryFileSystem fresh;
    Log replica(new_log(fresh), small_options());
    LogDriver replica_driver(fresh, replica);
    while (replica.ingest_position() < primary.flushed()) {
      Message next = message(replica.ingest_position(), max);
      ASSERT_TRUE(replica.ingest(next.segment, next.bytes));
      replica.check_invariants();
      if (max % 2) replica_driver.run();
    }
    replica_driver.run();
    ASSERT_EQ(replica.flushed(), primary.flushed());
    ASSERT_EQ(replica.bytes_waiting(), 0u);
    for (SegmentId id : segments_on(primary_files))
      ASSERT_EQ(fresh.contents(segment_path(id)), primary_files.contents(segment_path(id)));
  }
}

TEST_F(Ingest, FramesWaitForASegment) {
  write({300, 300, 300});
  ASSERT_TRUE(feed());
  EXPECT_EQ(log.appended(), Lsn{0});
  EXPECT_EQ(log.bytes_waiting(), 3u * 344);
  EXPECT_EQ(log.ingest_position(), primary.flushed());
  driver.run();
  EXPECT_EQ(log.bytes_waiting(), 0u);
  expect_equal_files();
}

TEST_F(Ingest, AnIncompleteFrameCountsNowhere) {
  write({5, 300});
  Message all = message(Lsn{0});
  ASSERT_TRUE(log.ingest(all.segment, std::string_view(all.bytes).substr(0, 100)));
  driver.run();
  EXPECT_EQ(log.flushed(), Lsn{48});
  EXPECT_EQ(log.ingest_position(), Lsn{100});
  EXPECT_EQ(log.bytes_waiting(), 52u);
  log.forget_waiting();
  EXPECT_EQ(log.ingest_position(), Lsn{48});
  ASSERT_TRUE(feed());
  driver.run();
  expect_equal_files();
}

TEST_F(Ingest, RefusesWhatDoesNotFollow) {
  write({5, 300});
  Message all = message(Lsn{0});
  EXPECT_EQ(log.ingest(SegmentId{kFirst, Lsn{8}}, all.bytes).error().code, ErrorCode::kProtocol);
  ASSERT_TRUE(log.ingest(all.segment, std::string_view(all.bytes).substr(0, 48)));
  EXPECT_EQ(log.ingest(SegmentId{kFirst, Lsn{96}}, std::string_view(all.bytes).substr(48)).error().code,
            ErrorCode::kProtocol);
  EXPECT_EQ(
      log.ingest(SegmentId{TimelineId{2}, Lsn{48}}, std::string_view(all.bytes).substr(48)).error().code,
      ErrorCode::kCorrupt)
      << "a frame of timeline 1 in a segment of timeline 2";
  EXPECT_EQ(log.ingest(all.segment, all.bytes).error().code, ErrorCode::kCorrupt)
      << "frames of another place";
  ASSERT_TRUE(log.ingest(all.segment, std::string_view(all.bytes).substr(48)));
  driver.run();
  EXPECT_EQ(log.flushed(), primary.flushed());
}

TEST_F(Ingest, NothingOfADamagedFrameIsTaken) {
  write({5, 300});
  Message all = message(Lsn{0});
  all.bytes[200] ^= 4;
  EXPECT_EQ(log.ingest(all.segment, all.bytes).error().code, ErrorCode::kCorrupt);
  driver.run();
  EXPECT_EQ(log.appended(), Lsn{48});
  ASSERT_TRUE(feed());
  driver.run();
  expect_equal_files();
}

TEST_F(Ingest, FollowsATimelineSwitch) {
  write({5});
  primary_driver.append("promoted", TimelineId{2});
  primary_driver.append("and on", TimelineId{2});
  primary_driver.run();
  ASSERT_TRUE(feed());
  driver.run();
  expect_equal_files();
  EXPECT_EQ(log.timeline(), TimelineId{2});
}

TEST_F(Ingest, AFullDiskKeepsFramesWaiting) {
  files.set_capacity(2500);
  write({800, 800, 800});
  ASSERT_TRUE(feed());
  driver.run();
  EXPECT_TRUE(log.disk_full());
  EXPECT_EQ(log.flushed(), Lsn{840});
  EXPECT_EQ(log.bytes_waiting(), 2u * 840);
  files.set_capacity(1 << 20);
  log.retry_prepare();
  driver.run();
  expect_equal_files();
}

TEST_F(Ingest, BeginsInTheMiddleAfterABaseCopy) {
  write({300, 300, 300, 300, 300});
  SegmentId second = primary.segments().at(1);
  auto header =
      decode_segment_header(primary_files.contents(segment_path(second)).substr(0, kSegmentHeaderSize));
  MemoryFileSystem copy_files;
  auto start = create_log(copy_files, kCluster, second.first, header->previous_checksum);
  ASSERT_TRUE(start);
  Log copy(*start, small_options());
  LogDriver copy_driver(copy_files, copy);
  EXPECT_EQ(copy.oldest(), second.first);
  EXPECT_EQ(copy.flushed(), second.first);
  while (copy.ingest_position() < primary.flushed()) {
    Message next = message(copy.ingest_position());
    ASSERT_TRUE(copy.ingest(next.segment, next.bytes));
  }
  copy_driver.run();
  EXPECT_EQ(copy.flushed(), primary.flushed());
  for (SegmentId id : segments_on(copy_files))
    EXPECT_EQ(copy_files.contents(segment_path(id)), primary_files.contents(segment_path(id)));
  Evidence evidence = replica_evidence();
  evidence.from = second.first + 100;
  auto recovered = recover(copy_files, evidence);
  ASSERT_TRUE(recovered) << recovered.error();
  EXPECT_EQ(recovered->start.end, primary.flushed());
}

// A crash left the next segment with its name and without a frame; then a record comes that needs a larger file.
TEST_F(Ingest, AnEmptySegmentIsReplacedByALargerOne) {
  write({800});
  ASSERT_TRUE(feed());
  driver.run();
  write({300});
  ASSERT_TRUE(feed());
  while (log.segments().size() < 2) driver.step();
  files.cut_power_losing_all();
  auto recovered = recover(files, replica_evidence());
  ASSERT_TRUE(recovered) << recovered.error();
  ASSERT_EQ(recovered->start.segments.size(), 2u);
  ASSERT_EQ(recovered->start.end, Lsn{840});

  Log again(recovered->start, small_options());
  LogDriver again_driver(files, again);
  again_driver.append(std::string(3000, 'L'));
  again_driver.run();
  EXPECT_EQ(again.segments().size(), 2u);
  EXPECT_EQ(*files.size(segment_path(again.segments()[1])), 64u + 3040);
  EXPECT_TRUE(recover(files));
}

}  // namespace
}  // namespace wallaby::wal
