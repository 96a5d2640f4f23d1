// sim/scenario_script.h
//
// A scenario script as text: blocks of commands, each with the output that belongs under it.
//
//     # A comment, kept where it is.
//     put p1 t hello world
//     ---
//     committed, async: flushed on the primary, 0/110@1
//
// A block is one or more command lines, a line `---`, and the expected lines; an empty line ends it. Commands without a
// `---` are a block too, whose output is not there yet: a rewrite puts it in.
//
// parse -> run each block -> compare (first_difference) or write out again (rewritten). Comments and empty lines are
// left as they are. Errors: a script that cannot be one is kInvalidArgument with its line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace wallaby::sim {

struct ScenarioBlock {
  size_t line = 0;                  ///< of its first command, from 1
  size_t output_line = 0;           ///< of its first expected line
  std::vector<std::string> before;  ///< comments and empty lines above it, as they are
  std::vector<std::string> commands;
  std::vector<std::string> expected;
};

struct ScenarioScript {
  std::vector<ScenarioBlock> blocks;
  std::vector<std::string> after;  ///< comments and empty lines at the end
};

Result<ScenarioScript> parse_scenario(std::string_view text);
/// The script with these outputs, one for each block.
std::string rewritten(const ScenarioScript& script, const std::vector<std::vector<std::string>>& outputs);

/// Where expected and seen part, told in a few lines (- expected, + seen) with a line or two around; nullopt: nowhere.
struct ScenarioDifference {
  size_t line = 0;  ///< in the script, of the first line that differs
  std::string text;
};
std::optional<ScenarioDifference> first_difference(const ScenarioBlock& block,
                                                   const std::vector<std::string>& seen);

}  // namespace wallaby::sim
