// wallaby-scenarios: runs scenario scripts, and compares what is seen with what is written in them.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <unistd.h>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "base/version.h"
#include "sim/scenario_run.h"

namespace {

/// A failed check ends the process; where the script was is what a person needs then.
void on_abort(int) {
  std::string text = fmt::format("--- {}: a check of the code itself failed, or it crashed (above)\n",
                                 wallaby::sim::scenario_under_way());
  [[maybe_unused]] ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
  std::_Exit(1);
}

bool run_file(const std::string& path, bool rewrite, bool trace) {
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    fmt::print("{}: cannot be read\n", path);
    return false;
  }
  using wallaby::sim::Trace;
  auto result = wallaby::sim::run_scenario(path, text, trace ? Trace::Mode::kPrint : Trace::Mode::kHash);
  if (result.good) return true;
  if (rewrite && result.rewritten != text && !result.rewritten.empty()) {
    std::ofstream(path, std::ios::trunc) << result.rewritten;
    fmt::print("{}: rewritten\n", path);
    if (result.runs) return true;
  }
  fmt::print("{}", result.report);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Scenario scripts: behaviours of a cluster as dialogues, run on a simulated one and compared with what "
      "the files say.\n"
      "tests/scenarios/README.md has the language.\n\n"
      "  wallaby-scenarios tests/scenarios/*.txt            all of them\n"
      "  wallaby-scenarios --rewrite tests/scenarios/x.txt  writes what is seen into the file\n"
      "  wallaby-scenarios --trace tests/scenarios/x.txt    tells every event",
      "wallaby-scenarios"};
  app.set_version_flag("--version", fmt::format("wallaby-scenarios {}", wallaby::kVersion));
  std::vector<std::string> files;
  bool rewrite = false, trace = false;
  app.add_option("FILE", files, "Script files")->required();
  app.add_flag("--rewrite", rewrite, "Write what is seen into the files");
  app.add_flag("--trace", trace, "Tell every event");
  CLI11_PARSE(app, argc, argv);

  for (int signal : {SIGABRT, SIGSEGV}) std::signal(signal, on_abort);
  size_t bad = 0;
  for (const std::string& file : files) bad += run_file(file, rewrite, trace) ? 0 : 1;
  if (files.size() > 1) fmt::print("{} scripts, {} failed\n", files.size(), bad);
  return bad == 0 ? 0 : 1;
}
