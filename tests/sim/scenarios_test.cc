// Runs every script of tests/scenarios, so that sanitizer builds run them too (ctest of each script by its name runs
// wallaby-scenarios itself), and checks how a script is read and judged.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "sim/scenario_run.h"
#include "sim/scenario_script.h"

namespace wallaby::sim {
namespace {

using ::testing::HasSubstr;

/// ctest runs this in tests/sim.
std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("../scenarios"))
    if (entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt")
      names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

TEST(Scenarios, AllDoWhatIsWrittenInThem) {
  EXPECT_GE(names().size(), 25u);
  for (const std::string& name : names()) {
    std::ifstream file("../scenarios/" + name);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    ScenarioResult result = run_scenario("tests/scenarios/" + name, text, Trace::Mode::kHash);
    EXPECT_TRUE(result.good) << result.report;
  }
}

constexpr const char* kSmall =
    "# One node.\n"
    "start p1\n"
    "put p1 t a 1\n"
    "\n"
    "get p1 t a\n"
    "---\n"
    "= 2\n"
    "\n"
    "converge\n";

TEST(ScenarioRun, TellsWhereWhatIsWrittenDiffersAndHowToGoOn) {
  ScenarioResult result = run_scenario("x.txt", kSmall, Trace::Mode::kHash);
  EXPECT_FALSE(result.good);
  EXPECT_TRUE(result.runs);
  EXPECT_THAT(result.report, HasSubstr("x.txt:"));
  EXPECT_THAT(result.report, HasSubstr("rewrite:  build/release/bin/wallaby-scenarios --rewrite x.txt"));
}

TEST(ScenarioRun, IsTheSameEachTime) {
  ScenarioResult first = run_scenario("x.txt", kSmall, Trace::Mode::kHash);
  EXPECT_THAT(first.rewritten, HasSubstr("get p1 t a\n---\n= 1\n\n"));
  ScenarioResult second = run_scenario("x.txt", first.rewritten, Trace::Mode::kHash);
  EXPECT_TRUE(second.good) << second.report;
  EXPECT_EQ(second.rewritten, first.rewritten);
}

TEST(ScenarioRun, FailsWithoutConvergenceAndOnACommandThatCannotBe) {
  ScenarioResult open = run_scenario("x.txt", "start p1\n", Trace::Mode::kHash);
  EXPECT_FALSE(open.runs);
  EXPECT_THAT(open.report, HasSubstr("converge"));
  ScenarioResult wrong = run_scenario("x.txt", "start p1\n\nfly p1\n", Trace::Mode::kHash);
  EXPECT_THAT(wrong.report, HasSubstr("x.txt:3: fly is no command"));
  EXPECT_EQ(wrong.rewritten, "");
}

TEST(ScenarioScript, ADifferenceNamesTheLineAndShowsOnlyWhatDiffers) {
  auto script = parse_scenario("run 1s\n---\na\nb\nc\n");
  ASSERT_TRUE(script);
  EXPECT_EQ(first_difference(script->blocks[0], {"a", "b", "c"}), std::nullopt);
  auto difference = first_difference(script->blocks[0], {"a", "x", "c"});
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->line, 4u);
  EXPECT_EQ(difference->text, "    run 1s\n    ---\n    a\n  - b\n  + x\n    c\n");
}

}  // namespace
}  // namespace wallaby::sim
