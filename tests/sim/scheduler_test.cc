#include "sim/scheduler.h"

#include <string>

#include <gtest/gtest.h>

namespace wallaby::sim {
namespace {

using std::chrono::milliseconds;

TEST(Scheduler, RunsByTimeThenByOrderOfEntry) {
  Scheduler scheduler;
  std::string seen;
  scheduler.after(milliseconds(2), [&] { seen += 'c'; });
  scheduler.after(milliseconds(1), [&] { seen += 'a'; });
  scheduler.after(milliseconds(1), [&] { seen += 'b'; });
  scheduler.run_until(milliseconds(5));
  EXPECT_EQ(seen, "abc");
  EXPECT_EQ(scheduler.now(), milliseconds(5));
}

TEST(Scheduler, ActionsMayScheduleMore) {
  Scheduler scheduler;
  int runs = 0;
  std::function<void()> again = [&] {
    if (++runs < 10) scheduler.after(milliseconds(1), again);
  };
  scheduler.after(milliseconds(1), again);
  scheduler.run_until(milliseconds(4));
  EXPECT_EQ(runs, 4);
  while (scheduler.run_next()) {
  }
  EXPECT_EQ(runs, 10);
  EXPECT_EQ(scheduler.now(), milliseconds(10));
}

TEST(Scheduler, NothingRunsInThePast) {
  Scheduler scheduler;
  scheduler.run_until(milliseconds(7));
  SimTime ran_at{};
  scheduler.at(milliseconds(3), [&] { ran_at = scheduler.now(); });
  scheduler.run_next();
  EXPECT_EQ(ran_at, milliseconds(7));
}

}  // namespace
}  // namespace wallaby::sim
