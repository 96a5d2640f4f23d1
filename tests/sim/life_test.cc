// Whole lives: a short run of the simulator. The long one is `./run sim --seeds 2000`.
#include "sim/life.h"

#include <gtest/gtest.h>

#include "sim/campaign.h"

namespace wallaby::sim {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kLives = 5;
#else
constexpr uint64_t kLives = 50;
#endif

class Lives : public testing::TestWithParam<uint64_t> {};

TEST_P(Lives, KeepEveryPromise) {
  uint64_t commits = 0;
  for (uint64_t seed = GetParam(); seed < GetParam() + kLives; ++seed) {
    Outcome outcome = live(seed, Trace::Mode::kHash);
    EXPECT_TRUE(outcome.good) << outcome.broken << "\n"
                              << outcome.positions << outcome.plan << "\nsee it again: ./run sim --seed "
                              << seed << " --trace";
    commits += outcome.tally.of("load", "commits acknowledged");
  }
  EXPECT_GT(commits, 40 * kLives) << "a run counts only if its load was real";
}

INSTANTIATE_TEST_SUITE_P(From, Lives, testing::Values(10'000, 20'000, 30'000),
                         testing::PrintToStringParamName());

TEST(Life, RepeatsItself) {
  for (uint64_t seed : {3, 4}) {
    Outcome first = live(seed, Trace::Mode::kHash), again = live(seed, Trace::Mode::kKeep);
    EXPECT_EQ(first.hash, again.hash) << "keeping text changes nothing";
    EXPECT_EQ(first.positions, again.positions);
    EXPECT_EQ(first.tally.all(), again.tally.all());
  }
}

TEST(Life, SeedsDiffer) {
  EXPECT_NE(live(5, Trace::Mode::kHash).hash, live(6, Trace::Mode::kHash).hash);
}

TEST(Campaign, DealsSeedsToProcessesAndAddsUp) {
  CampaignOptions options{.from = 40'000, .seeds = 4, .jobs = 2, .keep_going = false};
  uint64_t last_seen = 0;
  CampaignResult result = run_campaign(options, [&](uint64_t done, uint64_t) { last_seen = done; });
  EXPECT_EQ(result.lived, 4u);
  EXPECT_EQ(last_seen, 4u);
  EXPECT_TRUE(result.failed.empty());
  EXPECT_EQ(result.tally.of("load", "lives"), 4u);
  EXPECT_FALSE(result.tally.silent("fault").empty()) << "four lives do not see every fault";
}

}  // namespace
}  // namespace wallaby::sim
