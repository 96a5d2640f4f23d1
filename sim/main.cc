// wallaby-sim: many lives of a simulated cluster, or one of them told step by step.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>

#include <unistd.h>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "base/version.h"
#include "sim/campaign.h"
#include "sim/crash_table.h"
#include "sim/trace.h"

namespace {

using wallaby::sim::CampaignOptions;
using wallaby::sim::CampaignResult;

/// From this many lives on, a kind of fault that never struck means that the run proved less than it says.
constexpr uint64_t kEnoughLives = 200;

void print_counters(const wallaby::sim::Tally& tally, const std::string& group, const std::string& title) {
  fmt::print("{}\n", title);
  for (const auto& [key, amount] : tally.all())
    if (key.first == group) fmt::print("  {:>12}  {}\n", amount, key.second);
}

/// A failed check ends the process; the seed is what a person needs then.
uint64_t current_seed = 0;
const char* kind_of_life = "";
void on_abort(int) {
  std::string text;
  if (const auto* trace = wallaby::sim::Trace::current())
    for (const std::string& line : trace->tail()) text += line + "\n";
  text += fmt::format(
      "--- seed {} failed a check of the code itself, or crashed (above)\n--- see it again: ./run sim {}"
      "--seed {} --trace\n",
      current_seed, kind_of_life, current_seed);
  [[maybe_unused]] ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
  std::_Exit(1);
}

int judge(const CampaignOptions& options, const CampaignResult& result, double seconds) {
  print_counters(result.tally, "load", "load");
  print_counters(result.tally, "fault", "faults that struck");
  print_counters(result.tally, "path", "paths that were walked");
  fmt::print("{} lives, {} s of virtual time, in {:.0f} s\n", result.lived, result.virtual_seconds, seconds);
  int status = 0;
  for (const auto& [seed, why] : result.failed) {
    if (status == 0) {
      fmt::print("\n");
      current_seed = seed;
      wallaby::sim::report_seed_apart(seed);
    } else {
      fmt::print("seed {}: {}\n", seed, why);
    }
    status = 1;
  }
  if (result.lived >= kEnoughLives)
    for (const char* group : {"fault", "path"})
      for (const std::string& name : result.tally.silent(group)) {
        fmt::print("this run proves less than it should: no '{}' in {} lives\n", name, result.lived);
        status = 1;
      }
  if (uint64_t commits = result.tally.of("load", "commits acknowledged"); commits < 20 * result.lived) {
    fmt::print("this run proves less than it should: only {} commits were acknowledged in {} lives\n",
               commits, result.lived);
    status = 1;
  }
  if (status == 0) fmt::print("clean: seeds {} to {}\n", options.from, options.from + options.seeds - 1);
  return status;
}

int run_many(const CampaignOptions& options) {
  bool terminal = ::isatty(STDERR_FILENO);
  auto begin = std::chrono::steady_clock::now();
  auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  CampaignResult result = wallaby::sim::run_campaign(options, [&](uint64_t done, uint64_t failed) {
    if (terminal)
      fmt::print(stderr, "\r{}/{} lives, {} failed, {:.0f} s  ", done, options.seeds, failed, elapsed());
  });
  if (terminal) fmt::print(stderr, "\n");
  for (int signal : {SIGABRT, SIGSEGV}) std::signal(signal, on_abort);
  return judge(options, result, elapsed());
}

/// Section 6 of the design, measured.
int run_crash_table(const CampaignOptions& options, bool trace) {
  kind_of_life = "--crash-table ";
  wallaby::sim::CrashTable table;
  for (int signal : {SIGABRT, SIGSEGV}) std::signal(signal, on_abort);
  using wallaby::sim::Trace;
  for (current_seed = options.from; current_seed < options.from + options.seeds; ++current_seed)
    table.add(current_seed,
              wallaby::sim::live_and_crash(current_seed, trace ? Trace::Mode::kPrint : Trace::Mode::kHash));
  fmt::print("{}", table.text());
  return table.right() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "The simulator: lives of a cluster with its disks, network and clocks in memory, its faults drawn from "
      "a seed,\n"
      "and every promise checked. One seed is one life, and always the same one. In a third of them SQL "
      "clients\n"
      "move money between accounts, and the log is checked for each coin of it.\n\n"
      "  wallaby-sim --seeds 2000             many lives; a summary of what was exercised\n"
      "  wallaby-sim --seed 17                one life; says what broke, if anything\n"
      "  wallaby-sim --seed 17 --trace        the same, told step by step\n"
      "  wallaby-sim --crash-table --seeds 1000   what survives when the primary dies, a cell for each rung "
      "and stage",
      "wallaby-sim"};
  app.set_version_flag("--version", fmt::format("wallaby-sim {}", wallaby::kVersion));
  CampaignOptions options;
  uint64_t seed = 0;
  bool trace = false, crash_table = false;
  CLI::Option* many = app.add_option("--seeds", options.seeds, "How many lives")->check(CLI::PositiveNumber);
  app.add_option("--from", options.from, "The first seed")->capture_default_str();
  app.add_option("--jobs", options.jobs, "Processes")->check(CLI::Range(1, 64))->capture_default_str();
  app.add_flag("--keep-going", options.keep_going, "Go on after a failing seed");
  CLI::Option* one = app.add_option("--seed", seed, "One life")->excludes(many);
  app.add_flag("--trace", trace, "Tell it step by step")->needs(one);
  app.add_flag("--crash-table", crash_table,
               "Measure what a crash may lose, rung by rung and stage by stage");
  CLI11_PARSE(app, argc, argv);

  if (one->empty()) {
    if (many->empty()) {
      fmt::print("{}", app.help());
      return 2;
    }
    return crash_table ? run_crash_table(options, false) : run_many(options);
  }
  if (crash_table) {
    options.from = seed;
    options.seeds = 1;
    return run_crash_table(options, trace);
  }
  current_seed = seed;
  for (int signal : {SIGABRT, SIGSEGV}) std::signal(signal, on_abort);
  return (trace ? wallaby::sim::trace_seed(seed) : wallaby::sim::report_seed(seed)) ? 0 : 1;
}
