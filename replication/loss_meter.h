// replication/loss_meter.h
//
// What would be lost if the primary died now: commits that were acknowledged (a client was told, or readers saw them) and
// that no replica is known to hold.
//
//     acknowledged   40  48  56          loss: 2 commits, 16 bytes
//     on a replica   40
//
// Under semi-sync, durable and sync it is nothing while all is well: there, a replica comes first. Under async it is what the
// furthest replica lags behind; under a degraded switch it is the price of going on.
//
// A commit is counted when it is acknowledged, once, unless a replica holds it by then; it is forgotten when the furthest
// replica has reached it. So the number of commits tells only of what this meter saw: when that replica is dropped and the
// next one holds less, or when the meter began with a log that was acknowledged before, `bytes` tells of all that is missing,
// `commits` of those that came later, and `exact` is false.
//
// Memory is bounded. Up to kMaxBuckets positions are kept one by one; then neighbours are merged, two into one at the later
// position. The sum stays true, but a replica that stands amid such a bucket may hold some of it: `commits` errs upwards, and
// `exact` is false until it has passed. Early replies (a session's weaker rung) come before those that wait, so positions
// need not come in order.
//
// Invariants: `commits` is the sum of the buckets, all of which lie past the furthest replica; buckets do not overlap.
// Threads: none. Left out: which of them a promotion of another replica than the furthest would lose.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>

#include "base/lsn.h"

namespace wallaby::replication {

struct Loss {
  uint64_t commits = 0;
  uint64_t bytes = 0;
  bool exact = true;  ///< false: `commits` is only near the truth
  bool operator==(const Loss&) const = default;
};
/// "nothing", "2 commits, 16 bytes", "about 2 commits, 16 bytes"
std::ostream& operator<<(std::ostream& out, const Loss& loss);

class LossMeter {
 public:
  static constexpr size_t kMaxBuckets = 1024;

  LossMeter() = default;
  /// All up to `acknowledged` was acknowledged before, as commits that nobody counted.
  explicit LossMeter(Lsn acknowledged) : acknowledged_(acknowledged), uncounted_(acknowledged) {}

  /// Commits that end at `lsn`: a client was told, or readers see them. Each commit once, at the first of the two.
  void acknowledged(Lsn lsn, uint64_t commits = 1);
  /// All up to here is acknowledged, be it a commit or not.
  void reach(Lsn visible);
  /// The furthest position that any replica is known to hold. It goes back when that replica is dropped.
  void on_replica(Lsn furthest);

  Loss loss() const;
  void check_invariants() const;

 private:
  struct Bucket {
    Lsn first;  ///< the earliest position that was merged into it
    uint64_t commits = 0;
  };
  void merge();

  Lsn acknowledged_, on_replica_;
  Lsn uncounted_;                  ///< acknowledged up to here, and not (or no longer) counted
  std::map<Lsn, Bucket> buckets_;  ///< by their last position
  uint64_t commits_ = 0;           ///< in all buckets
};

}  // namespace wallaby::replication
