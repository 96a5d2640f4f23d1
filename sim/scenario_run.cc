#include "sim/scenario_run.h"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/scenario.h"
#include "sim/scenario_script.h"

namespace wallaby::sim {
namespace {

std::string under_way;

std::string commands_for(const std::string& name) {
  return fmt::format(
      "replay:   build/release/bin/wallaby-scenarios {0}\n"
      "rewrite:  build/release/bin/wallaby-scenarios --rewrite {0}\n",
      name);
}

std::string complaint(const std::string& name, size_t line, const std::string& what) {
  return fmt::format("{}:{}: {}\n", name, line, what);
}

}  // namespace

std::string scenario_under_way() {
  return under_way;
}

ScenarioResult run_scenario(const std::string& name, std::string_view text, Trace::Mode mode) {
  ScenarioResult result;
  auto script = parse_scenario(text);
  if (!script) {
    result.report = fmt::format("{}: {}\n", name, script.error().message);
    return result;
  }
  Scenario scenario(mode);
  std::vector<std::vector<std::string>> outputs;
  for (const ScenarioBlock& block : script->blocks) {
    under_way = fmt::format("{}:{}: {}", name, block.line, fmt::join(block.commands, "; "));
    try {
      outputs.push_back(scenario.run(block.commands));
    } catch (const ScriptError& wrong) {
      result.report += complaint(name, block.line, wrong.what());
    } catch (const BrokenPromise& promise) {
      result.report += complaint(name, block.line, fmt::format("a promise is broken: {}", promise.what()));
    }
    if (outputs.size() <= static_cast<size_t>(&block - script->blocks.data())) {
      for (const std::string& command : block.commands) result.report += "    " + command + "\n";
      result.report += commands_for(name);
      under_way.clear();
      return result;
    }
    auto difference = first_difference(block, outputs.back());
    if (!difference || !result.report.empty()) continue;
    result.report = complaint(name, difference->line, "not what is written there") + difference->text;
  }
  under_way.clear();
  result.runs = scenario.converged();
  if (!result.runs) {
    size_t last = script->blocks.empty() ? 1 : script->blocks.back().line;
    result.report += complaint(name, last, "a script ends in a `converge` that comes true");
  }
  result.rewritten = rewritten(*script, outputs);
  result.good = result.report.empty();
  if (!result.good) result.report += commands_for(name);
  return result;
}

}  // namespace wallaby::sim
