#include "replication/ack_mode.h"

#include <algorithm>

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
  for (Rung rung : kRungs) EXPECT_EQ(parse_rung(to_string(rung)), rung);
  EXPECT_EQ(parse_rung("Semi-Sync"), Rung::kSemiSync);
  EXPECT_EQ(parse_rung("OFF"), Rung::kOff);
}

TEST(AckMode, AnUnknownNameIsRefusedWithTheList) {
  for (std::string_view text : {"", "on", "semi sync", "synchronous"}) {
    Result<Rung> rung = parse_rung(text);
    ASSERT_FALSE(rung) << text;
    EXPECT_NE(rung.error().message.find("off, async, semi-sync, durable or sync"), std::string::npos);
  }
}

TEST(AckMode, EachRungNamesItsStage) {
  EXPECT_EQ(replica_stage(Rung::kOff), std::nullopt);
  EXPECT_EQ(replica_stage(Rung::kAsync), std::nullopt);
  EXPECT_EQ(replica_stage(Rung::kSemiSync), Stage::kReceived);
  EXPECT_EQ(replica_stage(Rung::kDurable), Stage::kFlushed);
  EXPECT_EQ(replica_stage(Rung::kSync), Stage::kApplied);
}

TEST(AckMode, TheRungsStandInOrderOfTheirStrength) {
  EXPECT_TRUE(std::ranges::is_sorted(kRungs));
  EXPECT_EQ(kRungs.front(), Rung::kOff);
  EXPECT_EQ(kRungs.back(), Rung::kSync);
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

// --- when replicas are missing -----------------------------------------------------------------------------------

using Rule = OnMissing::Rule;
using namespace std::chrono_literals;

TEST(OnMissing, IsReadInEitherCase) {
  EXPECT_EQ(parse_on_missing("block"), OnMissing{});
  EXPECT_EQ(parse_on_missing("Reject"), OnMissing{Rule::kReject});
  EXPECT_EQ(parse_on_missing("degrade=500ms"), (OnMissing{Rule::kDegrade, 500ms}));
  EXPECT_EQ(parse_on_missing("DEGRADE=3"), (OnMissing{Rule::kDegrade, 3s}));
  EXPECT_EQ(parse_on_missing("degrade"), (OnMissing{Rule::kDegrade, 10s}));
  EXPECT_EQ(parse_on_missing("degrade=1500ns"), (OnMissing{Rule::kDegrade, 1us})) << "whole microseconds";
}

TEST(OnMissing, WhatIsPrintedCanBeReadBack) {
  for (std::string_view text :
       {"block", "reject", "degrade=10s", "degrade=500ms", "degrade=1.5s", "degrade=3min"})
    EXPECT_EQ(to_string(*parse_on_missing(text)), text);
}

TEST(OnMissing, WhatCannotBeMeantIsRefused) {
  for (std::string_view text :
       {"", "wait", "degrade=0", "degrade=10ns", "degrade 10s", "block=1s", "degradex=1s"}) {
    Result<OnMissing> rule = parse_on_missing(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_EQ(rule.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(rule.error().message.find("choose block, reject or degrade=10s"), std::string::npos) << text;
  }
  for (std::string_view text : {"degrade=", "degrade=soon", "degrade=-1s"}) {
    Result<OnMissing> rule = parse_on_missing(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_NE(rule.error().message.find("is not a duration"), std::string::npos) << text;
  }
}

TEST(Policy, IsPrintedWithoutWhatIsUsual) {
  EXPECT_EQ(to_string(Policy{.rung = Rung::kOff}), "off");
  EXPECT_EQ(to_string(Policy{.rung = Rung::kSync, .on_missing = {Rule::kReject}}), "sync, on-missing reject");
  EXPECT_EQ(to_string(Policy{.rung = Rung::kDurable,
                             .sync_replicas = *SyncReplicas::parse("FIRST 2 (r1, r2, r3)"),
                             .on_missing = {Rule::kDegrade, 1500ms}}),
            "durable, sync-replicas FIRST 2 (r1, r2, r3), on-missing degrade=1.5s");
}

TEST(Policy, OnlyARungThatWaitsForReplicasCanDegradeAndOnlyByItsRule) {
  for (Rung rung : kRungs) {
    EXPECT_EQ((Policy{.rung = rung, .on_missing = {Rule::kDegrade, 1s}}).may_degrade(), rung > Rung::kAsync);
    EXPECT_FALSE((Policy{.rung = rung}).may_degrade());
    EXPECT_FALSE((Policy{.rung = rung, .on_missing = {Rule::kReject}}).may_degrade());
  }
}

}  // namespace
}  // namespace wallaby::replication
