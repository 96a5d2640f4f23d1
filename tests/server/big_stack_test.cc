#include "server/big_stack.h"

#include <gtest/gtest.h>

namespace wallaby::server {
namespace {

/// Each level takes a kilobyte that is really used.
int depth_reached(int levels) {
  volatile char room[1024];
  room[0] = 1;
  room[1023] = 1;
  return levels == 0 ? 0 : depth_reached(levels - 1) + room[0] * room[1023];
}

TEST(BigStack, MoreLevelsFitThanOnAUsualOne) {
  int reached = 0;
  run_on_stack(64 << 20, [&] { reached = depth_reached(30'000); });
  EXPECT_EQ(reached, 30'000);
}

}  // namespace
}  // namespace wallaby::server
