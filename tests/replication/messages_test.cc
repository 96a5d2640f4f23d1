#include "replication/messages.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

using proto::MessageType;

std::vector<Timeline> history() {
  return {{.number = TimelineId{1},
           .random_id = 10,
           .writer = DirectoryId{1},
           .reason = "begin",
           .started = WallTime{1}},
          {.number = TimelineId{2},
           .random_id = 20,
           .writer = DirectoryId{2},
           .parent = TimelineId{1},
           .start = Lsn{0x58},
           .reason = "promoted"}};
}

Answer answer(Decision decision) {
  return {.cluster = ClusterId{5},
          .name = "p1",
          .directory = DirectoryId{1},
          .is_primary = true,
          .primary_address = "127.0.0.1:7400",
          .history = history(),
          .decision = std::move(decision)};
}

SegmentId segment(uint64_t first) {
  return {TimelineId{1}, Lsn{first}};
}

std::vector<Message> examples() {
  return {Hello{.cluster = ClusterId{5},
                .name = "r1",
                .directory = DirectoryId{2},
                .address = "127.0.0.1:7401",
                .history = history(),
                .timeline = TimelineId{2},
                .end = Lsn{0x1A8},
                .end_checksum = ~0ull},
          Hello{.name = "r1", .directory = DirectoryId{2}},
          Hello{.cluster = ClusterId{0}, .name = "r1", .directory = DirectoryId{2}, .copying = true},
          answer(Continue{Lsn{0x58}}),
          answer(Snapshot{.position = Lsn{0x1A8},
                          .file_size = 9000,
                          .log_from = segment(0x58),
                          .log_from_checksum = 7,
                          .reason = "too old"}),
          answer(Wait{"not yet"}),
          answer(Refuse{RefusalKind::kAhead, "too far"}),
          Data{.segment = segment(0), .from = Lsn{0x5B}, .feeder_flushed = Lsn{0x1A8}},
          Keepalive{.feeder_flushed = Lsn{0x1A8}, .acknowledged = Lsn{0x58}, .number = 3},
          Report{.positions = {Lsn{24}, Lsn{16}, Lsn{8}},
                 .holds = {{Stage::kApplied}, {}},
                 .keepalive = 3,
                 .way = "streaming"},
          CopyBlock{.offset = 512, .last = true},
          Goodbye{GoodbyeKind::kDropped, "drop-replica"},
          Data{.segment = segment(0),
               .from = Lsn{0x58},
               .feeder_flushed = Lsn{0x1A8},
               .traced = {Lsn{0x80}, Lsn{0xA0}},
               .awaited = Stage::kFlushed},
          Report{.traces = {{.lsn = Lsn{0x80},
                             .received = Duration(1000),
                             .flushed = Duration(2000),
                             .applied = Duration(2000),
                             .age = Duration(5000),
                             .done = true},
                            {.node = "r2", .lsn = Lsn{0x80}, .sent = Duration(0), .age = Duration(5000)},
                            {.node = "r3", .feeder = "r2", .lsn = Lsn{0x80}}}}};
}

bool carries_bytes(const Message& message) {
  return std::holds_alternative<Data>(message) || std::holds_alternative<CopyBlock>(message);
}

struct Encoded {
  MessageType type{};
  std::string body, attachment;
  Result<Message> decode() const { return decode_message({type, body, attachment}); }
};

Encoded encoded(const Message& message) {
  std::string attachment = carries_bytes(message) ? "bytes" : "", bytes;
  encode_message(message, bytes, attachment.size());
  EXPECT_EQ(wire_size(message, attachment.size()), bytes.size() + attachment.size()) << line(message);
  bytes += attachment;
  proto::MessageReader reader;
  reader.feed(bytes);
  proto::MessageView view;
  EXPECT_EQ(reader.next(view), true);
  EXPECT_EQ(view.attachment, attachment);
  return {view.type, std::string(view.body), std::string(view.attachment)};
}

TEST(Messages, EachComesBackAsItWas) {
  for (const Message& message : examples()) EXPECT_EQ(encoded(message).decode(), message) << line(message);
}

