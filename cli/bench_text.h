// cli/bench_text.h
//
// What a bench measured, for people and for programs. In JSON `commits_per_s` (for gets `reads_per_s`), `p50_us`,
// `p99_us`, `p999_us`, `commits_per_flush` and `disk_flushes_per_s` are stable names.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "cli/disk_probe.h"
#include "replication/ack_mode.h"

namespace wallaby::cli {

struct BenchPlan {
  size_t clients = 16;
  size_t depth = 1;
  uint64_t size = 100;
  Duration duration = std::chrono::seconds(5);
  std::optional<replication::Rung> ack;
  bool get = false;
};

struct BenchFigures {
  std::string rung;  ///< that the writes had to meet
  uint64_t done = 0, failed = 0;
  double seconds = 0;
  uint64_t flushes = 0;  ///< of the node's log, meanwhile
  Duration p50{}, p99{}, p999{};
  std::optional<DiskSpeed> disk;
};

std::string bench_text(const BenchPlan& plan, const BenchFigures& figures);
std::string bench_json(const BenchPlan& plan, const BenchFigures& figures);

}  // namespace wallaby::cli
