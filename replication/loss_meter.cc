#include "replication/loss_meter.h"

#include <algorithm>
#include <iterator>
#include <ostream>

#include "base/check.h"

namespace wallaby::replication {

std::ostream& operator<<(std::ostream& out, const Loss& loss) {
  if (loss == Loss{}) return out << "nothing";
  return out << (loss.exact ? "" : "about ") << loss.commits << " commits, " << loss.bytes << " bytes";
}

void LossMeter::acknowledged(Lsn lsn, uint64_t commits) {
  reach(lsn);
  if (commits == 0 || lsn <= on_replica_) return;
  commits_ += commits;
  auto next = buckets_.lower_bound(lsn);
  if (next != buckets_.end() && next->second.first <= lsn) {
    next->second.commits += commits;
    return;
  }
  buckets_.emplace_hint(next, lsn, Bucket{.first = lsn, .commits = commits});
  if (buckets_.size() > kMaxBuckets) merge();
}

void LossMeter::reach(Lsn visible) {
  acknowledged_ = std::max(acknowledged_, visible);
}

void LossMeter::on_replica(Lsn furthest) {
  if (furthest < on_replica_) uncounted_ = std::max(uncounted_, std::min(on_replica_, acknowledged_));
  on_replica_ = furthest;
  while (!buckets_.empty() && buckets_.begin()->first <= furthest) {
    commits_ -= buckets_.begin()->second.commits;
    buckets_.erase(buckets_.begin());
  }
}

Loss LossMeter::loss() const {
  bool amid = !buckets_.empty() && buckets_.begin()->second.first <= on_replica_;
  return {.commits = commits_,
          .bytes = acknowledged_ - std::min(on_replica_, acknowledged_),
          .exact = !amid && uncounted_ <= on_replica_};
}

void LossMeter::merge() {
  for (auto earlier = buckets_.begin(); earlier != buckets_.end();) {
    auto later = std::next(earlier);
    if (later == buckets_.end()) return;
    later->second.first = earlier->second.first;
    later->second.commits += earlier->second.commits;
    buckets_.erase(earlier);
    earlier = std::next(later);
  }
}

void LossMeter::check_invariants() const {
  WALLABY_CHECK(buckets_.size() <= kMaxBuckets, "{} buckets are kept", buckets_.size());
  uint64_t sum = 0;
  Lsn end = on_replica_;
  for (const auto& [last, bucket] : buckets_) {
    sum += bucket.commits;
    WALLABY_CHECK(last > end && bucket.first <= last, "the buckets at {} and {} overlap", to_string(end),
                  to_string(last));
    end = last;
  }
  WALLABY_CHECK(sum == commits_, "{} commits are counted, the buckets hold {}", commits_, sum);
}

}  // namespace wallaby::replication
