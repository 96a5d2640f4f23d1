#include "cli/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wallaby::cli {
namespace {

using ::testing::HasSubstr;

TEST(ConfigFile, NamesValuesCommentsAndQuotes) {
  auto lines = parse_config(
      "# a comment\r\n"
      "\n"
      "data=p1\n"
      "  listen =  127.0.0.1:7400   # where\n"
      "sync-replicas = \"ANY 1 (r1, #2)\"  # quoted\n"
      "empty =",
      "f");
  ASSERT_TRUE(lines.has_value()) << lines.error();
  EXPECT_EQ(*lines, (std::vector<ConfigLine>{{"data", "p1", 3},
                                             {"listen", "127.0.0.1:7400", 4},
                                             {"sync-replicas", "ANY 1 (r1, #2)", 5},
                                             {"empty", "", 6}}));
}

TEST(ConfigFile, AnErrorNamesFileAndLine) {
  for (const char* text : {"a = 1\nnonsense\n", "a = 1\n= 2", "a = 1\nb = \"x", "a = 1\nb = \"x\" y"}) {
    auto lines = parse_config(text, "etc/p1.conf");
    ASSERT_FALSE(lines.has_value()) << text;
    EXPECT_EQ(lines.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(lines.error().message, HasSubstr("etc/p1.conf:2: ")) << text;
  }
}

TEST(ConfigFile, ANameComesOnce) {
  auto lines = parse_config("ack = sync\nname = p1\nack = async\n", "f");
  ASSERT_FALSE(lines.has_value());
  EXPECT_EQ(lines.error().message, "f:3: 'ack' was already set in line 1");
}

TEST(ConfigFile, AMissingFileIsNamed) {
  auto lines = read_config("no/such/file");
  ASSERT_FALSE(lines.has_value());
  EXPECT_THAT(lines.error().message, HasSubstr("no/such/file"));
}

}  // namespace
}  // namespace wallaby::cli
