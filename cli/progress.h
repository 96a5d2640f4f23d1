// cli/progress.h
//
// How far a long job is, as one line that is drawn over again on a terminal; nothing is drawn elsewhere.
//
//     [#########.....]  62%   1,240,000 rows   310,000 rows/s   2.4 s left
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace wallaby::cli {

/// The line. `done` of `all` bytes (0: unknown) were read in `elapsed`, and gave so many rows.
std::string progress_text(uint64_t rows, uint64_t done, uint64_t all, Duration elapsed);

class ProgressLine {
 public:
  /// Draws on stderr if that is a terminal.
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// At most ten times a second.
  void show(uint64_t rows, uint64_t done, uint64_t all, Duration elapsed);
  /// Takes the line away, so that other output begins on an empty one.
  void clear();

 private:
  bool terminal_;
  bool drawn_ = false;
  Duration next_{};
};

}  // namespace wallaby::cli
