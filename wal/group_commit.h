// wal/group_commit.h
//
// Decides what is written and flushed when. A flush takes about as long for one record as for a thousand, so
// exactly one is in flight, and all that is appended meanwhile goes with the next:
//
//     appended   |=====A=====|==B==|=C=|
//     flush 1    |=====A=====|             started when A was written; B and C arrive while it runs
//     flush 2                |==B==|=C=|   one flush for both
//
// So the busier the log, the more records share a flush, and nobody has to tune a delay.
//
// Example: append(96); next_write -> 0..96; write_done(96); next_flush -> 96. Then append(144), written too.
// next_flush -> none, one is in flight. flush_done(): flushed 96. next_flush -> 144.
//
// A large record may take several writes. `written` and `flushed` stand between records all the same: half a record
// on disk is nothing that anybody may count on, and a mark that claimed it would make a torn tail look like damage.
//
// Invariants (check_invariants()):
//   1. flushed <= written <= issued <= appended; none of them moves backwards.
//   2. written and flushed are ends of records.
//   3. A flush covers only what was written when it started. Nothing that starts passes its ceiling.
//
// Owns positions only. Threads: none. Left out: which file is written and flushed (wal/log_jobs.cc).
#pragma once

#include <deque>
#include <iosfwd>
#include <optional>

#include "base/lsn.h"

namespace wallaby::wal {

struct LogProgress {
  Lsn appended, written, flushed;
  bool operator==(const LogProgress&) const = default;
};
std::ostream& operator<<(std::ostream& out, const LogProgress& progress);

/// A stretch of the log: from `from` to just before `to`.
struct LogRange {
  Lsn from, to;
  bool operator==(const LogRange&) const = default;
};
std::ostream& operator<<(std::ostream& out, const LogRange& range);

class GroupCommit {
 public:
  /// All below `end` is flushed.
  explicit GroupCommit(Lsn end) : progress_{end, end, end}, issued_(end) {}

  /// One record, which ends at `to`.
  void append(Lsn to);
  /// Starts a write of what was appended and not yet handed out, up to `limit` and at most `max` bytes.
  std::optional<LogRange> start_write(Lsn limit, uint64_t max);
  /// Writes complete in the order in which they were started.
  void write_done(Lsn to);
  /// Starts a flush, and says what it will have made durable; nullopt when there is nothing to flush, one is in
  /// flight already, the ceiling is reached, or flushes are put off.
  std::optional<Lsn> start_flush();
  void flush_done();

  /// Ceiling on `written`, a record's end: no byte past it is given out to be written. kMaxLsn lifts it.
  void set_write_ceiling(Lsn ceiling) { write_ceiling_ = ceiling; }
  /// Ceiling on `flushed`, a record's end: no flush past it counts. kMaxLsn lifts it.
  void set_flush_ceiling(Lsn ceiling) { flush_ceiling_ = ceiling; }
  /// No flush starts while this is set. The node that sets it knows when it ends.
  void put_off_flushes(bool put_off) { flushes_put_off_ = put_off; }
  /// The lowest ceilings that can hold now: what is under way cannot be called back. Ends of records.
  Lsn lowest_write_ceiling() const;
  Lsn lowest_flush_ceiling() const { return in_flight_.value_or(progress_.flushed); }
  bool flush_in_flight() const { return in_flight_.has_value(); }
  const LogProgress& progress() const { return progress_; }

  void check_invariants() const;

 private:
  LogProgress progress_;
  std::deque<Lsn> unwritten_;     ///< ends of the records that are not written yet
  Lsn issued_;                    ///< handed out to write jobs
  std::optional<Lsn> in_flight_;  ///< what the running flush will reach
  Lsn write_ceiling_ = kMaxLsn, flush_ceiling_ = kMaxLsn;
  bool flushes_put_off_ = false;
};

}  // namespace wallaby::wal
