#include "wal/group_commit.h"

#include <gtest/gtest.h>

namespace wallaby::wal {
namespace {

LogRange range(uint64_t from, uint64_t to) {
  return LogRange{Lsn{from}, Lsn{to}};
}

TEST(GroupCommit, OneFlushIsInFlightAndTheRestGoesWithTheNext) {
  GroupCommit commit(Lsn{0});
  commit.append(Lsn{96});
  EXPECT_EQ(commit.start_write(kMaxLsn, 1000), range(0, 96));
  EXPECT_EQ(commit.start_flush(), std::nullopt) << "not written yet";
  commit.write_done(Lsn{96});
  EXPECT_EQ(commit.start_flush(), Lsn{96});
  commit.append(Lsn{144});
  commit.append(Lsn{192});
  EXPECT_EQ(commit.start_write(kMaxLsn, 1000), range(96, 192)) << "one write for both";
  commit.write_done(Lsn{192});
  EXPECT_EQ(commit.start_flush(), std::nullopt) << "one is in flight";
  commit.flush_done();
  EXPECT_EQ(commit.progress().flushed, Lsn{96}) << "a flush covers only what was written when it started";
  EXPECT_EQ(commit.start_flush(), Lsn{192});
  commit.flush_done();
  EXPECT_EQ(commit.progress(), (LogProgress{Lsn{192}, Lsn{192}, Lsn{192}}));
  EXPECT_EQ(commit.start_flush(), std::nullopt);
  commit.check_invariants();
}

TEST(GroupCommit, WritesAreCutToSizeAndAtTheLimit) {
  GroupCommit commit(Lsn{8});
  for (uint64_t end : {56, 104, 160, 208}) commit.append(Lsn{end});
  EXPECT_EQ(commit.start_write(Lsn{160}, 96), range(8, 104));
  EXPECT_EQ(commit.start_write(Lsn{160}, 96), range(104, 160));
  EXPECT_EQ(commit.start_write(Lsn{160}, 96), std::nullopt);
  commit.write_done(Lsn{104});
  EXPECT_EQ(commit.start_flush(), Lsn{104});
  commit.write_done(Lsn{160});
  EXPECT_EQ(commit.start_write(kMaxLsn, 96), range(160, 208));
  commit.check_invariants();
}

TEST(GroupCommit, HalfARecordIsNeitherWrittenNorFlushed) {
  GroupCommit commit(Lsn{0});
  commit.append(Lsn{48});
  commit.append(Lsn{248});
  EXPECT_EQ(commit.start_write(kMaxLsn, 100), range(0, 100));
  commit.write_done(Lsn{100});
  EXPECT_EQ(commit.progress().written, Lsn{48});
  EXPECT_EQ(commit.start_flush(), Lsn{48});
  commit.flush_done();
  EXPECT_EQ(commit.start_write(kMaxLsn, 100), range(100, 200));
  commit.write_done(Lsn{200});
  EXPECT_EQ(commit.start_flush(), std::nullopt);
  EXPECT_EQ(commit.start_write(kMaxLsn, 100), range(200, 248));
  commit.write_done(Lsn{248});
  EXPECT_EQ(commit.start_flush(), Lsn{248});
  commit.check_invariants();
}

TEST(GroupCommit, ACeilingHoldsTheFlushed) {
  GroupCommit commit(Lsn{0});
  commit.set_flush_ceiling(Lsn{48});
  commit.append(Lsn{96});
  commit.start_write(kMaxLsn, 1000);
  commit.write_done(Lsn{96});
  EXPECT_EQ(commit.start_flush(), Lsn{48});
  commit.flush_done();
  EXPECT_EQ(commit.start_flush(), std::nullopt);
  commit.set_flush_ceiling(kMaxLsn);
  EXPECT_EQ(commit.start_flush(), Lsn{96});
}

}  // namespace
}  // namespace wallaby::wal
