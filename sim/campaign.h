// sim/campaign.h
//
// Many lives: seeds are dealt to a few processes (a life that fails a WALLABY_CHECK takes its process with it, and only
// that), results come back over pipes, counters are added up, and the run is judged: clean, and was its load real?
//
// One seed in twenty lives twice and must end with the same hash.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/tally.h"

namespace wallaby::sim {

struct CampaignOptions {
  uint64_t from = 1;
  uint64_t seeds = 1;
  uint64_t jobs = 2;
  bool keep_going = false;  ///< go on after a failing seed
};

struct CampaignResult {
  uint64_t lived = 0;
  uint64_t virtual_seconds = 0;
  std::vector<std::pair<uint64_t, std::string>> failed;  ///< seeds and what broke, as they were found
  Tally tally;
};

/// `progress`: called now and then with (lives done, failed so far).
CampaignResult run_campaign(const CampaignOptions& options,
                            const std::function<void(uint64_t, uint64_t)>& progress);

/// Lives the seed again with its text kept, and prints what a person needs. True: it was good.
bool report_seed(uint64_t seed);
/// The same in a process of its own, which a failed check may end.
bool report_seed_apart(uint64_t seed);
/// The whole dialogue on stdout. True: it was good.
bool trace_seed(uint64_t seed);

}  // namespace wallaby::sim
