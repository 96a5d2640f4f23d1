#include "base/shared_bytes.h"

#include <gtest/gtest.h>

namespace wallaby {
namespace {

TEST(SharedBytes, SlicesShareTheOwner) {
  SharedBytes slice;
  {
    SharedBytes whole(std::string("a string that is too long for the small buffer"));
    slice = whole.slice(2, 6);
  }
  EXPECT_EQ(slice.view(), "string");
  EXPECT_EQ(slice.slice(3).view(), "ing");
}

TEST(SharedBytes, JoinsWhatLiesSideBySide) {
  SharedBytes whole(std::string("a string that is too long for the small buffer"));
  SharedBytes left = whole.slice(0, 8), right = whole.slice(8, 5);
  EXPECT_TRUE(left.adjoins(right));
  EXPECT_FALSE(right.adjoins(left));
  EXPECT_EQ(left.joined(right).view(), "a string that");
  EXPECT_FALSE(left.adjoins(SharedBytes(std::string(" that"))));
}

TEST(SharedBytes, AreEqualByContent) {
  EXPECT_EQ(SharedBytes(std::string("x")), SharedBytes(std::string("x")));
  EXPECT_EQ(SharedBytes(), SharedBytes(std::string()));
}

}  // namespace
}  // namespace wallaby
