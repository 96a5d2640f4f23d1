#include "replication/ack_mode.h"

#include <gtest/gtest.h>

#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

TEST(Stage, NamesCanBeReadBack) {
  for (Stage stage : {Stage::kAppended, Stage::kFlushed, Stage::kSent, Stage::kReceived, Stage::kApplied,
                      Stage::kAcknowledged})
    EXPECT_EQ(parse_stage(to_string(stage)), stage);
}

TEST(Stage, AnUnknownNameIsRefusedWithTheList) {
  Result<Stage> stage = parse_stage("written");
  ASSERT_FALSE(stage);
  EXPECT_EQ(stage.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(stage.error().message.find("received, applied"), std::string::npos);
}

TEST(Stage, PositionsAnswerForTheStagesThatAReplicaReports) {
  Positions positions{.received = Lsn{24}, .flushed = Lsn{16}, .applied = Lsn{8}};
  EXPECT_EQ(positions.at(Stage::kReceived), Lsn{24});
  EXPECT_EQ(positions.at(Stage::kFlushed), Lsn{16});
  EXPECT_EQ(positions.at(Stage::kApplied), Lsn{8});
  EXPECT_EQ(line(positions), "received 0/18, flushed 0/10, applied 0/8");
  EXPECT_EQ(line(Positions{Lsn{8}, Lsn{8}, Lsn{8}}), "applied 0/8");
}

TEST(Stage, AStageEventReadsAsASentence) {
  EXPECT_EQ(line(StageEvent{"r1", Stage::kApplied, Lsn{0x1A8}, {}}), "r1 applied 0/1A8");
}

TEST(AckMode, NamesCanBeReadBackInEitherCase) {
  for (Rung rung : {Rung::kAsync, Rung::kSemiSync, Rung::kDurable, Rung::kSync})
    EXPECT_EQ(parse_rung(to_string(rung)), rung);
  EXPECT_EQ(parse_rung("Semi-Sync"), Rung::kSemiSync);
}

TEST(AckMode, AnUnknownNameIsRefusedWithTheList) {
  for (std::string_view text : {"", "on", "semi sync", "synchronous"}) {
    Result<Rung> rung = parse_rung(text);
    ASSERT_FALSE(rung) << text;
    EXPECT_NE(rung.error().message.find("async, semi-sync, durable or sync"), std::string::npos);
  }
}

TEST(AckMode, EachRungNamesItsStage) {
  EXPECT_EQ(replica_stage(Rung::kAsync), std::nullopt);
  EXPECT_EQ(replica_stage(Rung::kSemiSync), Stage::kReceived);
  EXPECT_EQ(replica_stage(Rung::kDurable), Stage::kFlushed);
  EXPECT_EQ(replica_stage(Rung::kSync), Stage::kApplied);
}

TEST(AckMode, WithoutSyncReplicasSyncMeansAllAndTheOthersAnyOne) {
  Policy policy{.rung = Rung::kAsync};
  EXPECT_EQ(policy.replicas_for(Rung::kSemiSync), SyncReplicas::any(1));
  EXPECT_EQ(policy.replicas_for(Rung::kDurable), SyncReplicas::any(1));
  EXPECT_EQ(policy.replicas_for(Rung::kSync), SyncReplicas::all());
}

TEST(AckMode, GivenSyncReplicasHoldForEveryRung) {
  Policy policy{.rung = Rung::kSync, .sync_replicas = SyncReplicas::any(2)};
  for (Rung rung : {Rung::kSemiSync, Rung::kDurable, Rung::kSync})
    EXPECT_EQ(policy.replicas_for(rung), SyncReplicas::any(2));
  EXPECT_EQ(line(policy), "sync, sync-replicas ANY 2 (*)");
  EXPECT_EQ(line(Policy{.rung = Rung::kDurable}), "durable");
}

}  // namespace
}  // namespace wallaby::replication
