// tests/replication/trace_chain.h
//
// A primary, a replica, and one that follows it, as their trace logs see them: three clocks that need not agree.
#pragma once

#include <cstdint>

#include "replication/trace_log.h"
#include "tests/replication/dialogue.h"

namespace wallaby::replication {

inline Token token(uint64_t lsn) {
  return {Lsn{lsn}, TimelineId{1}};
}

/// p1 and its replicas, each with a clock of its own; time is told in microseconds of p1's.
struct Chain {
  TraceLog p1, r1, r2;
  Duration r1_ahead{}, r2_ahead{};

  TimePoint on_p1(int64_t us) const { return at_s(1) + std::chrono::microseconds(us); }
  TimePoint on_r1(int64_t us) const { return on_p1(us) + r1_ahead; }
  TimePoint on_r2(int64_t us) const { return on_p1(us) + r2_ahead; }

  void append_and_flush(uint64_t lsn) {
    p1.appended(on_p1(0), token(lsn), true);
    p1.reached(on_p1(400), Stage::kFlushed, Lsn{lsn});
  }
};

}  // namespace wallaby::replication
