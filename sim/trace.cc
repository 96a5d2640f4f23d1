#include "sim/trace.h"

#include <fmt/core.h>

namespace wallaby::sim {

std::string to_seconds(SimTime time) {
  return fmt::format("{:.6f}", static_cast<double>(time.count()) / 1e9);
}

void Trace::text(SimTime now, const std::string& who, const std::string& what) {
  if (mode_ == Mode::kHash) return;
  std::string line = fmt::format("{:>11} {:<3} {}", to_seconds(now), who, what);
  if (mode_ == Mode::kPrint) fmt::print("{}\n", line);
  tail_.push_back(std::move(line));
  if (tail_.size() > kTail) tail_.pop_front();
}

}  // namespace wallaby::sim
