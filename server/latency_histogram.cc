#include "server/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace wallaby::server {
namespace {

constexpr uint64_t kPerPower = 64;
constexpr int kShift = 6;  // log2(kPerPower)

size_t bucket_of(uint64_t value) {
  if (value < kPerPower) return value;
  int power = std::bit_width(value) - 1 - kShift;  // how many low bits the bucket ignores
  return (static_cast<size_t>(power) + 1) * kPerPower + ((value >> power) - kPerPower);
}

uint64_t upper_end(size_t bucket) {
  if (bucket < kPerPower) return bucket;
  size_t power = bucket / kPerPower - 1;
  uint64_t low = (bucket % kPerPower + kPerPower) << power;
  return low + (uint64_t{1} << power) - 1;
}

}  // namespace

void LatencyHistogram::add(Duration value) {
  value = std::max(value, Duration::zero());
  size_t bucket = bucket_of(static_cast<uint64_t>(value.count()));
  if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
  ++buckets_[bucket];
  ++count_;
  max_ = std::max(max_, value);
  sum_ += value;
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  if (other.buckets_.size() > buckets_.size()) buckets_.resize(other.buckets_.size());
  for (size_t i = 0; i < other.buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

Duration LatencyHistogram::mean() const {
  return count_ == 0 ? Duration::zero() : sum_ / static_cast<int64_t>(count_);
}

Duration LatencyHistogram::percentile(double percent) const {
  if (count_ == 0) return Duration::zero();
  auto wanted = static_cast<uint64_t>(std::ceil(percent / 100 * static_cast<double>(count_)));
  wanted = std::clamp<uint64_t>(wanted, 1, count_);
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::min(max_, Duration(static_cast<int64_t>(upper_end(i))));
  }
  return max_;
}

}  // namespace wallaby::server
