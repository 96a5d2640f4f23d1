// sim/tally.h
//
// What a run exercised: named counters, added up over lives and printed at the end. A run counts only if its load
// was real, so names are known beforehand where silence would be a lie: expect("fault", "power cut") makes the run
// fail when the counter is still zero after many lives.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wallaby::sim {

class Tally {
 public:
  /// "fault", "load", "path": the group is printed as a heading.
  void add(const std::string& group, const std::string& name, uint64_t amount = 1) {
    counters_[{group, name}] += amount;
  }
  void expect(const std::string& group, const std::string& name) { counters_[{group, name}]; }
  uint64_t of(const std::string& group, const std::string& name) const;
  void merge(const Tally& other);
  /// Names in the group that never happened.
  std::vector<std::string> silent(const std::string& group) const;
  const std::map<std::pair<std::string, std::string>, uint64_t>& all() const { return counters_; }

 private:
  std::map<std::pair<std::string, std::string>, uint64_t> counters_;
};

}  // namespace wallaby::sim
