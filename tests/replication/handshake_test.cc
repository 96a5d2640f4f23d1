// Each test is a row of the table in replication/handshake.h.
#include "replication/handshake.h"

#include <gtest/gtest.h>

#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

using Kind = RefusalKind;
constexpr ClusterId kCluster{5};

class Handshake : public testing::Test {
 protected:
  Handshake() {
    state_.history = {{.number = TimelineId{1}, .random_id = 10, .writer = DirectoryId{1}}};
    state_.members = {{"r1", DirectoryId{0x21}}};
    own_ = {.cluster = kCluster,
            .is_primary = true,
            .oldest = Lsn{0},
            .flushed = Lsn{0x1A8},
            .timeline = TimelineId{1},
            .cluster_state = &state_};
    hello_ = {.cluster = kCluster,
              .name = "r1",
              .directory = DirectoryId{0x21},
              .history = state_.history,
              .timeline = TimelineId{1},
              .end = Lsn{0x58},
              .end_checksum = 77};
  }

  HandshakeDecision judged(const std::optional<ChecksumFound>& found = {}) const {
    return judge_hello(hello_, own_, found);
  }
  /// Expects a refusal of this kind, and returns what it tells people.
  std::string refused(Kind kind, const std::optional<ChecksumFound>& found = {}) const {
    HandshakeDecision decision = judged(found);
    const auto* refuse = std::get_if<Refuse>(&decision);
    EXPECT_TRUE(refuse) << line(decision);
    if (!refuse) return "";
    EXPECT_EQ(to_string(refuse->kind), to_string(kind));
    return refuse->reason;
  }

  ClusterState state_;
  FeederLog own_;
  Hello hello_;
};

constexpr ChecksumFound kSame{77}, kOther{78}, kNone{std::nullopt};

TEST_F(Handshake, AnotherProtocolVersionIsRefused) {
  hello_.protocol = 2;
  EXPECT_EQ(refused(Kind::kProtocol),
            "r1 speaks version 2 of the protocol between nodes, this node speaks version 1; run the same "
            "release on both");
}

TEST_F(Handshake, AnotherClusterIsRefused) {
  hello_.cluster = ClusterId{6};
  EXPECT_EQ(refused(Kind::kCluster),
            "r1 belongs to cluster 0000000000000006, this node to cluster 0000000000000005; check --primary, "
            "or to follow this "
            "node, stop r1 and start it again with an empty data directory");
}

TEST_F(Handshake, AMembersNameFromAnotherDirectoryIsRefused) {
  hello_.directory = DirectoryId{0x22};
  EXPECT_EQ(refused(Kind::kName),
            "the name 'r1' belongs to a member with another data directory (0000000000000021, yours is "
            "0000000000000022); "
            "`wallaby drop-replica r1` first, or choose another --name");
  hello_.cluster.reset();
  hello_.end = {};
  refused(Kind::kName);
}

TEST_F(Handshake, ANodeFedByAReplicaIsNotJudgedByMembersNames) {
  hello_.directory = DirectoryId{0x22};
  own_.is_primary = false;
  EXPECT_EQ(line(judged()), "needs our checksum at 0/58");
}

TEST_F(Handshake, ACopyThatWasCutOffBeginsAgain) {
  hello_.copying = true;
  hello_.end = {};
  EXPECT_EQ(line(judged()), "needs a snapshot: an earlier base copy of r1 was cut off");
}

TEST_F(Handshake, AnEmptyReplicaContinuesFromTheBeginning) {
  hello_ = {.name = "r2", .directory = DirectoryId{0x22}};
  EXPECT_EQ(line(judged()), "continue from 0/0");
  hello_.cluster = kCluster;  // it was here before, but nothing came
  EXPECT_EQ(line(judged()), "continue from 0/0");
}

TEST_F(Handshake, AnEmptyReplicaNeedsASnapshotWhenTheBeginningIsGone) {
  hello_ = {.name = "r2", .directory = DirectoryId{0x22}};
  own_.oldest = Lsn{0x58};
  EXPECT_EQ(line(judged()), "needs a snapshot: the log is kept from 0/58 on, r2 needs it from 0/0 on");
}

