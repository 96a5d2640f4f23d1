#include "server/latency_histogram.h"

#include <gtest/gtest.h>

namespace wallaby::server {
namespace {

using std::chrono::microseconds;

TEST(LatencyHistogram, IsEmptyAtFirst) {
  LatencyHistogram latency;
  EXPECT_EQ(latency.count(), 0u);
  EXPECT_EQ(latency.percentile(99), Duration::zero());
  EXPECT_EQ(latency.mean(), Duration::zero());
}

TEST(LatencyHistogram, OneValueIsEveryPercentile) {
  LatencyHistogram latency;
  latency.add(microseconds(123));
  for (double percent : {0.0, 50.0, 99.9, 100.0}) EXPECT_EQ(latency.percentile(percent), microseconds(123));
  EXPECT_EQ(latency.max(), microseconds(123));
}

TEST(LatencyHistogram, IsNeverTooLowAndAtMostASixtyFourthTooHigh) {
  LatencyHistogram latency;
  for (int i = 1; i <= 100'000; ++i) latency.add(microseconds(i));
  for (int percent : {1, 10, 50, 90, 99, 100}) {
    Duration exact = microseconds(percent * 1000);
    EXPECT_GE(latency.percentile(percent), exact) << percent;
    EXPECT_LE(latency.percentile(percent), exact + exact / 64) << percent;
  }
  EXPECT_EQ(latency.mean(), Duration(50'000'500));
}

TEST(LatencyHistogram, MergingIsAddingAll) {
  LatencyHistogram one, other, both;
  for (int i = 0; i < 1000; ++i) {
    Duration value(i * i * 997);
    (i % 3 == 0 ? one : other).add(value);
    both.add(value);
  }
  one.merge(other);
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.max(), both.max());
  for (double percent : {10.0, 50.0, 99.9}) EXPECT_EQ(one.percentile(percent), both.percentile(percent));
}

}  // namespace
}  // namespace wallaby::server
