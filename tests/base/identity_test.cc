#include "base/identity.h"

#include <string>

#include <gtest/gtest.h>

namespace wallaby {
namespace {

TEST(Identity, IdsAreSixteenHexDigits) {
  EXPECT_EQ(to_string(ClusterId{0xC0FFEE}), "0000000000c0ffee");
  EXPECT_EQ(to_string(DirectoryId{0xFFFFFFFFFFFFFFFF}), "ffffffffffffffff");
}

TEST(Identity, NodeNames) {
  EXPECT_EQ(*parse_node_name("R1"), "r1");
  EXPECT_EQ(*parse_node_name("a_b-9"), "a_b-9");
  EXPECT_EQ(*parse_node_name(std::string(63, 'a')), std::string(63, 'a'));
  for (const std::string& name : {std::string(), std::string("1a"), std::string("-a"), std::string("a b"),
                                  std::string("a.b"), std::string("\xc3\xa4"), std::string(64, 'a')})
    EXPECT_EQ(parse_node_name(name).error().code, ErrorCode::kInvalidArgument) << name;
}

TEST(Identity, Addresses) {
  EXPECT_EQ(*parse_address("10.0.0.1:7400"), (Address{"10.0.0.1", 7400}));
  EXPECT_EQ(*parse_address(":7400"), (Address{"127.0.0.1", 7400}));
  EXPECT_EQ(*parse_address("7400"), (Address{"127.0.0.1", 7400}));
  EXPECT_EQ(*parse_address("p1.example:0"), (Address{"p1.example", 0}));
  EXPECT_EQ(*parse_address("[::1]:65535"), (Address{"::1", 65535}));
  for (const char* text :
       {"", ":", "a:", "a:b", "a:65536", "a:-1", "::1:80", "[::1]", "[::1]80", "[]:80", "a:80 "})
    EXPECT_FALSE(parse_address(text)) << text;
  for (const char* text : {"127.0.0.1:7400", "[::1]:7400"}) EXPECT_EQ(to_string(*parse_address(text)), text);
}

}  // namespace
}  // namespace wallaby
