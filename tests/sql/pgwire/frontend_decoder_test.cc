#include "sql/pgwire/frontend_decoder.h"

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/sql/pgwire/frontend.h"

namespace wallaby::sql::pgwire {
namespace {

using Phase = FrontendDecoder::Phase;
namespace frontend = testing::frontend;

FrontendDecoder decoder_in(Phase phase) {
  FrontendDecoder decoder;
  decoder.set_phase(phase);
  return decoder;
}

std::string to_line(const FrontendMessage& message) {
  std::ostringstream out;
  out << message;
  return out.str();
}

/// Takes all that is complete; an error ends it with its code and text.
void drain(FrontendDecoder& decoder, std::vector<std::string>& lines) {
  for (;;) {
    auto message = decoder.next();
    if (!message) {
      lines.push_back(message.error().code() + ": " + message.error().message());
      return;
    }
    if (!*message) return;
    lines.push_back(to_line(**message));
    // After the startup packet a session would be open.
    if (std::holds_alternative<Startup>(**message)) decoder.set_phase(Phase::kOpen);
  }
}

std::vector<std::string> decode(Phase phase, std::string_view bytes) {
  FrontendDecoder decoder = decoder_in(phase);
  decoder.append(bytes);
  std::vector<std::string> lines;
  drain(decoder, lines);
  return lines;
}

using Lines = std::vector<std::string>;

std::string conversation() {
  return frontend::ssl_request() + frontend::gss_request() +
         frontend::startup({{"user", "alice"}, {"database", "d"}}) + frontend::query("SELECT 1") +
         frontend::parse("s", "SELECT $1", {23, 0}) +
         frontend::bind("p", "s", {"42", std::nullopt, ""}, {1, 0, 0}, {1}) + frontend::describe('P', "p") +
         frontend::execute("p", 5) + frontend::close('S', "s") + frontend::flush() + frontend::sync() +
         frontend::copy_data("a\tb\n") + frontend::copy_done() + frontend::copy_fail("no") +
         frontend::message('F', "anything") + frontend::terminate();
}

const Lines kConversation = {"SSLRequest",
                             "GSSENCRequest",
                             "Startup{3.0, user=alice, database=d}",
                             "Query{\"SELECT 1\"}",
                             "Parse{\"s\", \"SELECT $1\", 2 types}",
                             "Bind{portal \"p\", statement \"s\", 28 bytes}",
                             "Describe{portal \"p\"}",
                             "Execute{\"p\", 5}",
                             "Close{statement \"s\"}",
                             "Flush",
                             "Sync",
                             "CopyData{4 bytes}",
                             "CopyDone",
                             "CopyFail{\"no\"}",
                             "FunctionCall",
                             "Terminate"};

TEST(FrontendDecoder, cuts_a_conversation_into_messages) {
  EXPECT_EQ(decode(Phase::kStartup, conversation()), kConversation);
}

TEST(FrontendDecoder, any_split_gives_the_same_messages) {
  std::string bytes = conversation();
  for (size_t split = 0; split <= bytes.size(); ++split) {
    FrontendDecoder decoder;
    Lines lines;
    for (std::string_view part :
         {std::string_view(bytes).substr(0, split), std::string_view(bytes).substr(split)}) {
      decoder.append(part);
      drain(decoder, lines);
    }
    ASSERT_EQ(lines, kConversation) << "split at " << split;
  }
}

TEST(FrontendDecoder, byte_by_byte_gives_the_same_messages) {
  FrontendDecoder decoder;
  Lines lines;
  for (char byte : conversation()) {
    decoder.append({&byte, 1});
    drain(decoder, lines);
  }
  EXPECT_EQ(lines, kConversation);
  EXPECT_EQ(decoder.buffered(), 0u);
}

TEST(FrontendDecoder, fields_are_what_the_client_sent) {
  FrontendDecoder decoder = decoder_in(Phase::kOpen);
  decoder.append(frontend::bind("p", "s", {"42", std::nullopt, ""}, {1, 0, 0}, {1}) +
                 frontend::parse("s", "SELECT $1", {23, 0}));
  const std::string values = frontend::bind("", "", {"42", std::nullopt, ""}, {1, 0, 0}, {1}).substr(7);
  EXPECT_EQ(**decoder.next(), (FrontendMessage{Bind{"p", "s", values}}));
  EXPECT_EQ(**decoder.next(), (FrontendMessage{Parse{"s", "SELECT $1", {TypeId::kInt4, TypeId::kInvalid}}}));
}

TEST(FrontendDecoder, the_next_type_shows_before_its_message_is_there) {
  FrontendDecoder decoder = decoder_in(Phase::kOpen);
  EXPECT_EQ(decoder.peek_type(), std::nullopt);
  decoder.append("S");
  EXPECT_EQ(decoder.peek_type(), 'S');
  EXPECT_EQ(*decoder.next(), std::nullopt);
}

TEST(FrontendDecoder, what_is_no_startup_packet_is_closed_without_a_word) {
  const Lines silent = {"08P01: "};
  EXPECT_EQ(decode(Phase::kStartup, "GET / HTTP/1.1\r\n\r\n"), silent);
  EXPECT_EQ(decode(Phase::kStartup, std::string("\x16\x03\x01\x02\x00\x01", 6)),
            silent);  // TLS without asking
  EXPECT_EQ(decode(Phase::kStartup, frontend::int32(10'001)), silent);
  EXPECT_EQ(decode(Phase::kStartup, frontend::int32(3)), silent);
  EXPECT_EQ(decode(Phase::kStartup, frontend::int32(4)), silent);
  EXPECT_EQ(decode(Phase::kStartup, frontend::int32(12) + frontend::int32(80877102) + frontend::int32(1)),
            silent);
}

TEST(FrontendDecoder, a_startup_packet_needs_its_terminator) {
  const Lines broken = {"08P01: invalid startup packet layout: expected terminator as last byte"};
  std::string version = frontend::int32(3 << 16);
  EXPECT_EQ(decode(Phase::kStartup, frontend::int32(8) + version), broken);
  std::string body = version + std::string("user\0alice", 10);
  EXPECT_EQ(decode(Phase::kStartup, frontend::int32(4 + static_cast<int>(body.size())) + body), broken);
}

TEST(FrontendDecoder, a_length_is_judged_before_memory_is_taken) {
  auto announced = [](char type, int64_t length) { return std::string(1, type) + frontend::int32(length); };
  EXPECT_EQ(decode(Phase::kOpen, announced('Q', kMaxMessage + 1)),
            Lines{"54000: a message of 67108865 bytes is longer than 67108864 bytes"});
  EXPECT_EQ(decode(Phase::kOpen, announced('Q', 0x3fffffff))[0].substr(0, 6), "54000:");
  EXPECT_EQ(decode(Phase::kOpen, announced('Q', kMaxMessage)), Lines{});
  const Lines silent = {"08P01: "};
  EXPECT_EQ(decode(Phase::kOpen, announced('Q', 0x40000000)), silent);
  EXPECT_EQ(decode(Phase::kOpen, announced('Q', -1)), silent);
  EXPECT_EQ(decode(Phase::kOpen, announced('Q', 3)), silent);
  EXPECT_EQ(decode(Phase::kOpen, announced('S', 10'001)), silent);
  EXPECT_EQ(decode(Phase::kLogin, announced('p', 10'001)), silent);
}

TEST(FrontendDecoder, an_unknown_type_is_refused_at_once) {
  EXPECT_EQ(decode(Phase::kOpen, "z"), Lines{"08P01: invalid frontend message type 122"});
  EXPECT_EQ(decode(Phase::kLogin, "Q"), Lines{"08P01: expected SASL response, got message type 81"});
}

TEST(FrontendDecoder, fields_that_do_not_fit_spoil_their_own_message_only) {
  auto fault = [](char type, std::string_view body) {
    Lines lines = decode(Phase::kOpen, frontend::message(type, body) + frontend::sync());
    EXPECT_EQ(lines.back(), "Sync");
    return lines.front();
  };
  using namespace std::string_view_literals;
  EXPECT_EQ(fault('Q', "SELECT 1"), "Malformed{'Q', invalid string in message}");
  EXPECT_EQ(fault('Q', "a\0b"sv), "Malformed{'Q', invalid message format}");
  EXPECT_EQ(fault('S', "x"), "Malformed{'S', invalid message format}");
  EXPECT_EQ(fault('P', "s\0SELECT\0"sv), "Malformed{'P', insufficient data left in message}");
  EXPECT_EQ(fault('P', "s\0SELECT\0\xff\xff"sv), "Malformed{'P', insufficient data left in message}");
  EXPECT_EQ(fault('E', "p\0\0\0"sv), "Malformed{'E', insufficient data left in message}");
  EXPECT_EQ(fault('D', ""), "Malformed{'D', no data left in message}");
  EXPECT_EQ(fault('B', "p\0s"sv), "Malformed{'B', invalid string in message}");
  EXPECT_EQ(fault('X', "x"), "Terminate") << "nobody is there to hear of it";
}

TEST(FrontendDecoder, garbage_ends_in_messages_or_one_error) {
  Random random(42);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = conversation();
    // Some damage, or nothing but noise.
    if (random.chance(30)) {
      bytes.clear();
      for (uint64_t i = random.below(60); i > 0; --i) bytes.push_back(static_cast<char>(random.next()));
    }
    for (uint64_t i = random.below(4); i > 0 && !bytes.empty(); --i)
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    FrontendDecoder decoder = decoder_in(static_cast<Phase>(random.below(3)));
    Lines lines;
    for (std::string_view left = bytes; !left.empty();) {
      size_t part = 1 + random.below(left.size());
      decoder.append(left.substr(0, part));
      left.remove_prefix(part);
      drain(decoder, lines);
    }
    EXPECT_LE(decoder.buffered(), bytes.size());
  }
}

}  // namespace
}  // namespace wallaby::sql::pgwire
