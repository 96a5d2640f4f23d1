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
      MemberDropped{"r2", DirectoryId{~0ull}}};
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
  for (uint16_t kind : {0, 2, 6, 999}) EXPECT_FALSE(decode_log_event(kind, kRecordFormat, payload)) << kind;
  EXPECT_FALSE(
      decode_log_event(static_cast<uint16_t>(RecordKind::kMemberJoined), kRecordFormat + 1, payload));
}

TEST(LogEvents, ValuesThatCannotBeAreRefused) {
  // Field 1 is the rung; 9 is none. Field 1 of a member is its name.
  EXPECT_FALSE(decode_log_event(static_cast<uint16_t>(RecordKind::kPolicy), kRecordFormat, "\x08\x09"));
  EXPECT_FALSE(
      decode_log_event(static_cast<uint16_t>(RecordKind::kPolicy), kRecordFormat, "\x08\x05\x12\x03six"));
  EXPECT_FALSE(
      decode_log_event(static_cast<uint16_t>(RecordKind::kMemberJoined), kRecordFormat, "\x0A\x02r!"));
  EXPECT_FALSE(decode_log_event(static_cast<uint16_t>(RecordKind::kTimeline), kRecordFormat, ""));
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

TEST(ClusterState, ComesBackFromACheckpointAsItWas) {
  ClusterState state;
  EXPECT_EQ(decode_cluster_state(encode_cluster_state(state)), state);
  for (const LogEvent& event : examples()) state.apply(event);
  EXPECT_EQ(decode_cluster_state(encode_cluster_state(state)), state);
  std::string bytes = encode_cluster_state(state);
  for (size_t length = 0; length < bytes.size(); ++length) {
    Result<ClusterState> cut = decode_cluster_state(std::string_view(bytes).substr(0, length));
    EXPECT_TRUE(!cut || *cut != state) << "cut to " << length;
  }
}

}  // namespace
}  // namespace wallaby::replication
