#include "server/idle_meter.h"

#include <chrono>

#include <gtest/gtest.h>

namespace wallaby::server {
namespace {

using namespace std::chrono_literals;

/// Turns of a loop, one after the other.
struct Loop {
  IdleMeter meter;
  TimePoint now{1s};

  void turns(int count, Duration working, Duration waiting) {
    for (int i = 0; i < count; ++i) {
      now += waiting;
      TimePoint began = now;
      now += working;
      meter.worked(began, now);
    }
  }
  void flush(Duration took) {
    TimePoint began = now;
    now += took;
    meter.flushed(began, now);
  }
};

TEST(IdleMeter, is_not_idle_before_it_has_seen_a_wait) {
  Loop loop;
  EXPECT_FALSE(loop.meter.idle());
  loop.turns(1, 20us, 0us);
  EXPECT_FALSE(loop.meter.idle());
}

TEST(IdleMeter, a_loop_that_mostly_waits_is_idle) {
  Loop loop;
  loop.turns(20, 20us, 300us);
  EXPECT_TRUE(loop.meter.idle());
}

TEST(IdleMeter, a_loop_that_mostly_works_is_busy) {
  Loop loop;
  loop.turns(20, 200us, 50us);
  EXPECT_FALSE(loop.meter.idle());
}

TEST(IdleMeter, what_was_is_soon_forgotten) {
  Loop loop;
  loop.turns(100'000, 200us, 50us);
  loop.turns(100, 20us, 300us);
  EXPECT_TRUE(loop.meter.idle());
  loop.turns(100, 200us, 50us);
  EXPECT_FALSE(loop.meter.idle());
}

TEST(IdleMeter, a_flush_done_here_is_neither_work_nor_waiting) {
  Loop loop;
  for (int i = 0; i < 100; ++i) {
    loop.turns(1, 100us, 100us);  // half of the time
    loop.meter.answered_meanwhile();
    loop.flush(900us);
  }
  EXPECT_FALSE(loop.meter.idle());
}

TEST(IdleMeter, a_loop_that_answers_nobody_meanwhile_is_idle) {
  Loop loop;
  loop.turns(20, 200us, 0us);
  for (int i = 0; i < 1000; ++i) loop.meter.flushed_elsewhere();
  EXPECT_TRUE(loop.meter.idle());
  for (int i = 0; i < 100; ++i) {
    loop.meter.answered_meanwhile();
    loop.flush(100us);
  }
  EXPECT_FALSE(loop.meter.idle());
  for (int i = 0; i < 100; ++i) loop.flush(100us);
  EXPECT_TRUE(loop.meter.idle());
}

TEST(IdleMeter, a_slow_disk_is_left_to_the_thread_for_a_while) {
  Loop loop;
  loop.turns(20, 20us, 300us);
  loop.flush(30ms);
  loop.turns(20, 20us, 300us);
  for (int i = 0; i < 63; ++i) {
    EXPECT_FALSE(loop.meter.idle());
    loop.meter.flushed_elsewhere();
  }
  loop.meter.flushed_elsewhere();
  EXPECT_TRUE(loop.meter.idle());
  loop.flush(100us);
  EXPECT_TRUE(loop.meter.idle());
}

}  // namespace
}  // namespace wallaby::server
