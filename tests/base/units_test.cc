#include "base/units.h"

#include <gtest/gtest.h>

namespace wallaby {
namespace {

using namespace std::chrono_literals;

TEST(Units, ReadsDurations) {
  EXPECT_EQ(parse_duration("500ms"), Duration(500ms));
  EXPECT_EQ(parse_duration("2"), Duration(2s));
  EXPECT_EQ(parse_duration("1.5s"), Duration(1500ms));
  EXPECT_EQ(parse_duration("3 min"), Duration(3min));
  EXPECT_EQ(parse_duration("2m"), Duration(2min));
  EXPECT_EQ(parse_duration("1h"), Duration(1h));
  EXPECT_EQ(parse_duration("10us"), Duration(10us));
  EXPECT_EQ(parse_duration("0"), Duration(0));
  for (const char* text : {"", "ms", "-1s", "1x", "1s2", "1e400", "inf", "nan", "99999999999h"})
    EXPECT_EQ(parse_duration(text).error().code, ErrorCode::kInvalidArgument) << text;
}

TEST(Units, ReadsSizes) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("4096"), 4096u);
  EXPECT_EQ(parse_size("100B"), 100u);
  EXPECT_EQ(parse_size("64K"), 64u << 10);
  EXPECT_EQ(parse_size("64kB"), 64u << 10);
  EXPECT_EQ(parse_size("16MiB"), 16u << 20);
  EXPECT_EQ(parse_size("1.5G"), 3ull << 29);
  for (const char* text : {"", "K", "-1", "1.5", "1T", "1KK", "iB", "1iB", "1e30"})
    EXPECT_EQ(parse_size(text).error().code, ErrorCode::kInvalidArgument) << text;
}

}  // namespace
}  // namespace wallaby
