#include <sstream>

#include <gtest/gtest.h>

#include "base/random.h"
#include "node/client_messages.h"

namespace wallaby::node {
namespace {

using replication::Rung;
using replication::Stage;

/// Draws values of every type that messages hold; small sets, so that empty, equal and zero come often.
class Draw {
 public:
  explicit Draw(uint64_t seed) : random_(seed) {}

  uint64_t below(uint64_t bound) { return random_.below(bound); }
  uint64_t number() { return random_.chance(30) ? random_.below(3) : random_.next() >> random_.below(64); }
  std::string bytes() {
    std::string drawn(random_.chance(5) ? random_.below(70000) : random_.below(20), '\0');
    for (char& byte : drawn) byte = static_cast<char>(random_.next());
    return drawn;
  }
  std::string table() { return random_.chance(50) ? "greetings" : bytes(); }
  Token token() { return Token{Lsn{number()}, TimelineId{static_cast<uint32_t>(number())}}; }
  std::optional<Token> maybe_token() { return random_.chance(50) ? std::optional(token()) : std::nullopt; }
  Rung rung() { return static_cast<Rung>(1 + random_.below(5)); }
  std::vector<std::string> texts() {
    std::vector<std::string> drawn(random_.below(4));
    for (std::string& text : drawn) text = bytes();
    return drawn;
  }

  Write write() {
    Write drawn;
    for (uint64_t i = random_.below(6); i > 0; --i) {
      auto kind = static_cast<engine::ChangeKind>(1 + random_.below(4));
      drawn.changes.push_back({kind, table(), bytes(), bytes()});
    }
    if (random_.chance(50)) drawn.ack = rung();
    drawn.trace = random_.chance(30);
    return drawn;
  }
  Stage stage() { return static_cast<Stage>(1 + random_.below(replication::kStageCount)); }
  replication::StageName stage_name() { return {stage(), random_.chance(30) ? bytes() : ""}; }
  replication::CommitTrace trace() {
    replication::CommitTrace drawn{.token = token(), .by = texts(), .complete = random_.chance(50)};
    if (random_.chance(50)) drawn.rung = rung();
    for (uint64_t i = random_.below(4); i > 0; --i) {
      drawn.points.push_back({bytes(), stage(), bytes(), {}});
      if (random_.chance(70)) drawn.points.back().at = Duration(static_cast<int64_t>(random_.next()));
    }
    return drawn;
  }

  RequestBody request() {
    switch (random_.below(15)) {
      case 0: return write();
      case 1: return Get{table(), bytes(), maybe_token()};
      case 2: return Scan{table(), {bytes(), bytes()}, number(), maybe_token()};
      case 3: return ListTables{};
      case 4: return GetStatus{};
      case 5: {
        SetPolicy drawn;
        if (random_.chance(50)) drawn.rung = rung();
        if (random_.chance(50)) drawn.sync_replicas = bytes();
        if (random_.chance(50)) drawn.on_missing = bytes();
        return drawn;
      }
      case 6: return DropReplica{bytes()};
      case 7: return HoldStage{stage_name()};
      case 8: return random_.chance(30) ? ReleaseStage{} : ReleaseStage{stage_name()};
      case 9: return random_.chance(30) ? Step{number(), {}} : Step{number(), stage_name()};
      case 10: return TakeCheckpoint{};
      case 11: return Cancel{number()};
      case 12: return GetCommitStatus{token()};
      case 13: return GetTraces{number(), maybe_token(), random_.chance(50)};
      default: return WatchEvents{};
    }
  }

  ReplyBody reply() {
    switch (random_.below(13)) {
      case 0: return random_.chance(20) ? Written{} : Written{maybe_token(), number(), rung(), texts()};
      case 1: return random_.chance(20) ? Value{} : Value{bytes()};
      case 2: {
        Rows drawn{.more = random_.chance(50)};
        for (uint64_t i = random_.below(5); i > 0; --i) drawn.rows.emplace_back(bytes(), bytes());
        return drawn;
      }
      case 3: return TableNames{texts()};
      case 4:
        return StatusReply{
            NodeStatus{.role = "primary", .name = bytes(), .visible = Lsn{number()}, .members = texts()}};
      case 5: return PolicyReply{bytes(), bytes(), bytes(), maybe_token()};
      case 6: return ClientNotice{bytes(), maybe_token()};
      case 7: {
        Stepped drawn{.more = random_.chance(50)};
        for (uint64_t i = random_.below(3); i > 0; --i) drawn.records.push_back({token(), bytes(), bytes()});
        return drawn;
      }
      case 8: {
        StageEvents drawn;
        for (uint64_t i = random_.below(4); i > 0; --i)
          drawn.events.push_back({bytes(), static_cast<Stage>(1 + random_.below(6)), Lsn{number()},
                                  TimePoint(Duration(static_cast<int64_t>(random_.next())))});
        return drawn;
      }
      case 9: return Done{bytes(), maybe_token()};
      case 10:
        return CommitStatusReply{{static_cast<replication::CommitState>(1 + random_.below(4)), bytes()}};
      case 11: {
        Traces drawn;
        for (uint64_t i = random_.below(3); i > 0; --i) drawn.traces.push_back(trace());
        return drawn;
      }
      default: return Failed{Error{static_cast<ErrorCode>(1 + random_.below(14)), bytes()}, maybe_token()};
    }
  }