TEST_F(Handshake, AShorterLogWithOurChecksumContinuesFromItsEnd) {
  EXPECT_EQ(line(judged()), "needs our checksum at 0/58");
  EXPECT_EQ(line(judged(kSame)), "continue from 0/58");
}

TEST_F(Handshake, ALogThatEndsWithOursContinuesThere) {
  hello_.end = own_.flushed;
  EXPECT_EQ(line(judged(kSame)), "continue from 0/1A8");
}

TEST_F(Handshake, ALogThatEndsWhereOursNowBeginsContinuesThere) {
  own_.oldest = hello_.end;
  EXPECT_EQ(line(judged()), "needs our checksum at 0/58");
  EXPECT_EQ(line(judged(kSame)), "continue from 0/58");
}

TEST_F(Handshake, ALogFromWhichWeKeepNoMoreNeedsASnapshot) {
  own_.oldest = Lsn{0x60};
  EXPECT_EQ(line(judged()), "needs a snapshot: the log is kept from 0/60 on, r1 needs it from 0/58 on");
}

TEST_F(Handshake, ADifferentChecksumIsADivergedLog) {
  EXPECT_EQ(refused(Kind::kDiverged, kOther),
            "the log of r1 is another history than ours: they part at 0/58 at the latest; to follow this "
            "node, stop r1 and "
            "start it again with an empty data directory");
}

TEST_F(Handshake, AnEndInTheMiddleOfOurFramesIsADivergedLog) {
  refused(Kind::kDiverged, kNone);
}

TEST_F(Handshake, TheSameTimelineNumberWithAnotherIdIsADivergedLog) {
  hello_.history[0].random_id = 11;
  EXPECT_NE(refused(Kind::kDiverged).find("its timeline 1 began at 0/0 and is not the one that we call 1"),
            std::string::npos);
  hello_.end = Lsn{0x200};  // being longer does not make it ahead
  refused(Kind::kDiverged);
}

TEST_F(Handshake, ATimelineThatThePrimaryDoesNotKnowIsADivergedLog) {
  hello_.history.push_back({.number = TimelineId{2}, .random_id = 20, .parent = TimelineId{1}});
  hello_.timeline = TimelineId{2};
  EXPECT_NE(refused(Kind::kDiverged).find("it is on timeline 2, which this primary does not know"),
            std::string::npos);
}

TEST_F(Handshake, AMemberAheadOfItsPrimaryProvesThatThePrimaryLostLog) {
  hello_.end = Lsn{0x200};
  EXPECT_EQ(refused(Kind::kAhead),
            "the log of r1 ends at 0/200, but this primary's ends at 0/1A8 on the same timeline: the primary "
            "lost log that it had "
            "flushed, and only r1 still holds 0/1A8 to 0/200 (88 bytes); `wallaby drop-replica r1` gives "
            "that up and lets this "
            "primary acknowledge again");
}

TEST_F(Handshake, AStrangerAheadOfThePrimaryCanOnlyBeginAnew) {
  hello_.name = "r2";
  hello_.end = Lsn{0x200};
  EXPECT_NE(refused(Kind::kAhead).find("an empty data directory for r2 gives that up"), std::string::npos);
}

TEST_F(Handshake, WhoIsAheadOfAReplicaWaitsForIt) {
  own_.is_primary = false;
  hello_.end = Lsn{0x200};
  EXPECT_EQ(line(judged()), "wait: this replica's own log ends at 0/1A8, before yours at 0/200");
}

TEST_F(Handshake, WhoKnowsALaterTimelineThanAReplicaWaitsForIt) {
  own_.is_primary = false;
  hello_.timeline = TimelineId{2};
  EXPECT_EQ(line(judged()), "wait: this replica has not heard of timeline 2 yet");
}

TEST_F(Handshake, AnEmptyReplicaThatFeedsLetsOthersWait) {
  own_ = {.cluster = kCluster, .is_primary = false};
  EXPECT_EQ(line(judged()), "wait: this replica has not heard of timeline 1 yet");
  hello_ = {.name = "r9"};
  EXPECT_EQ(line(judged()), "continue from 0/0");
}

TEST_F(Handshake, ALogWithoutAClusterIsRefused) {
  hello_.cluster.reset();
  EXPECT_EQ(refused(Kind::kOther), "r1 names no cluster, but its log ends at 0/58");
}

}  // namespace
}  // namespace wallaby::replication