TEST(Messages, TheyReadAsADialogue) {
  Lines said = lines(examples());
  EXPECT_EQ(said[0], "hello from r1 (0000000000000002), cluster 0000000000000005, log end 0/1A8@2");
  EXPECT_EQ(said[1], "hello from r1 (0000000000000002), empty, log end 0/0@0");
  EXPECT_EQ(said[3], "answer of p1: continue from 0/58");
  EXPECT_EQ(said[4],
            "answer of p1: snapshot at 0/1A8 (9000 bytes), then log from 00000001-0000000000000058: too old");
  EXPECT_EQ(said[6], "answer of p1: refuse (ahead): too far");
  EXPECT_EQ(said[8], "keepalive 3, flushed 0/1A8, acknowledged 0/58");
  EXPECT_EQ(said[9],
            "report received 0/18, flushed 0/10, applied 0/8, holds applied, keepalive 3, streaming");
  EXPECT_EQ(said[11], "goodbye (dropped): drop-replica");
  EXPECT_EQ(said[12],
            "data from 0/58 of 00000001-0000000000000000, flushed 0/1A8, traced 0/80, traced 0/A0, awaited: "
            "flushed");
  EXPECT_EQ(said[13],
            "report applied 0/0, keepalive 0; trace of 0/80, received 1 us, flushed 2 us, applied 2 us, age "
            "5 us, done; "
            "trace of 0/80 at r2, sent 0 us, age 5 us; trace of 0/80 at r3 (fed by r2), age 0 us");
}

TEST(Messages, TheExampleInTheDocumentationIsRight) {
  std::string bytes;
  encode_message(Keepalive{.feeder_flushed = Lsn{0x1A8}, .acknowledged = Lsn{0x58}, .number = 3}, bytes);
  EXPECT_EQ(bytes, std::string("\x07\0\0\0\0\0\0\0\x04\0\x4C\x57\x08\xA8\x03\x10\x58\x18\x03", 19));
}

TEST(Messages, ACutBodyNeverReadsAsTheSameMessage) {
  for (const Message& message : examples()) {
    Encoded whole = encoded(message);
    for (size_t length = 0; length < whole.body.size(); ++length) {
      Result<Message> cut = Encoded{whole.type, whole.body.substr(0, length), whole.attachment}.decode();
      if (cut)
        EXPECT_NE(*cut, message) << line(message) << " cut to " << length;
      else
        EXPECT_EQ(cut.error().code, ErrorCode::kProtocol);
    }
  }
}

TEST(Messages, GarbageIsAProtocolErrorOrAnotherMessage) {
  Random random(9);
  for (int round = 0; round < 20000; ++round) {
    Encoded some = encoded(examples()[random.below(examples().size())]);
    if (random.chance(50)) {
      some.body.resize(random.below(60));
      for (char& byte : some.body) byte = static_cast<char>(random.next());
    } else if (!some.body.empty()) {
      some.body[random.below(some.body.size())] ^= static_cast<char>(1 << random.below(8));
    }
    Result<Message> message = some.decode();
    if (message)
      ASSERT_EQ(encoded(*message).decode(), *message);
    else
      ASSERT_EQ(message.error().code, ErrorCode::kProtocol);
  }
}

TEST(Messages, OnlyAReplicasStagesCanBeAwaitedOfIt) {
  for (Stage stage : {Stage::kReceived, Stage::kFlushed, Stage::kApplied})
    EXPECT_TRUE(encoded(Data{.segment = segment(0), .from = Lsn{0x5B}, .awaited = stage}).decode());
  for (Stage stage : {Stage::kAppended, Stage::kSent, Stage::kAcknowledged}) {
    Result<Message> refused =
        encoded(Data{.segment = segment(0), .from = Lsn{0x5B}, .awaited = stage}).decode();
    ASSERT_FALSE(refused) << stage;
    EXPECT_EQ(refused.error().code, ErrorCode::kProtocol);
  }
}

TEST(Messages, BytesBelongBehindDataAndCopyBlocksOnly) {
  for (const Message& message : examples()) {
    Encoded other = encoded(message);
    other.attachment = carries_bytes(message) ? "" : "bytes";
    Result<Message> refused = other.decode();
    ASSERT_FALSE(refused) << line(message);
    EXPECT_EQ(refused.error().code, ErrorCode::kProtocol);
  }
}

