#include "sim/log_watch.h"

#include <gtest/gtest.h>

#include "sim/trace.h"
#include "tests/sim/log_maker.h"
#include "wal/segment.h"

namespace wallaby::sim {
namespace {

/// One segment on one disk, written by hand as a node would.
class LogWatchTest : public testing::Test {
 protected:
  static constexpr SegmentId kSegment{TimelineId{1}, Lsn{}};

  void SetUp() override {
    canon.begin(LogMaker::kCluster);
    ASSERT_TRUE(disk.make_directory("wal"));
    ASSERT_TRUE(disk.sync_directory(""));
    ASSERT_TRUE(disk.create(path));
    ASSERT_TRUE(disk.zero(path, 0, 4096));
    write(0, wal::encode_segment_header(
                 {TimelineId{1}, LogMaker::kCluster, Lsn{}, wal::chain_start(LogMaker::kCluster)}));
    ASSERT_TRUE(disk.sync(path));
    ASSERT_TRUE(disk.sync_directory("wal"));
  }
  void write(uint64_t offset, std::string bytes) {
    SharedBytes piece(std::move(bytes));
    ASSERT_TRUE(disk.write(path, offset, std::span(&piece, 1)));
  }
  /// Appends a record; it is in the page cache.
  void append() {
    uint64_t before = log.bytes().size();
    log.policy(replication::Rung::kAsync);
    write(wal::kSegmentHeaderSize + before, log.bytes().substr(before));
  }

  std::string path = wal::segment_path(kSegment);
  SimDisk disk;
  Ledger ledger;
  Canon canon{ledger};
  LogMaker log;
  LogWatch watch{canon};
};

TEST_F(LogWatchTest, AFlushedLogBecomesTheCanon) {
  append();
  append();
  ASSERT_TRUE(disk.sync(path));
  watch.primary_flushed("p1", disk, log.end());
  EXPECT_EQ(canon.end(), log.end());
  EXPECT_EQ(canon.records(), 2u);
}

TEST_F(LogWatchTest, APrimaryMayNotCallFlushedWhatACutCouldLose) {
  append();
  EXPECT_THROW(watch.primary_flushed("p1", disk, log.end()), BrokenPromise);
}

TEST_F(LogWatchTest, NorWhatIsNotThere) {
  append();
  ASSERT_TRUE(disk.sync(path));
  EXPECT_THROW(watch.primary_flushed("p1", disk, log.end() + 48), BrokenPromise);
}

TEST_F(LogWatchTest, AReplicasReportsAreHeldToItsDisk) {
  append();
  ASSERT_TRUE(disk.sync(path));
  watch.primary_flushed("p1", disk, log.end());
  SimDisk replica = disk;
  watch.reported("r1", replica, {log.end(), log.end(), log.end()});

  Lsn before = log.end();
  append();
  replica = disk;
  ASSERT_TRUE(disk.sync(path));
  watch.primary_flushed("p1", disk, log.end());
  watch.reported("r1", replica, {log.end(), before, before});
  EXPECT_THROW(watch.reported("r1", replica, {log.end(), log.end(), before}), BrokenPromise);
}

TEST_F(LogWatchTest, PositionsMayLieInsideAFrame) {
  append();
  ASSERT_TRUE(disk.sync(path));
  watch.primary_flushed("p1", disk, log.end());
  SimDisk replica = disk;
  Lsn half{log.end().value - 8};
  watch.reported("r1", replica, {half, half, Lsn{}});
}

}  // namespace
}  // namespace wallaby::sim
