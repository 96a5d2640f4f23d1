#include "base/lsn.h"

#include <gtest/gtest.h>

namespace wallaby {
namespace {

TEST(Lsn, PrintsAndParsesAsPostgresDoes) {
  for (auto [value, text] : {std::pair<uint64_t, const char*>{0, "0/0"},
                             {0x16B3748, "0/16B3748"},
                             {0x100000000, "1/0"},
                             {0xFFFFFFFFFFFFFFFF, "FFFFFFFF/FFFFFFFF"}}) {
    EXPECT_EQ(to_string(Lsn{value}), text);
    EXPECT_EQ(*parse_lsn(text), Lsn{value});
  }
  EXPECT_EQ(*parse_lsn("0/16b3748"), Lsn{0x16B3748});
}

TEST(Lsn, RefusesEverythingElse) {
  for (const char* text : {"", "/", "0/", "/0", "1A8", "0/1G", "0/1A8 ", " 0/1A8", "0/-1", "0x1/0", "1/2/3",
                           "100000000/0", "0/100000000"}) {
    auto parsed = parse_lsn(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Lsn, CountsBytes) {
  EXPECT_EQ(Lsn{8} + 40, Lsn{48});
  EXPECT_EQ(Lsn{48} - Lsn{8}, 40u);
  EXPECT_LT(Lsn{8}, Lsn{16});
}

TEST(Token, IsAPositionOnATimeline) {
  EXPECT_EQ(to_string(Token{Lsn{0x1A8}, TimelineId{1}}), "0/1A8@1");
  EXPECT_EQ(*parse_token("0/1A8@1"), (Token{Lsn{0x1A8}, TimelineId{1}}));
  EXPECT_EQ(*parse_token("0/1A8"), (Token{Lsn{0x1A8}, TimelineId{}}));
  for (const char* text :
       {"", "@1", "0/1A8@", "0/1A8@0", "0/1A8@x", "0/1A8@1@2", "0/1A8@4294967296", "1A8@1"})
    EXPECT_FALSE(parse_token(text)) << text;
}

}  // namespace
}  // namespace wallaby
