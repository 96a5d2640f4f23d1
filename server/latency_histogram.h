// server/latency_histogram.h
//
// Counts durations so that percentiles can be told afterwards, in a few kilobytes however many are added.
//
// The buckets grow with the value: each power of two of nanoseconds is cut into 64 equal ones, so a percentile is
// at most 1.6 % too high, at 1 us as at 10 s.
//
//     values 0..63       one bucket each
//     64..127            64 buckets of 1
//     128..255           64 buckets of 2, and so on
//
// Plain value, no threads, no errors.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace wallaby::server {

class LatencyHistogram {
 public:
  void add(Duration value);
  void merge(const LatencyHistogram& other);

  uint64_t count() const { return count_; }
  Duration max() const { return max_; }
  Duration mean() const;
  /// The smallest value that `percent` of all do not exceed (upper end of its bucket, never above max());
  /// 0 when nothing was added.
  Duration percentile(double percent) const;

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  Duration max_{}, sum_{};
};

}  // namespace wallaby::server
