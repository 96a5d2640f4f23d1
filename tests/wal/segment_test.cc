#include "wal/segment.h"

#include <gtest/gtest.h>

#include "tests/support/memory_file_system.h"

namespace wallaby::wal {
namespace {

TEST(Segment, HeaderRoundTripAndEveryBitIsProved) {
  SegmentHeader header{TimelineId{2}, ClusterId{0xC0FFEE}, Lsn{0xFFFFC0}, 0x1234};
  std::string bytes = encode_segment_header(header);
  ASSERT_EQ(bytes.size(), kSegmentHeaderSize);
  EXPECT_EQ(*decode_segment_header(bytes), header);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(decode_segment_header(damaged)) << "bit " << bit;
  }
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(decode_segment_header(bytes.substr(0, length)));
}

TEST(Segment, NamesGoBothWays) {
  SegmentId id{TimelineId{1}, Lsn{0xFFFFC0}};
  EXPECT_EQ(segment_path(id), "wal/00000001-0000000000FFFFC0.wal");
  EXPECT_EQ(*parse_segment_name("00000001-0000000000FFFFC0.wal"), id);
  for (const char* name :
       {"", "spare-0000000000000003", "00000001-0000000000FFFFC0", "00000001-0000000000ffffc0.wal",
        "00000001-0000000000FFFFC.wal", "+0000001-0000000000FFFFC0.wal", "00000001_0000000000FFFFC0.wal"})
    EXPECT_FALSE(parse_segment_name(name)) << name;
}

TEST(Segment, ListedInLogOrder) {
  testing::MemoryFileSystem files;
  ASSERT_TRUE(files.make_directory("wal"));
  SegmentId a{TimelineId{1}, Lsn{0}}, b{TimelineId{1}, Lsn{64}}, c{TimelineId{2}, Lsn{64}},
      d{TimelineId{2}, Lsn{128}};
  for (SegmentId id : {d, b, a, c}) ASSERT_TRUE(files.create(segment_path(id)));
  ASSERT_TRUE(files.create("wal/spare-0000000000000001"));
  EXPECT_EQ(*list_segments(files), (std::vector{a, b, c, d}));
}

}  // namespace
}  // namespace wallaby::wal
