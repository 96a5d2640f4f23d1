#include "proto/framing.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/endian.h"
#include "base/random.h"

namespace wallaby::proto {
namespace {

struct Whole {
  MessageType type{};
  std::string body, attachment;
  bool operator==(const Whole&) const = default;
};

std::string bytes_of(const std::vector<Whole>& messages) {
  std::string bytes;
  for (const Whole& message : messages) {
    write_message(bytes, message.type, message.body, message.attachment.size());
    bytes += message.attachment;
  }
  return bytes;
}

/// Feeds a piece and takes out what is whole.
Result<void> feed(MessageReader& reader, std::string_view piece, std::vector<Whole>& messages) {
  reader.feed(piece);
  MessageView view;
  for (;;) {
    Result<bool> got = reader.next(view);
    if (!got) return std::unexpected(got.error());
    if (!*got) return {};
    messages.push_back({view.type, std::string(view.body), std::string(view.attachment)});
  }
}

const std::vector<Whole> kTalk{{MessageType::kHello, "I am r1", ""},
                               {MessageType::kData, "from 0/58", std::string(300, 'x')},
                               {MessageType::kKeepalive, "", ""},
                               {MessageType::kReply, "\0\1\2", "\xff"}};

TEST(Framing, HeaderIsAsDocumented) {
  std::string bytes = bytes_of({{MessageType::kData, "body", "bytes"}});
  EXPECT_EQ(bytes, std::string("\4\0\0\0\5\0\0\0\3\0\x4C\x57", 12) + "bodybytes");
}

TEST(Framing, MessagesComeOutWholeWhereverTheStreamIsSplit) {
  std::string bytes = bytes_of(kTalk);
  for (size_t first = 0; first <= bytes.size(); ++first) {
    for (size_t second = first; second <= bytes.size(); second += 7) {
      MessageReader reader;
      std::vector<Whole> messages;
      ASSERT_TRUE(feed(reader, bytes.substr(0, first), messages));
      ASSERT_TRUE(feed(reader, bytes.substr(first, second - first), messages));
      ASSERT_TRUE(feed(reader, bytes.substr(second), messages));
      ASSERT_EQ(messages, kTalk) << "split at " << first << " and " << second;
      ASSERT_EQ(reader.buffered(), 0u);
    }
  }
}

TEST(Framing, MessagesComeOutByteByByte) {
  MessageReader reader;
  std::vector<Whole> messages;
  for (char byte : bytes_of(kTalk)) ASSERT_TRUE(feed(reader, std::string_view(&byte, 1), messages));
  EXPECT_EQ(messages, kTalk);
}

TEST(Framing, AnUnfinishedMessageStaysBuffered) {
  std::string bytes = bytes_of(kTalk);
  MessageReader reader;
  std::vector<Whole> messages;
  ASSERT_TRUE(feed(reader, bytes.substr(0, bytes.size() - 1), messages));
  EXPECT_EQ(messages.size(), kTalk.size() - 1);
  EXPECT_EQ(reader.buffered(), bytes_of({kTalk.back()}).size() - 1);
}

TEST(Framing, AMessageAtTheLimitPassesAndOneByteMoreDoesNot) {
  std::vector<Whole> at_limit{{MessageType::kData, std::string(60, 'b'), std::string(40, 'a')}};
  std::vector<Whole> over{{MessageType::kData, std::string(60, 'b'), std::string(41, 'a')}};
  std::vector<Whole> messages;
  MessageReader reader(100);
  ASSERT_TRUE(feed(reader, bytes_of(at_limit), messages));
  EXPECT_EQ(messages, at_limit);
  Result<void> refused = feed(reader, bytes_of(over), messages);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kProtocol);
}

TEST(Framing, AnOversizedMessageIsRefusedByItsHeaderAlone) {
  std::string header(kMessageHeaderSize, '\0');
  write_message(header = "", MessageType::kRequest, "");
  store(header.data(), uint32_t{0xFFFFFFFF});
  store(header.data() + 4, uint32_t{0xFFFFFFFF});  // the sum does not fit into 32 bits
  MessageReader reader(kMaxMessage);
  std::vector<Whole> messages;
  Result<void> refused = feed(reader, header, messages);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("8589934590 bytes is over"), std::string::npos)
      << refused.error().message;
  EXPECT_LE(reader.buffered(), kMessageHeaderSize);
}

TEST(Framing, TheLimitGrowsWhenThePeerIsKnown) {
  std::vector<Whole> large{{MessageType::kReply, std::string(kMaxFirstMessage + 1, 'b'), ""}};
  MessageReader stranger, friendly;
  friendly.set_limit(kMaxMessage);
  std::vector<Whole> messages;
  EXPECT_FALSE(feed(stranger, bytes_of(large), messages));
  EXPECT_TRUE(feed(friendly, bytes_of(large), messages));
  EXPECT_EQ(messages, large);
}

TEST(Framing, OtherProtocolsAreRecognisedByTheirFirstBytes) {
  constexpr std::string_view kTls("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x42", 12);
  for (std::string_view stranger :
       {std::string_view("GET / HTTP/1.1\r\n\r\n"), std::string_view("SSH-2.0-OpenSSH_9.2\r\n"), kTls}) {
    MessageReader reader;
    std::vector<Whole> messages;
    Result<void> refused = feed(reader, stranger, messages);
    ASSERT_FALSE(refused) << stranger;
    EXPECT_EQ(refused.error().code, ErrorCode::kProtocol);
    EXPECT_TRUE(messages.empty());
  }
}

TEST(Framing, UnknownTypesAreRefused) {
  for (unsigned type = 0; type < 70; ++type) {
    std::string bytes;
    write_message(bytes, static_cast<MessageType>(type), "x");
    MessageReader reader;
    std::vector<Whole> messages;
    bool known = (type >= 1 && type <= 7) || type == 16 || type == 17 || type == 32 || type == 33;
    EXPECT_EQ(feed(reader, bytes, messages).has_value(), known) << type;
  }
}

TEST(Framing, RandomTalkInRandomPiecesComesThrough) {
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Whole> talk;
    for (uint64_t i = random.below(6); i > 0; --i)
      talk.push_back(
          {MessageType::kData, std::string(random.below(200), 'b'), std::string(random.below(200), 'a')});
    std::string bytes = bytes_of(talk);
    MessageReader reader;
    std::vector<Whole> messages;
    for (std::string_view rest = bytes; !rest.empty();) {
      size_t piece = random.between(1, rest.size());
      ASSERT_TRUE(feed(reader, rest.substr(0, piece), messages));
      rest.remove_prefix(piece);
    }
    ASSERT_EQ(messages, talk) << "round " << round;
  }
}

TEST(Framing, GarbageNeverBreaksTheReader) {
  Random random(11);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = bytes_of(kTalk);
    for (uint64_t flips = random.between(1, 4); flips > 0; --flips)
      bytes[random.below(bytes.size())] ^= static_cast<char>(1 << random.below(8));
    MessageReader reader;
    std::vector<Whole> messages;
    std::ignore = feed(reader, bytes, messages);
    ASSERT_LE(messages.size(), bytes.size() / kMessageHeaderSize);
  }
}

}  // namespace
}  // namespace wallaby::proto
