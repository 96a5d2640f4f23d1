#include "sim/tally.h"

namespace wallaby::sim {

uint64_t Tally::of(const std::string& group, const std::string& name) const {
  auto found = counters_.find({group, name});
  return found == counters_.end() ? 0 : found->second;
}

void Tally::merge(const Tally& other) {
  for (const auto& [key, amount] : other.counters_) counters_[key] += amount;
}

std::vector<std::string> Tally::silent(const std::string& group) const {
  std::vector<std::string> names;
  for (const auto& [key, amount] : counters_)
    if (key.first == group && amount == 0) names.push_back(key.second);
  return names;
}

}  // namespace wallaby::sim
