#include "server/idle_meter.h"

#include <chrono>

namespace wallaby::server {
namespace {

using namespace std::chrono_literals;

constexpr Duration kMemory = 4ms;
constexpr Duration kSlowFlush = 1ms;
constexpr int kFlushesAfterASlowOne = 64;
constexpr int kFlushesRemembered = 64;

}  // namespace

void IdleMeter::worked(TimePoint began, TimePoint ended) {
  busy_ += ended - began;
  if (last_end_ != TimePoint{}) total_ += ended - last_end_;
  last_end_ = ended;
  if (total_ > kMemory) {
    busy_ /= 2;
    total_ /= 2;
  }
}

void IdleMeter::flushed(TimePoint began, TimePoint ended) {
  last_end_ += ended - began;
  disk_is_quick_ = ended - began < kSlowFlush;
  flushes_to_go_ = kFlushesAfterASlowOne;
  count_flush();
}

void IdleMeter::flushed_elsewhere() {
  disk_is_quick_ = disk_is_quick_ || --flushes_to_go_ <= 0;
  count_flush();
}

void IdleMeter::count_flush() {
  if (++flushes_ < kFlushesRemembered) return;
  flushes_ /= 2;
  answers_ /= 2;
}

}  // namespace wallaby::server
