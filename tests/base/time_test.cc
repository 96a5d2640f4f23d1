#include "base/time.h"

#include <gtest/gtest.h>

namespace wallaby {
namespace {

TEST(Time, TheCalendarInUtc) {
  EXPECT_EQ(to_string(WallTime{0}), "1970-01-01 00:00:00.000000 UTC");
  EXPECT_EQ(to_string(WallTime{1'795'452'007'123'456}), "2026-11-23 16:40:07.123456 UTC");
  EXPECT_EQ(to_string(WallTime{-1}), "1969-12-31 23:59:59.999999 UTC");
}

TEST(Time, DurationsForPeople) {
  using namespace std::chrono_literals;
  EXPECT_EQ(to_human(420us), "420 us");
  EXPECT_EQ(to_human(1234us), "1.23 ms");
  EXPECT_EQ(to_human(1500ms), "1.5 s");
  EXPECT_EQ(to_human(3min), "3 min");
  EXPECT_EQ(to_human(3h), "3 h");
}

}  // namespace
}  // namespace wallaby
