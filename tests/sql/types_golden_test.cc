// (Run in tests/sql, as ctest does.) Plays golden/types_*.txt: each line an expression and what PostgreSQL 15 answers to it.
//
// A line that begins with "~ " is one where Wallaby answers otherwise, on purpose: it is followed by Wallaby's answer, and the
// comment above it says why.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/sql/type_expressions.h"

namespace wallaby::sql {
namespace {

class TypesGolden : public testing::TestWithParam<const char*> {};

TEST_P(TypesGolden, answers_as_postgresql_does) {
  std::filesystem::path path = std::filesystem::path("golden") / GetParam();
  std::ifstream file(path);
  ASSERT_TRUE(file.is_open()) << path;
  int number = 0, played = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    size_t arrow = line.rfind("  =>  ");
    ASSERT_NE(arrow, std::string::npos) << path.filename() << ':' << number << ": no answer";
    std::string expression =
        line.substr(line.starts_with("~ ") ? 2 : 0, arrow - (line.starts_with("~ ") ? 2 : 0));
    EXPECT_EQ(evaluate_expression(expression), line.substr(arrow + 6))
        << path.filename().string() << ':' << number << ": " << expression;
    ++played;
  }
  EXPECT_GT(played, 0);
}

INSTANTIATE_TEST_SUITE_P(Files, TypesGolden, testing::Values("types_input.txt", "types_operators.txt", "types_strings.txt", "types_numbers.txt",
                                         "types_dates.txt"),
                         [](const auto& info) {
                           std::string name = info.param;
                           return name.substr(6, name.find('.') - 6);
                         });

}  // namespace
}  // namespace wallaby::sql
