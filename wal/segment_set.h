// wal/segment_set.h
//
// The life of the log's files: which exist, which one takes frames, which comes next.
//
//     spare (zeroed) --take()--> next --activation--> current --the next is activated--> kept --release--> spare or gone
//
//   spare     wal/spare-..., zeroed and flushed ahead of need, on the file lane
//   next      has frames in memory already; its file is still named spare-..., nothing is written to it
//   current   the last of kept(): frames are written to it
//
// Space is promised before it is used: reserve() says yes only when the frame fits into the current segment, into
// the next one, or into a spare that is ready. Only one segment can be `next`, so at most one segment's worth of
// frames waits in memory for its file.
//
// The file lane does one piece of work at a time: preparing a spare, recycling or removing a released segment,
// clearing up after a full disk. A released segment's new name is durable before its bytes are zeroed; else a
// power cut could bring the old name back with nothing in it. They go one by one, the oldest first, so that no
// hole can appear.
//
// Owns names and sizes, no files. Threads: none. Errors: a full disk while preparing is a state (disk_full());
// everything else is given back and stops the log.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/file_job.h"
#include "base/lsn.h"
#include "wal/segment.h"

namespace wallaby::wal {

/// The file size of a segment whose first frame takes `first_frame` bytes: the same on every node.
constexpr uint64_t segment_file_size(uint64_t standard_size, uint64_t first_frame) {
  return std::max(standard_size, kSegmentHeaderSize + first_frame);
}

class SegmentSet {
 public:
  /// `last_file_size`: of the last of `kept`, the one being filled.
  SegmentSet(const std::vector<SegmentId>& kept, uint64_t last_file_size, uint64_t standard_size);

  // --- where frames go ---------------------------------------------------------------------------------------

  /// The segment that takes a frame of this timeline and size at the log's end `at`.
  SegmentId segment_for(TimelineId timeline, Lsn at, uint64_t frame) const;
  /// Whether the segment that takes frames now has room for it.
  bool fits(Lsn at, uint64_t frame) const;
  /// Whether the frame can go into `id` now; if not, remembers that a file for it must be prepared.
  bool reserve(SegmentId id, Lsn at, uint64_t frame);
  /// The frame goes there. Requires reserve().
  void take(SegmentId id, Lsn at, uint64_t frame, uint64_t previous_checksum);
  /// The segment that takes frames now: next or current; none in an empty log.
  std::optional<SegmentId> filling() const;
  /// Why reserve() says no: the disk was full when a file should have been prepared.
  bool blocked_by_full_disk() const { return disk_full_ && !next_; }

  // --- activation: the next segment gets its name ------------------------------------------------------------

  bool has_next() const { return next_.has_value(); }
  Lsn next_first() const { return next_->id.first; }
  /// From here on frames cannot be written yet.
  Lsn write_limit() const { return next_ ? next_->id.first : kMaxLsn; }
  /// Puts the header into the spare and renames it. Requires that all before it is flushed and marked.
  std::vector<FileStep> activation_steps(ClusterId cluster) const;
  void activated();

  // --- the file lane -------------------------------------------------------------------------------------------

  /// The next piece of work, if one is due and none is out. `filled`: the log's end.
  std::optional<std::vector<FileStep>> next_work(Lsn end);
  /// nullopt: fine, or a full disk that was noted. Else the error that must stop the log.
  std::optional<Error> work_done(const std::optional<Error>& error);
  bool disk_full() const { return disk_full_; }
  void retry_prepare();

  // --- what there is -------------------------------------------------------------------------------------------

  /// Named files, oldest first; the last one is current.
  const std::deque<SegmentId>& kept() const { return kept_; }
  /// The segment that holds the byte at `lsn`, which is not before the oldest. Requires one.
  SegmentId at(Lsn lsn) const;
  /// Where the segment that holds `lsn` ends; the log's end for the last one.
  Lsn end_of_segment_at(Lsn lsn, Lsn log_end) const;
  void release_below(Lsn lsn);
  uint64_t bytes_on_disk() const;
  /// Everything of the set that is on disk, released files and spares included.
  std::vector<std::string> files() const;

  void check_invariants() const;

 private:
  struct Spare {
    std::string path;
    uint64_t size = 0;
  };
  struct Next {
    SegmentId id;
    Spare file;
    uint64_t previous_checksum = 0;
    bool replaces_current = false;  ///< current is empty and too small, or of an older timeline
  };
  struct Released {
    std::string path;
    uint64_t size = 0;
  };
  enum class Work : uint8_t { kNone, kPrepare, kRecycle, kRemove };

  uint64_t size_of(size_t index) const;
  std::string new_spare_path();
  std::optional<uint64_t> size_to_prepare(Lsn end) const;
  bool has_spare(uint64_t size) const;

  uint64_t standard_size_;
  std::deque<SegmentId> kept_;
  uint64_t current_size_ = 0;
  std::optional<Next> next_;
  std::vector<Spare> spares_;            ///< ready
  std::optional<uint64_t> wanted_size_;  ///< of the file that reserve() missed
  std::deque<Released> released_;        ///< out of the log, still on disk
  std::vector<std::string> unfinished_;  ///< drafts that a full disk left behind
  Work work_ = Work::kNone;
  Spare draft_;  ///< what kPrepare or kRecycle makes
  uint64_t spares_made_ = 0;
  bool disk_full_ = false;
  bool may_prepare_ = true;
};

}  // namespace wallaby::wal
