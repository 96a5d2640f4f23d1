#include "cli/units.h"

#include <gtest/gtest.h>

#include "cli/exit_status.h"
#include "cli/progress.h"

namespace wallaby::cli {
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

TEST(Units, WritesSizesAndCountsForPeople) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(999), "999 B");
  EXPECT_EQ(human_size(1000), "1.00 kB");
  EXPECT_EQ(human_size(16'777'216), "16.8 MB");
  EXPECT_EQ(human_size(999'999), "1.00 MB");
  EXPECT_EQ(human_count(7), "7");
  EXPECT_EQ(human_count(1000), "1,000");
  EXPECT_EQ(human_count(1234567), "1,234,567");
}

TEST(ExitStatus, EachErrorHasTheStatusThatTheManualPromises) {
  using enum ErrorCode;
  auto statuses = [](std::initializer_list<ErrorCode> codes, ExitStatus expected) {
    for (ErrorCode code : codes) EXPECT_EQ(exit_status(code), expected) << to_string(code);
  };
  statuses({kNotFound, kCorrupt, kIo}, ExitStatus::kNotFound);
  statuses({kInvalidArgument, kTooLarge}, ExitStatus::kUsage);
  statuses({kReadOnly, kNotServing, kRefused, kConflict, kDiskFull, kExists}, ExitStatus::kRefused);
  statuses({kUnreachable}, ExitStatus::kUnreachable);
  statuses({kUnknownOutcome, kProtocol}, ExitStatus::kUnknown);
  EXPECT_EQ(static_cast<int>(ExitStatus::kUnknown), 5);
}

TEST(Progress, TellsRowsRatePartAndTimeLeft) {
  EXPECT_EQ(progress_text(50'000, 250, 1000, 2s),
            "[######..................]  25%   50,000 rows   25,000 rows/s   6 s left");
  EXPECT_EQ(progress_text(10, 0, 0, 1s), "10 rows   10 rows/s");
  EXPECT_EQ(progress_text(10, 100, 100, 1s), "[########################] 100%   10 rows   10 rows/s");
}

}  // namespace
}  // namespace wallaby::cli
