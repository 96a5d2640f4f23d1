// server/logging.h
//
// What a server tells its operator: lines on stderr, with the time and a level.
//
//     16:40:07.123 info     replica r1 joined: continue from 0/1A8
//     16:40:09.481 warning  replica r1 is gone: closed by the other side
//
// And while a large directory is opened, how far that is: one line that rewrites itself on a terminal, else a
// log line now and then. Small directories open in silence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "node/events.h"

namespace wallaby::server {

void start_logging();
void log_line(node::LogLevel level, const std::string& text);

/// Give its show() to open_data_directory.
class OpenProgressDisplay {
 public:
  OpenProgressDisplay();
  ~OpenProgressDisplay() { clear(); }
  OpenProgressDisplay(const OpenProgressDisplay&) = delete;
  OpenProgressDisplay& operator=(const OpenProgressDisplay&) = delete;

  void show(std::string_view what, uint64_t done, uint64_t all);
  /// Takes the line off the terminal, so that other lines can follow.
  void clear();

 private:
  bool terminal_;
  bool drawn_ = false;
  TimePoint next_;
};

/// "replaying the log: 43 % (1.2 of 2.8 GiB)"
std::string describe_progress(std::string_view what, uint64_t done, uint64_t all);

}  // namespace wallaby::server
