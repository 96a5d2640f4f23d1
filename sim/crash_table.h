// sim/crash_table.h
//
// The crash table of the design's section 6, measured: many lives (crash_life.h), each commit of them counted in the cell of its
// rung and of the stage that it had reached.
//
//     the commit had reached   off                   async                 semi-sync  ...
//     appended                 gone; OK (121)        gone; no OK (98)      ...
//     flushed on the primary   gone; OK (117)        gone; OK (103)        ...
//     ...
//     the primary restarts     flushed: there (140)  OK: there (133)       there, unread first (129)  ...
//
// A cell is right when every commit in it had the fate that the contract names, and when an OK that may be given was seen at least
// once; in brackets: its lives. A cell without a life proves nothing and counts as wrong.
//
// What the table leaves to a sentence (received there, and then that replica lost its power, too) is counted beside it.
// Owns the counts. Threads: none.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/crash_life.h"

namespace wallaby::sim {

class CrashTable {
 public:
  void add(uint64_t seed, const CrashLife& life);
  /// The table, and under it what is wrong.
  std::string text() const;
  bool right() const { return wrongs().empty(); }
  uint64_t lives() const { return lives_; }

 private:
  static constexpr int kRestart = kReachedCount;  ///< the last row
  static constexpr size_t kRungCount = replication::kRungs.size();
  struct Cell {
    uint64_t lives = 0, commits = 0, told = 0, there = 0, unread = 0;
  };
  using Row = std::array<Cell, kRungCount>;

  void count(uint64_t seed, const CrashLife& life, size_t rung, const CommitFate& fate,
             std::array<bool, kReachedCount + 1>& lived);
  std::string cell_text(int row, size_t rung) const;
  std::vector<std::string> wrongs() const;

  std::array<Row, kReachedCount + 1> rows_{};
  Cell both_lost_;  ///< received by one replica, which then lost its power, too
  std::vector<std::string> broken_;
  uint64_t lives_ = 0;
};

}  // namespace wallaby::sim
