#include "sim/campaign.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/core.h>

#include "base/check.h"
#include "sim/life.h"

namespace wallaby::sim {
namespace {

constexpr uint64_t kTwice = 20;  // every so many seeds one lives twice

/// One seed; its counters and its end, one a line.
void live_and_tell(uint64_t seed, FILE* out) {
  Outcome outcome = live(seed, Trace::Mode::kHash);
  std::string broken = outcome.broken;
  if (outcome.good && seed % kTwice == 0) {
    if (live(seed, Trace::Mode::kHash).hash != outcome.hash) broken = "it does not repeat itself";
    outcome.tally.add("load", "lives repeated");
  }
  for (const auto& [key, amount] : outcome.tally.all())
    fmt::print(out, "count\t{}\t{}\t{}\n", key.first, key.second, amount);
  fmt::print(out, "life\t{}\t{}\t{}\n", seed, outcome.virtual_time / std::chrono::seconds(1), broken);
  std::fflush(out);
}

/// A process that lives every `stride`-th seed.
struct Runner {
  pid_t process = 0;
  int pipe = -1;
  std::string buffer;
  uint64_t next = 0;  ///< the seed that it is at
};

Runner start_runner(uint64_t first, uint64_t end, uint64_t stride) {
  int ends[2];
  WALLABY_CHECK(::pipe(ends) == 0, "no pipe");
  std::fflush(nullptr);
  pid_t process = ::fork();
  WALLABY_CHECK(process >= 0, "cannot fork");
  if (process == 0) {
    ::close(ends[0]);
    FILE* out = ::fdopen(ends[1], "w");
    for (uint64_t seed = first; seed < end; seed += stride) live_and_tell(seed, out);
    std::fclose(out);
    std::_Exit(0);
  }
  ::close(ends[1]);
  return Runner{process, ends[0], {}, first};
}

class Campaign {
 public:
  Campaign(const CampaignOptions& options, const std::function<void(uint64_t, uint64_t)>& progress)
      : options_(options), progress_(progress) {}

  CampaignResult run() {
    result_.tally = expected_counters();
    uint64_t end = options_.from + options_.seeds;
    std::vector<Runner> runners;
    for (uint64_t i = 0; i < options_.jobs && options_.from + i < end; ++i)
      runners.push_back(start_runner(options_.from + i, end, options_.jobs));
    while (!runners.empty()) {
      std::vector<pollfd> polls;
      for (const Runner& runner : runners) polls.push_back({runner.pipe, POLLIN, 0});
      if (::poll(polls.data(), polls.size(), 1000) < 0) continue;
      for (size_t i = polls.size(); i-- > 0;) {
        if (polls[i].revents == 0 || !read_from(runners[i])) continue;
        Runner gone = std::move(runners[i]);
        runners.erase(runners.begin() + static_cast<long>(i));
        if (!ended_well(gone)) {
          found_bad(gone.next, "a check of the code itself failed, or it crashed");
          if (options_.keep_going && gone.next + options_.jobs < end)
            runners.push_back(start_runner(gone.next + options_.jobs, end, options_.jobs));
        }
      }
      if (!options_.keep_going && !result_.failed.empty()) {
        for (Runner& runner : runners) ::kill(runner.process, SIGKILL), ended_well(runner);
        break;
      }
    }
    return std::move(result_);
  }

 private:
  /// True when the pipe has ended.
  bool read_from(Runner& runner) {
    char bytes[4096];
    ssize_t count = ::read(runner.pipe, bytes, sizeof bytes);
    if (count <= 0) return true;
    runner.buffer.append(bytes, static_cast<size_t>(count));
    for (size_t end; (end = runner.buffer.find('\n')) != std::string::npos; runner.buffer.erase(0, end + 1))
      take(runner, runner.buffer.substr(0, end));
    return false;
  }

  void take(Runner& runner, const std::string& line) {
    std::vector<std::string> words;
    std::istringstream in(line);
    for (std::string word; std::getline(in, word, '\t');) words.push_back(word);
    if (words.size() == 4 && words[0] == "count") {
      result_.tally.add(words[1], words[2], std::stoull(words[3]));
    } else if (words.size() >= 3 && words[0] == "life") {
      ++result_.lived;
      result_.virtual_seconds += std::stoull(words[2]);
      if (words.size() > 3) found_bad(std::stoull(words[1]), words[3]);
      runner.next = std::stoull(words[1]) + options_.jobs;
      progress_(result_.lived, result_.failed.size());
    }
  }

  void found_bad(uint64_t seed, std::string why) { result_.failed.emplace_back(seed, std::move(why)); }

  static bool ended_well(Runner& runner) {
    ::close(runner.pipe);
    int status = 0;
    ::waitpid(runner.process, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  const CampaignOptions& options_;
  const std::function<void(uint64_t, uint64_t)>& progress_;
  CampaignResult result_;
};

bool print_outcome(uint64_t seed, const Outcome& outcome, bool with_tail) {
  if (outcome.good) {
    fmt::print("seed {} is good: {} commits acknowledged, {} reads checked, {} s of virtual time\n", seed,
               outcome.tally.of("load", "commits acknowledged"), outcome.tally.of("load", "reads checked"),
               outcome.virtual_time / std::chrono::seconds(1));
    return true;
  }
  if (with_tail) fmt::print("--- the last events of seed {}\n{}", seed, outcome.last_lines);
  fmt::print(
      "--- seed {} broke a promise\n{}\n--- where the nodes are\n{}--- the life: {}\n--- see it again: ./run "
      "sim --seed {} --trace\n",
      seed, outcome.broken, outcome.positions, outcome.plan, seed);
  return false;
}

}  // namespace

CampaignResult run_campaign(const CampaignOptions& options,
                            const std::function<void(uint64_t, uint64_t)>& progress) {
  return Campaign(options, progress).run();
}

bool report_seed(uint64_t seed) {
  Outcome again = live(seed, Trace::Mode::kKeep);
  Outcome first = live(seed, Trace::Mode::kHash);
  if (first.good && again.good && first.hash != again.hash) {
    fmt::print("--- seed {} does not repeat itself: two lives ended with hashes {:016x} and {:016x}\n", seed,
               first.hash, again.hash);
    return false;
  }
  return print_outcome(seed, again, true);
}

bool report_seed_apart(uint64_t seed) {
  std::fflush(nullptr);
  pid_t process = ::fork();
  WALLABY_CHECK(process >= 0, "cannot fork");
  if (process == 0) {
    bool good = report_seed(seed);
    std::fflush(nullptr);
    std::_Exit(good ? 0 : 1);
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool trace_seed(uint64_t seed) {
  return print_outcome(seed, live(seed, Trace::Mode::kPrint), false);
}

}  // namespace wallaby::sim
