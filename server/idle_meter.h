// server/idle_meter.h
//
// Tells whether the loop has nothing better to do than to wait for the disk itself.
//
// A flush on the flush thread leaves the loop free, and costs two wake-ups: of that thread, and of the loop when the flush is
// done. On a virtual machine a sleeping processor needs some 35 us to wake up, so with one client this is half as much as the
// flush. Clients that all write cannot be answered meanwhile anyway. But those that read can, and with many of them the loop is
// busy reading, parsing and writing, so that the wake-ups cost nothing.
//
//     turn:  working 20 us | waiting 300 us | working 15 us | waiting ...      idle: flush right here
//     turn:  working 200 us | working 180 us | waiting 10 us | ...             busy: let the flush thread do it,
//     during each of the last flushes some answers left                        if this is so too
//
// A disk that has just been slow is left to the thread for a while: a loop that stands still answers nobody, not even a
// keepalive. Threads: none. Time: passed in.
#pragma once

#include "base/time.h"

namespace wallaby::server {

class IdleMeter {
 public:
  /// A turn that began and ended then. What lies between two turns was waiting.
  void worked(TimePoint began, TimePoint ended);
  /// A flush that was done here: it counts as neither.
  void flushed(TimePoint began, TimePoint ended);

  bool idle() const { return disk_is_quick_ && (busy_ * 4 < total_ || answers_ * 2 < flushes_); }
  /// The flush thread has done one.
  void flushed_elsewhere();
  /// Somebody was answered while a flush was on its way; or, done here, the flush has kept the answer waiting.
  void answered_meanwhile() { ++answers_; }

 private:
  TimePoint last_end_{};
  Duration busy_{}, total_{};  ///< of the last milliseconds, older ones counting less and less
  bool disk_is_quick_ = true;
  int flushes_to_go_ = 0;  ///< on the thread, until the disk is tried here again

  void count_flush();
  int flushes_ = 0, answers_ = 0;  ///< lately, wherever they were done; and meanwhile
};

}  // namespace wallaby::server