TEST(Messages, AClientsMessageDoesNotBelongBetweenNodes) {
  for (MessageType type : {MessageType::kRequest, MessageType::kReply, MessageType{0}, MessageType{8}})
    EXPECT_FALSE((Encoded{type, "", ""}).decode());
}

TEST(Messages, WhatNoHonestPeerSaysIsRefused) {
  Report applied_too_much{.positions = {Lsn{16}, Lsn{8}, Lsn{16}}};
  Report flushed_too_much{.positions = {Lsn{8}, Lsn{16}, Lsn{8}}};
  Hello no_name{.name = "", .directory = DirectoryId{2}}, bad_name{.name = "r 1"},
      crooked{.name = "r1", .end = Lsn{9}};
  Data outside{.segment = segment(0x58), .from = Lsn{0x50}, .feeder_flushed = Lsn{0x1A8}};
  Answer no_file = answer(Snapshot{.position = Lsn{8}, .file_size = 0});
  Answer log_too_late = answer(Snapshot{.position = Lsn{8}, .file_size = 1, .log_from = segment(16)});
  Answer twice = answer(Continue{});
  twice.history.push_back(twice.history.front());
  for (const Message& message : std::vector<Message>{applied_too_much, flushed_too_much, no_name, bad_name,
                                                     crooked, outside, no_file, log_too_late, twice}) {
    Result<Message> refused = encoded(message).decode();
    ASSERT_FALSE(refused) << line(message);
    EXPECT_EQ(refused.error().code, ErrorCode::kProtocol);
  }
}

TEST(Messages, ATraceThatCannotBeIsRefused) {
  auto report = [](TraceEntry entry) { return Report{.traces = {std::move(entry)}}; };
  Duration us = std::chrono::microseconds(1);
  Report too_many{.traces = std::vector<TraceEntry>(kMaxTraceEntries + 1)};
  Data before_its_message{.segment = segment(0), .from = Lsn{16}, .traced = {Lsn{16}}};
  Data falling{.segment = segment(0), .from = Lsn{16}, .traced = {Lsn{32}, Lsn{24}}};
  for (const Message& message : std::vector<Message>{
           report({.node = "r 1"}), report({.node = "r2", .feeder = "r\n1"}), report({.age = -us}),
           report({.received = -us, .age = us}), report({.node = "r2", .sent = -us, .age = us}),
           report({.received = us}), report({.node = "r2", .sent = us}), report({.flushed = us, .age = us}),
           report({.received = us, .flushed = Duration(0), .age = us}),
           report({.received = us, .applied = us, .age = us}),
           report({.node = "r2", .sent = us, .received = Duration(0), .age = us}), too_many,
           before_its_message, falling}) {
    Result<Message> refused = encoded(message).decode();
    ASSERT_FALSE(refused) << line(message);
    EXPECT_EQ(refused.error().code, ErrorCode::kProtocol);
  }
  too_many.traces.pop_back();
  EXPECT_TRUE(encoded(too_many).decode());
}

TEST(Messages, TextsFromAPeerCannotConfuseATerminal) {
  Result<Message> goodbye = encoded(Goodbye{GoodbyeKind::kFailed, "a\x1b[31m\xff\nb"}).decode();
  ASSERT_TRUE(goodbye);
  EXPECT_EQ(std::get<Goodbye>(*goodbye).reason, "a?[31m??b");
}

TEST(Messages, AReasonFromALaterVersionCanStillBeRead) {
  Encoded refuse = encoded(answer(Refuse{static_cast<RefusalKind>(99), "because"}));
  EXPECT_EQ(std::get<Answer>(*refuse.decode()).decision, Decision(Refuse{RefusalKind::kOther, "because"}));
  Encoded goodbye = encoded(Goodbye{static_cast<GoodbyeKind>(99), "because"});
  EXPECT_EQ(*goodbye.decode(), Message(Goodbye{GoodbyeKind::kFailed, "because"}));
}

}  // namespace
}  // namespace wallaby::replication
