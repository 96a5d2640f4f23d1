// The crash table, measured over some hundred lives. The long one is `./run sim --crash-table --seeds 5000`.
#include "sim/crash_table.h"

#include <gtest/gtest.h>

namespace wallaby::sim {
namespace {

using replication::Rung;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kLives = 300;
#else
constexpr uint64_t kLives = 600;
#endif

TEST(CrashTable, EveryCellIsAsTheContractSays) {
  CrashTable table;
  for (uint64_t seed = 1; seed <= kLives; ++seed) table.add(seed, live_and_crash(seed, Trace::Mode::kHash));
  EXPECT_TRUE(table.right()) << table.text() << "see a life again: ./run sim --crash-table --seed N --trace";
  EXPECT_EQ(table.lives(), kLives);
}

CrashLife life(Rung rung, CommitFate fate) {
  CrashLife life;
  life.rung = rung;
  life.commits = {fate};
  return life;
}
bool complains(const CrashLife& life, const std::string& what) {
  CrashTable table;
  table.add(7, life);
  return table.text().find("WRONG: seed 7, " + what) != std::string::npos;
}

TEST(CrashTable, ACellWithoutALifeIsWrong) {
  EXPECT_FALSE(CrashTable().right());
}

TEST(CrashTable, AnOkThatPromisesTooMuchIsWrong) {
  CommitFate fate{.reached = Reached::kReceived, .told = true, .there = true};
  EXPECT_TRUE(
      complains(life(Rung::kDurable, fate), "durable, received by one replica: a client was told OK"));
  EXPECT_FALSE(complains(life(Rung::kSemiSync, fate), "semi-sync"));
}

TEST(CrashTable, WhatAReplicaReceivedMustSurvive) {
  CommitFate fate{.reached = Reached::kReceived, .there = false};
  EXPECT_TRUE(complains(life(Rung::kSync, fate), "sync, received by one replica: it is gone"));
}

TEST(CrashTable, WhatNoReplicaReceivedCannotSurvive) {
  CommitFate fate{.reached = Reached::kFlushed, .there = true};
  EXPECT_TRUE(complains(life(Rung::kAsync, fate), "async, flushed on the primary only: it is there"));
}

TEST(CrashTable, AReplicaThatLostItsPowerMayLoseWhatItOnlyReceived) {
  CommitFate fate{.reached = Reached::kReceived, .told = true, .there = false};
  CrashLife both = life(Rung::kSemiSync, fate);
  both.replica_power = true;
  EXPECT_FALSE(complains(both, "semi-sync"));
  both.commits = {CommitFate{.reached = Reached::kReplicaFlushed, .told = true, .there = false}};
  EXPECT_TRUE(complains(both, "semi-sync, flushed there: it is gone"));
}

TEST(CrashTable, ARestartedPrimaryHasWhatItFlushed) {
  CrashLife restarted = life(Rung::kSync, CommitFate{.reached = Reached::kFlushed, .there = false});
  restarted.restarted = true;
  EXPECT_TRUE(complains(restarted, "sync, flushed on the primary only: it was flushed"));
  restarted.commits = {CommitFate{.reached = Reached::kAppended, .there = false}};
  EXPECT_FALSE(complains(restarted, "sync"));
}

}  // namespace
}  // namespace wallaby::sim
