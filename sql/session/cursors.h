// sql/session/cursors.h
//
// DECLARE, FETCH, MOVE, CLOSE: a query of the open transaction whose rows are taken with later statements.
//
//     position      0      1 ... n      n + 1
//                 before   rows         after
//
// A cursor moves forward; one that was declared SCROLL keeps the rows that it has given, and moves anywhere among them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sql/session/query_run.h"

namespace wallaby::sql {

class Cursor {
 public:
  Cursor(std::unique_ptr<QueryRun> run, bool scroll, size_t depth)
      : depth(depth), run_(std::move(run)), scroll_(scroll) {}

  /// Opens on the transaction's snapshot: false while that has to be waited for.
  SqlResult<bool> open() { return run_->open(); }
  const std::vector<ResultColumn>& columns() const { return run_->columns(); }

  /// Moves one row on, or back; null: there is none. kRest: call it again.
  struct Moved {
    bool rested = false;
    const Row* row = nullptr;
  };
  SqlResult<Moved> forward();
  SqlResult<Moved> backward();
  /// The row it stands on, if any.
  const Row* current() const;
  int64_t position() const { return position_; }
  bool scroll() const { return scroll_; }

  size_t
      depth;  ///< savepoints that were open when it was declared: it goes when an earlier one is rolled back to

 private:
  std::unique_ptr<QueryRun> run_;
  bool scroll_;
  int64_t position_ = 0;
  bool at_end_ = false;
  Row row_;                ///< of a cursor without SCROLL: the newest
  std::vector<Row> rows_;  ///< with SCROLL: all so far
  size_t bytes_ = 0;
};

}  // namespace wallaby::sql