 private:
  Random random_;
};

template <typename Whole>
std::string encoded(const Whole& whole) {
  std::string out;
  if constexpr (std::is_same_v<Whole, Request>) {
    encode_request(whole, out);
  } else {
    encode_reply(whole, out);
  }
  return out;
}

/// The one message in `bytes`, as the connection's reader hands it out.
proto::MessageView view_of(proto::MessageReader& reader, std::string_view bytes) {
  reader.feed(bytes);
  proto::MessageView view;
  auto found = reader.next(view);
  EXPECT_TRUE(found && *found);
  EXPECT_EQ(reader.buffered(), 0u);
  return view;
}

TEST(ClientCodec, EveryRequestComesBackAsItWas) {
  Draw draw(1);
  for (int i = 0; i < 3000; ++i) {
    Request request{draw.number(), draw.request()};
    proto::MessageReader reader(proto::kMaxMessage);
    auto decoded = decode_request(view_of(reader, encoded(request)));
    ASSERT_TRUE(decoded) << decoded.error() << " for " << request;
    ASSERT_EQ(*decoded, request);
  }
}

TEST(ClientCodec, EveryReplyComesBackAsItWas) {
  Draw draw(2);
  for (int i = 0; i < 3000; ++i) {
    Reply reply{draw.number(), draw.reply()};
    proto::MessageReader reader(proto::kMaxMessage);
    auto decoded = decode_reply(view_of(reader, encoded(reply)));
    ASSERT_TRUE(decoded) << decoded.error();
    ASSERT_EQ(*decoded, reply);
  }
}

TEST(ClientCodec, MessagesAreAppendedOneBehindTheOther) {
  Request first{1, Get{"greetings", "hello", {}}};
  Request second{2, Write{{{engine::ChangeKind::kPut, "greetings", "hello", "world"}}, Rung::kSync}};
  std::string out;
  encode_request(first, out);
  encode_request(second, out);
  proto::MessageReader reader;
  reader.feed(out);
  proto::MessageView view;
  ASSERT_EQ(reader.next(view), true);
  EXPECT_EQ(decode_request(view), first);
  ASSERT_EQ(reader.next(view), true);
  EXPECT_EQ(decode_request(view), second);
  ASSERT_EQ(reader.next(view), false);
}

TEST(ClientCodec, ALargeWriteLeavesNothingBehindForTheNext) {
  Write large;
  for (int i = 0; i < 5000; ++i)
    large.changes.push_back({engine::ChangeKind::kPut, "t", std::to_string(i), std::string(100, 'x')});
  Request small{2, Write{{{engine::ChangeKind::kDelete, "u", "k", ""}}, {}}};
  for (const Request& request : {Request{1, large}, small}) {
    proto::MessageReader reader(proto::kMaxMessage);
    EXPECT_EQ(decode_request(view_of(reader, encoded(request))), request);
  }
}

/// Decoding must end in a value or in kProtocol, whatever the bytes are.
void expect_an_answer(proto::MessageType type, std::string_view body) {
  if (auto request = decode_request({type, body, {}}); !request) {
    EXPECT_EQ(request.error().code, ErrorCode::kProtocol);
  }
  if (auto reply = decode_reply({type, body, {}}); !reply) {
    EXPECT_EQ(reply.error().code, ErrorCode::kProtocol);
  }
}

TEST(ClientCodec, AMessageCutAtAnyByteIsNeverMoreThanAnError) {
  Draw draw(3);
  for (int i = 0; i < 60; ++i) {
    std::string request = encoded(Request{7, draw.request()});
    std::string reply = encoded(Reply{7, draw.reply()});
    for (size_t cut = proto::kMessageHeaderSize; cut < std::min<size_t>(request.size(), 2000); ++cut)
      expect_an_answer(proto::MessageType::kRequest,
                       std::string_view(request).substr(0, cut).substr(proto::kMessageHeaderSize));
    for (size_t cut = proto::kMessageHeaderSize; cut < std::min<size_t>(reply.size(), 2000); ++cut)
      expect_an_answer(proto::MessageType::kReply,
                       std::string_view(reply).substr(0, cut).substr(proto::kMessageHeaderSize));
  }
}

TEST(ClientCodec, RandomAndDamagedBytesAreNeverMoreThanAnError) {
  Draw draw(4);
  for (int i = 0; i < 4000; ++i) {
    expect_an_answer(proto::MessageType::kRequest, draw.bytes());
    expect_an_answer(proto::MessageType::kReply, draw.bytes());
    std::string damaged = i % 2 == 0 ? encoded(Request{1, draw.request()}) : encoded(Reply{1, draw.reply()});
    damaged.erase(0, proto::kMessageHeaderSize);
    if (!damaged.empty()) damaged[draw.below(damaged.size())] = static_cast<char>(draw.below(256));
    expect_an_answer(i % 2 == 0 ? proto::MessageType::kRequest : proto::MessageType::kReply, damaged);
  }
}

TEST(ClientCodec, ARequestWithoutBodyOrWithTwoIsRefused) {
  EXPECT_EQ(decode_request({proto::MessageType::kRequest, "", {}}).error().code, ErrorCode::kProtocol);
  // Each is a request of its own; a parser merges the two into one that asks for both.
  std::string pause = encoded(Request{1, HoldStage{}}).substr(proto::kMessageHeaderSize);
  std::string resume = encoded(Request{1, ReleaseStage{}}).substr(proto::kMessageHeaderSize);
  EXPECT_TRUE(decode_request({proto::MessageType::kRequest, pause, {}}));
  EXPECT_EQ(decode_request({proto::MessageType::kRequest, pause + resume, {}}).error().code,
            ErrorCode::kProtocol);
}

TEST(ClientCodec, NumbersThatNameNothingAreRefused) {
  auto body = [](const auto& whole) { return encoded(whole).substr(proto::kMessageHeaderSize); };
  std::string write = body(Request{1, Write{{}, static_cast<Rung>(9)}});
  EXPECT_EQ(decode_request({proto::MessageType::kRequest, write, {}}).error().code, ErrorCode::kProtocol);
  std::string policy = body(Request{1, SetPolicy{static_cast<Rung>(6), {}, {}}});
  EXPECT_EQ(decode_request({proto::MessageType::kRequest, policy, {}}).error().code, ErrorCode::kProtocol);
  std::string failed = body(Reply{1, Failed{Error{static_cast<ErrorCode>(99), "?"}, {}}});
  EXPECT_EQ(decode_reply({proto::MessageType::kReply, failed, {}}).error().code, ErrorCode::kProtocol);
  std::string event = body(Reply{1, StageEvents{{{"p1", static_cast<Stage>(7), Lsn{8}, {}}}}});
  EXPECT_EQ(decode_reply({proto::MessageType::kReply, event, {}}).error().code, ErrorCode::kProtocol);
}

TEST(ClientCodec, AMessageOfAnotherTypeOrWithAnAttachmentIsRefused) {
  std::string body = encoded(Request{1, HoldStage{}}).substr(proto::kMessageHeaderSize);
  EXPECT_FALSE(decode_request({proto::MessageType::kReply, body, {}}));
  EXPECT_FALSE(decode_request({proto::MessageType::kRequest, body, "extra"}));
}

TEST(ClientMessages, PrintAsTheWordsOfTheCommands) {
  auto text = [](const auto& whole) {
    std::ostringstream out;
    out << whole;
    return out.str();
  };
  EXPECT_EQ(text(Request{1, Get{"greetings", "hello", Token{Lsn{0x1A8}, TimelineId{1}}}}),
            "request 1 get greetings hello after 0/1A8@1");
  EXPECT_EQ(text(Request{2, Step{3, {}}}), "request 2 step 3");
  EXPECT_EQ(text(Reply{1, Written{Token{Lsn{0x1A8}, TimelineId{1}}, 1, Rung::kSemiSync, {"r1", "r2"}}}),
            "reply 1 written 0/1A8@1 rows 1 semi-sync by r1,r2");
  EXPECT_EQ(text(Reply{1, Written{}}), "reply 1 written nothing");
  EXPECT_EQ(text(Reply{3, ClientNotice{"waiting for r2", Token{Lsn{8}, TimelineId{1}}}}),
            "reply 3 notice 0/8@1 waiting for r2");
}

TEST(ClientMessages, OnlyNoticesEventsAndPartialRowsAreNotFinal) {
  EXPECT_FALSE(is_final(ClientNotice{}));
  EXPECT_FALSE(is_final(StageEvents{}));
  EXPECT_FALSE(is_final(Rows{.more = true}));
  EXPECT_FALSE(is_final(Stepped{.more = true}));
  EXPECT_TRUE(is_final(Rows{}));
  EXPECT_TRUE(is_final(Stepped{}));
  EXPECT_TRUE(is_final(Failed{}));
  EXPECT_TRUE(is_final(Written{}));
}

}  // namespace
}  // namespace wallaby::node
