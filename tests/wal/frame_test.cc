#include "wal/frame.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace wallaby::wal {
namespace {

constexpr Lsn kStart{0x1A8};

std::string frame_at(Lsn start, std::string_view payload, uint64_t previous = 77) {
  std::string bytes(frame_size(payload.size()), 'x');
  FrameHeader header{.payload_length = 0,
                     .timeline = TimelineId{3},
                     .kind = 5,
                     .format = 2,
                     .writer_flushed = Lsn{0x100},
                     .previous_checksum = previous,
                     .checksum = 0};
  write_frame(bytes.data(), start, header, std::span(&payload, 1));
  return bytes;
}

TEST(Frame, ReadsBackWhatWasWritten) {
  std::string bytes = frame_at(kStart, "hello");
  EXPECT_EQ(bytes.size(), 48u);
  auto frame = read_frame(bytes, kStart, 77);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->payload, "hello");
  EXPECT_EQ(frame->start, kStart);
  EXPECT_EQ(frame->end, Lsn{0x1A8 + 48});
  EXPECT_EQ(frame->header.payload_length, 5u);
  EXPECT_EQ(frame->header.timeline, TimelineId{3});
  EXPECT_EQ(frame->header.kind, 5);
  EXPECT_EQ(frame->header.format, 2);
  EXPECT_EQ(frame->header.writer_flushed, Lsn{0x100});
  EXPECT_EQ(frame->header.previous_checksum, 77u);
}

TEST(Frame, TakesItsPayloadInPieces) {
  std::vector<std::string_view> pieces{"he", "", "l", "lo"};
  std::string bytes(48, 'x');
  FrameHeader header{.payload_length = 0,
                     .timeline = TimelineId{3},
                     .kind = 5,
                     .format = 2,
                     .writer_flushed = Lsn{0x100},
                     .previous_checksum = 77,
                     .checksum = 0};
  uint64_t checksum = write_frame(bytes.data(), kStart, header, pieces);
  EXPECT_EQ(bytes, frame_at(kStart, "hello"));
  EXPECT_EQ(read_frame(bytes, kStart, 77)->header.checksum, checksum);
}

TEST(Frame, MayBeEmpty) {
  std::string bytes = frame_at(kStart, "");
  EXPECT_EQ(bytes.size(), kFrameHeaderSize);
  EXPECT_TRUE(read_frame(bytes, kStart, 77));
}

TEST(Frame, EveryFlippedBitIsNoticed) {
  std::string good = frame_at(kStart, "some payload");
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(read_frame(bytes, kStart, 77)) << "bit " << bit;
  }
}

TEST(Frame, EveryPrefixIsIncomplete) {
  std::string good = frame_at(kStart, "some payload");
  for (size_t length = 0; length < good.size(); ++length)
    EXPECT_EQ(read_frame(std::string_view(good).substr(0, length), kStart, 77).error(),
              FrameFault::kIncomplete);
}

TEST(Frame, IsValidAtItsOwnPlaceOnly) {
  std::string bytes = frame_at(kStart, "hello");
  EXPECT_EQ(read_frame(bytes, kStart + 8, 77).error(), FrameFault::kHeader);
  EXPECT_EQ(read_frame(bytes, kStart + 1, 77).error(), FrameFault::kHeader);
}

TEST(Frame, NamesWhatIsWrong) {
  std::string good = frame_at(kStart, "hello");
  EXPECT_EQ(read_frame(std::string(48, '\0'), kStart, 77).error(), FrameFault::kZeros);
  EXPECT_EQ(read_frame(good, kStart, 78).error(), FrameFault::kChain);
  EXPECT_TRUE(read_frame(good, kStart, std::nullopt));
  std::string padding = good;
  padding.back() = 1;
  EXPECT_EQ(read_frame(padding, kStart, 77).error(), FrameFault::kPayload);
  std::string header = good;
  header[9] = 1;
  EXPECT_EQ(read_frame(header, kStart, 77).error(), FrameFault::kHeader);
}

// Formats are promises: these bytes are what every other version must read.
TEST(Frame, GoldenBytes) {
  std::string bytes = frame_at(kStart, "hello");
  std::string hex;
  for (unsigned char byte : bytes) hex += fmt::format("{:02x}", byte);
  EXPECT_EQ(hex,
            "05000000"
            "eeed481b"
            "03000000"
            "0500"
            "0200"
            "0001000000000000"
            "4d00000000000000"
            "d5d622c7b1125b1f"
            "68656c6c6f000000");
  EXPECT_EQ(chain_start(ClusterId{0xC0FFEE}), 13921339370272619025u);
}

}  // namespace
}  // namespace wallaby::wal
