#include "sim/scenario_script.h"

#include <algorithm>
#include <utility>

namespace wallaby::sim {
namespace {

constexpr std::string_view kDivider = "---";

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

void add_lines(std::string& text, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) text += line + "\n";
}

}  // namespace

Result<ScenarioScript> parse_scenario(std::string_view text) {
  ScenarioScript script;
  std::vector<std::string> lines = lines_of(text);
  std::vector<std::string> before;
  for (size_t i = 0; i < lines.size();) {
    if (lines[i].empty() || lines[i].starts_with('#')) {
      before.push_back(lines[i++]);
      continue;
    }
    ScenarioBlock block;
    block.before = std::exchange(before, {});
    block.line = i + 1;
    for (; i < lines.size() && !lines[i].empty() && lines[i] != kDivider; ++i) {
      if (lines[i].starts_with('#'))
        return error(ErrorCode::kInvalidArgument, "line {}: a comment stands above a block, not inside it",
                     i + 1);
      block.commands.push_back(lines[i]);
    }
    if (block.commands.empty())
      return error(ErrorCode::kInvalidArgument, "line {}: '---' without a command above it", i + 1);
    if (i < lines.size() && lines[i] == kDivider) ++i;
    block.output_line = i + 1;
    for (; i < lines.size() && !lines[i].empty(); ++i) block.expected.push_back(lines[i]);
    script.blocks.push_back(std::move(block));
  }
  script.after = std::move(before);
  return script;
}

std::string rewritten(const ScenarioScript& script, const std::vector<std::vector<std::string>>& outputs) {
  std::string text;
  for (size_t i = 0; i < script.blocks.size(); ++i) {
    add_lines(text, script.blocks[i].before);
    add_lines(text, script.blocks[i].commands);
    text += std::string(kDivider) + "\n";
    add_lines(text, outputs[i]);
  }
  add_lines(text, script.after);
  return text;
}

std::optional<ScenarioDifference> first_difference(const ScenarioBlock& block,
                                                   const std::vector<std::string>& seen) {
  const std::vector<std::string>& expected = block.expected;
  if (expected == seen) return std::nullopt;
  size_t common = 0, shorter = std::min(expected.size(), seen.size());
  while (common < shorter && expected[common] == seen[common]) ++common;
  size_t tail = 0;
  while (tail < shorter - common && expected[expected.size() - 1 - tail] == seen[seen.size() - 1 - tail])
    ++tail;

  ScenarioDifference difference;
  difference.line = block.output_line + common;
  for (const std::string& command : block.commands) difference.text += "    " + command + "\n";
  difference.text += "    ---\n";
  if (common > 0) difference.text += "    " + expected[common - 1] + "\n";
  for (size_t i = common; i + tail < expected.size(); ++i) difference.text += "  - " + expected[i] + "\n";
  for (size_t i = common; i + tail < seen.size(); ++i) difference.text += "  + " + seen[i] + "\n";
  if (tail > 0) difference.text += "    " + expected[expected.size() - tail] + "\n";
  return difference;
}

}  // namespace wallaby::sim
