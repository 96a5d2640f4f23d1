#include "wal/frame_assembler.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace wallaby::wal {
namespace {

struct Stream {
  std::string bytes;
  Lsn end{800};
  uint64_t checksum = 5;

  void add(std::string_view payload) {
    size_t from = bytes.size();
    bytes.resize(from + frame_size(payload.size()));
    FrameHeader header{.payload_length = 0,
                       .timeline = TimelineId{1},
                       .kind = 1,
                       .format = 1,
                       .writer_flushed = {},
                       .previous_checksum = checksum,
                       .checksum = 0};
    checksum = write_frame(bytes.data() + from, end, header, std::span(&payload, 1));
    end = end + frame_size(payload.size());
  }
};

Stream three_frames() {
  Stream stream;
  stream.add("one");
  stream.add("the second frame, a longer one");
  stream.add("");
  return stream;
}

class Collector {
 public:
  Result<void> feed(std::string_view bytes) {
    return assembler.feed(bytes, [this](const Frame& frame, std::string_view whole) -> Result<void> {
      payloads.emplace_back(frame.payload);
      all += whole;
      return {};
    });
  }
  FrameAssembler assembler{Lsn{800}, 5};
  std::vector<std::string> payloads;
  std::string all;
};

TEST(FrameAssembler, EverySplitGivesTheSameFrames) {
  Stream stream = three_frames();
  for (size_t first = 0; first <= stream.bytes.size(); ++first)
    for (size_t second = first; second <= stream.bytes.size(); ++second) {
      Collector collector;
      std::string_view bytes = stream.bytes;
      ASSERT_TRUE(collector.feed(bytes.substr(0, first)));
      EXPECT_EQ(collector.assembler.position(), Lsn{800} + first);
      ASSERT_TRUE(collector.feed(bytes.substr(first, second - first)));
      ASSERT_TRUE(collector.feed(bytes.substr(second)));
      ASSERT_EQ(collector.payloads.size(), 3u) << first << ' ' << second;
      ASSERT_EQ(collector.all, stream.bytes);
      ASSERT_EQ(collector.assembler.proved(), stream.end);
      ASSERT_EQ(collector.assembler.checksum(), stream.checksum);
      ASSERT_FALSE(collector.assembler.has_incomplete());
    }
}

TEST(FrameAssembler, ByteByByte) {
  Stream stream = three_frames();
  Collector collector;
  for (char byte : stream.bytes) ASSERT_TRUE(collector.feed(std::string_view(&byte, 1)));
  EXPECT_EQ(collector.all, stream.bytes);
}

TEST(FrameAssembler, AnInvalidFrameLeavesTheOnesBeforeIt) {
  Stream stream = three_frames();
  stream.bytes[48 + 60] ^= 1;
  for (size_t split = 0; split <= stream.bytes.size(); ++split) {
    Collector collector;
    auto first = collector.feed(std::string_view(stream.bytes).substr(0, split));
    auto second = first ? collector.feed(std::string_view(stream.bytes).substr(split)) : first;
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(collector.payloads, std::vector<std::string>{"one"});
    EXPECT_EQ(collector.assembler.position(), Lsn{800 + 48});
  }
}

TEST(FrameAssembler, ADamagedHeaderIsNoticedBeforeItsPayloadIsWaitedFor) {
  Stream stream = three_frames();
  stream.bytes[2] ^= 1;  // claims another 64 KiB
  Collector collector;
  ASSERT_TRUE(collector.feed(std::string_view(stream.bytes).substr(0, 39)));
  EXPECT_FALSE(collector.feed(std::string_view(stream.bytes).substr(39, 1)));
}

TEST(FrameAssembler, ForgetsTheIncomplete) {
  Stream stream = three_frames();
  Collector collector;
  ASSERT_TRUE(collector.feed(std::string_view(stream.bytes).substr(0, 60)));
  collector.assembler.forget_incomplete();
  EXPECT_EQ(collector.assembler.position(), Lsn{848});
  ASSERT_TRUE(collector.feed(std::string_view(stream.bytes).substr(48)));
  EXPECT_EQ(collector.all, stream.bytes);
}

}  // namespace
}  // namespace wallaby::wal
