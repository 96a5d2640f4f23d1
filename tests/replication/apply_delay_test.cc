#include "replication/apply_delay.h"

#include <gtest/gtest.h>

#include "tests/replication/dialogue.h"

namespace wallaby::replication {
namespace {

using namespace std::chrono_literals;

TEST(ApplyDelay, LetsThroughWhatIsOldEnough) {
  ApplyDelay delay(5s, Lsn{8});
  EXPECT_EQ(delay.ceiling(at_ms(0)), Lsn{8}) << "what was there when the process began is free";
  delay.flushed(at_ms(10'000), Lsn{88});
  delay.flushed(at_ms(11'000), Lsn{160});
  EXPECT_EQ(delay.next_deadline(), at_ms(15'000));
  EXPECT_EQ(delay.ceiling(at_ms(14'999)), Lsn{8});
  EXPECT_EQ(delay.ceiling(at_ms(15'000)), Lsn{88});
  EXPECT_EQ(delay.next_deadline(), at_ms(16'000));
  EXPECT_EQ(delay.ceiling(at_ms(20'000)), Lsn{160});
  EXPECT_EQ(delay.next_deadline(), kNever);
}

TEST(ApplyDelay, ZeroIsNoCeiling) {
  ApplyDelay none(Duration{}, Lsn{8});
  none.flushed(at_ms(1), Lsn{16});
  EXPECT_EQ(none.ceiling(at_ms(1)), kMaxLsn);
  EXPECT_EQ(none.next_deadline(), kNever);
  EXPECT_FALSE(none.active());
}

TEST(ApplyDelay, WithTooManySamplesItHoldsLongerNeverShorter) {
  ApplyDelay delay(1s, Lsn{});
  for (uint64_t i = 1; i <= 10'000; ++i) delay.flushed(at_ms(static_cast<int64_t>(i)), Lsn{i * 8});
  for (int64_t now = 1'000; now <= 11'000; now += 100) {
    Lsn ceiling = delay.ceiling(at_ms(now));
    EXPECT_LE(ceiling.value / 8, static_cast<uint64_t>(now - 1'000)) << now;
  }
  EXPECT_EQ(delay.ceiling(at_ms(11'000)), Lsn{80'000});
}

TEST(ApplyDelay, ABaseCopyStartsOver) {
  ApplyDelay delay(1s, Lsn{});
  delay.flushed(at_ms(0), Lsn{80});
  delay.restart(Lsn{800});
  EXPECT_EQ(delay.ceiling(at_ms(0)), Lsn{800});
  EXPECT_EQ(delay.next_deadline(), kNever);
}

}  // namespace
}  // namespace wallaby::replication
