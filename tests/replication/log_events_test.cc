#include "replication/log_events.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

Timeline first_timeline() {
  return {.number = TimelineId{1},
          .random_id = 0xABCDEF,
          .writer = DirectoryId{0x11},
          .reason = "the cluster begins",
          .started = WallTime{1'700'000'000'000'000}};
}

std::vector<LogEvent> examples() {
  return {
      first_timeline(),
      Timeline{.number = TimelineId{7},
               .random_id = 1,
               .writer = DirectoryId{2},
               .parent = TimelineId{6},
               .start = Lsn{0x1A8},
               .started = WallTime{-5}},
      PolicyChanged{{.rung = Rung::kAsync}},
      PolicyChanged{{.rung = Rung::kSync, .sync_replicas = SyncReplicas::all()}},
      PolicyChanged{{.rung = Rung::kDurable, .sync_replicas = *SyncReplicas::parse("ANY 2 (r1, r2, r3)")}},
      MemberJoined{"r1", DirectoryId{0x22}},
      MemberDropped{"r2", DirectoryId{~0ull}},
      PolicyChanged{{.rung = Rung::kOff}},
      PolicyChanged{{.rung = Rung::kSync, .on_missing = *parse_on_missing("reject")}},
      PolicyChanged{{.rung = Rung::kSemiSync,
                     .sync_replicas = *SyncReplicas::parse("FIRST 1 (r2, r1)"),
                     .on_missing = *parse_on_missing("degrade=2500us")}},
      Degraded{"sync was not met within 2 s: waiting for r2 to apply 0/1A8 (not connected)"},
      Rearmed{},
      Degraded{"again"}};
}

Result<LogEvent> decoded(const LogEvent& event, std::string_view payload) {
  return decode_log_event(static_cast<uint16_t>(kind_of(event)), kRecordFormat, payload);
}

TEST(LogEvents, EachComesBackAsItWas) {
  for (const LogEvent& event : examples())
    EXPECT_EQ(decoded(event, encode_log_event(event)), event) << line(event);
}

TEST(LogEvents, TheyReadAsSentences) {
  Lines said = lines(examples());
  EXPECT_EQ(said[0], "timeline 1 (0000000000abcdef) from 0/0 by 0000000000000011: the cluster begins");
  EXPECT_EQ(said[3], "policy sync, sync-replicas ALL");
  EXPECT_EQ(said[5], "member r1 (0000000000000022) joined");
  EXPECT_EQ(said[6], "member r2 (ffffffffffffffff) dropped");
  EXPECT_EQ(said[8], "policy sync, on-missing reject");
  EXPECT_EQ(said[9], "policy semi-sync, sync-replicas FIRST 1 (r2, r1), on-missing degrade=2.5ms");
  EXPECT_EQ(said[10],
            "degraded to async: sync was not met within 2 s: waiting for r2 to apply 0/1A8 (not connected)");
  EXPECT_EQ(said[11], "re-armed");
}

TEST(LogEvents, TheirKindsAreNumberedForEver) {
  EXPECT_EQ(static_cast<int>(kind_of(Degraded{})), 6);
  EXPECT_EQ(static_cast<int>(kind_of(Rearmed{})), 7);
  EXPECT_EQ(line(RecordKind::kDegraded), "degraded");
  EXPECT_EQ(line(RecordKind::kRearmed), "re-armed");
  EXPECT_EQ(encode_log_event(Rearmed{}), "");
}

TEST(LogEvents, APolicyFromBeforeTheOnMissingRuleBlocks) {
  // Field 1 is the rung (5: sync), field 2 the sync replicas; 3 and 4, the rule and its time, are not there.
  auto old = decode_log_event(static_cast<uint16_t>(RecordKind::kPolicy), kRecordFormat,
                              "\x08\x05\x12\x03"
                              "ALL");
  Policy policy{.rung = Rung::kSync, .sync_replicas = SyncReplicas::all()};
  ASSERT_EQ(old, LogEvent(PolicyChanged{policy}));
  EXPECT_EQ(policy.on_missing.rule, OnMissing::Rule::kBlock);
  EXPECT_EQ(encode_log_event(*old),
            "\x08\x05\x12\x03"
            "ALL")
      << "and is written as it always was";
}

TEST(LogEvents, ACutPayloadNeverReadsAsTheSameEvent) {
  for (const LogEvent& event : examples()) {
    std::string payload = encode_log_event(event);
    for (size_t length = 0; length < payload.size(); ++length) {
      Result<LogEvent> cut = decoded(event, std::string_view(payload).substr(0, length));
      if (cut)
        EXPECT_NE(*cut, event) << line(event) << " cut to " << length;
      else
        EXPECT_EQ(cut.error().code, ErrorCode::kCorrupt);
    }
  }
}

TEST(LogEvents, GarbageIsCorruptOrHarmless) {
  Random random(5);
  for (int round = 0; round < 20000; ++round) {
    std::string payload(random.below(40), '\0');
    for (char& byte : payload) byte = static_cast<char>(random.next());
    Result<LogEvent> event = decode_log_event(static_cast<uint16_t>(random.below(8)), kRecordFormat, payload);
    if (event)
      ASSERT_EQ(decoded(*event, encode_log_event(*event)), *event);
    else
      ASSERT_EQ(event.error().code, ErrorCode::kCorrupt);
    Result<ClusterState> state = decode_cluster_state(payload);
    ASSERT_TRUE(state || state.error().code == ErrorCode::kCorrupt);
  }
}

TEST(LogEvents, OtherKindsAndFormatsAreRefused) {
  std::string payload = encode_log_event(MemberJoined{"r1", DirectoryId{1}});
  for (uint16_t kind : {0, 2, 8, 999}) EXPECT_FALSE(decode_log_event(kind, kRecordFormat, payload)) << kind;
  EXPECT_FALSE(
      decode_log_event(static_cast<uint16_t>(RecordKind::kMemberJoined), kRecordFormat + 1, payload));
}

TEST(LogEvents, ValuesThatCannotBeAreRefused) {
  // Field 1 is the rung; 6 and 9 are none. Field 1 of a member is its name.
  EXPECT_FALSE(decode_log_event(static_cast<uint16_t>(RecordKind::kPolicy), kRecordFormat, "\x08\x09"));
  EXPECT_FALSE(
      decode_log_event(static_cast<uint16_t>(RecordKind::kPolicy), kRecordFormat, "\x08\x05\x12\x01?"));
  EXPECT_FALSE(
      decode_log_event(static_cast<uint16_t>(RecordKind::kMemberJoined), kRecordFormat, "\x0A\x02r!"));
  EXPECT_FALSE(decode_log_event(static_cast<uint16_t>(RecordKind::kTimeline), kRecordFormat, ""));
  EXPECT_FALSE(decode_log_event(static_cast<uint16_t>(RecordKind::kRearmed), kRecordFormat, "\x08\x01"));
}

TEST(LogEvents, AnOnMissingRuleThatCannotBeIsRefused) {
  auto policy = [](std::string_view fields) {
    return decode_log_event(static_cast<uint16_t>(RecordKind::kPolicy), kRecordFormat,
                            "\x08\x05" + std::string(fields));
  };
  EXPECT_TRUE(policy("\x18\x01")) << "block, said aloud";
  EXPECT_TRUE(policy("\x18\x02"));
  EXPECT_TRUE(policy("\x18\x03\x20\x05"));
  EXPECT_FALSE(policy("\x18\x04")) << "no rule has this number";
  EXPECT_FALSE(policy("\x18\x03")) << "degrade, but when?";
  EXPECT_FALSE(policy("\x18\x02\x20\x05")) << "reject knows no time";
  EXPECT_FALSE(policy("\x20\x05"));
  EXPECT_FALSE(policy("\x18\x03\x20\x81\x80\x80\x80\x80\x80\x80\x08")) << "longer than a hundred years";
}

TEST(LogEvents, AReasonIsMadePrintable) {
  EXPECT_EQ(decode_log_event(6, kRecordFormat, "\x0A\x03\x01z\xFF"), LogEvent(Degraded{"?z?"}));
}

TEST(ClusterState, IsTheSumOfItsEvents) {
  ClusterState state;
  state.apply(first_timeline());
  state.apply(MemberJoined{"r1", DirectoryId{1}});
  state.apply(MemberJoined{"r2", DirectoryId{2}});
  state.apply(PolicyChanged{{.rung = Rung::kSync}});
  EXPECT_TRUE(state.is_member("r1", DirectoryId{1}));
  EXPECT_FALSE(state.is_member("r1", DirectoryId{9}));
  EXPECT_FALSE(state.is_member("r3", DirectoryId{1}));
  state.apply(MemberDropped{"r2", DirectoryId{9}});  // somebody else of that name
  EXPECT_TRUE(state.is_member("r2", DirectoryId{2}));
  state.apply(MemberDropped{"r2", DirectoryId{2}});
  state.apply(MemberJoined{"r2", DirectoryId{3}});
  EXPECT_TRUE(state.is_member("r2", DirectoryId{3}));
  EXPECT_EQ(state.history, std::vector{first_timeline()});
  EXPECT_EQ(state.policy.rung, Rung::kSync);
  EXPECT_EQ(line(state),
            line(first_timeline()) + "; policy sync; members r1 (0000000000000001) r2 (0000000000000003)");
}

TEST(ClusterState, IsDegradedUntilItIsReArmedOrTheSwitchIsThrown) {
  Policy degrading{.rung = Rung::kSync, .on_missing = *parse_on_missing("degrade=2s")};
  ClusterState state;
  state.apply(PolicyChanged{degrading});
  state.apply(Degraded{"r2 is away"});
  EXPECT_EQ(state.degraded, "r2 is away");
  EXPECT_EQ(line(state), "policy sync, on-missing degrade=2s; members none; degraded: r2 is away");
  EXPECT_EQ(decode_cluster_state(encode_cluster_state(state)), state);
  state.apply(MemberJoined{"r1", DirectoryId{1}});
  EXPECT_TRUE(state.degraded);
  state.apply(Rearmed{});
  EXPECT_FALSE(state.degraded);
  state.apply(Degraded{"r2 is away again"});
  state.apply(PolicyChanged{degrading});
  EXPECT_FALSE(state.degraded);
}

TEST(ClusterState, ADegradeRecordThatAPolicyHasOvertakenSaysNothing) {
  ClusterState state;
  state.apply(PolicyChanged{{.rung = Rung::kSync}});
  state.apply(Degraded{"r2 is away"});
  EXPECT_FALSE(state.degraded);
}

TEST(ClusterState, ComesBackFromACheckpointAsItWas) {
  ClusterState state;
  EXPECT_EQ(decode_cluster_state(encode_cluster_state(state)), state);
  for (const LogEvent& event : examples()) state.apply(event);
  EXPECT_EQ(state.degraded, "again");
  EXPECT_EQ(decode_cluster_state(encode_cluster_state(state)), state);
  std::string bytes = encode_cluster_state(state);
  for (size_t length = 0; length < bytes.size(); ++length) {
    Result<ClusterState> cut = decode_cluster_state(std::string_view(bytes).substr(0, length));
    EXPECT_TRUE(!cut || *cut != state) << "cut to " << length;
  }
}

}  // namespace
}  // namespace wallaby::replication
