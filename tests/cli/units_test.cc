#include "cli/units.h"

#include <gtest/gtest.h>

#include "cli/exit_status.h"
#include "cli/progress.h"

namespace wallaby::cli {
namespace {

using namespace std::chrono_literals;

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

TEST(Units, NamesACommandAsItIsTyped) {
  EXPECT_EQ(typed("127.0.0.1:7400", "release flushed"), "`wallaby release flushed`");
  EXPECT_EQ(typed("127.0.0.1:7401", "resume"), "`wallaby --node 127.0.0.1:7401 resume`");
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
