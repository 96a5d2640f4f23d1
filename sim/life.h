// sim/life.h
//
// One seed, one life of a cluster, from the first start to the end of all faults and beyond:
//
//     draw a plan  ->  start  ->  load and bad luck  ->  the faults stop  ->  all must converge  ->  stop, open again
//
// Convergence is a promise too: within a bounded time every node is up, holds the same log and equal tables, serves
// reads, writes are acknowledged, and what the logs and the memory take is within bounds.
//
// The outcome says which promise broke, in plain words, with everything that a person needs to look into it.
#pragma once

#include <cstdint>
#include <string>

#include "sim/tally.h"
#include "sim/trace.h"

namespace wallaby::sim {

struct Outcome {
  bool good = true;
  std::string broken;  ///< the promise, and what was seen instead
  std::string plan, positions;
  std::string last_lines;  ///< when the trace kept text
  uint64_t hash = 0;       ///< of all events
  SimTime virtual_time{};
  Tally tally;
};

Outcome live(uint64_t seed, Trace::Mode mode);

/// Counters that a run of many lives must not leave at zero.
Tally expected_counters();

}  // namespace wallaby::sim
