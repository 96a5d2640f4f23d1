// wal/log.h
//
// The write-ahead log of one node, as a pure state machine: records go in, file jobs come out, completions
// come back, and the positions move.
//
//     append / ingest  ->  appended  --write job-->  written  --flush job-->  flushed
//
// The same class serves a primary, which makes frames (`append`), and a replica, which takes whole frames that
// its primary made (`ingest`). It keeps the newest part of the log in memory, so that the file job that writes it,
// the senders that ship it and the applier that reads it share one copy; older parts are read from segments.
//
// Group commit: one flush is in flight; everything appended meanwhile goes with the next. Each turn the driver
// takes jobs until next_job() is empty, so all records of a turn share one write.
//
// Segments are prepared (zeroed) one ahead, on the file lane. A record is appended only when its space is
// reserved in the current segment or in the prepared one; else `room_for` says what to wait for.
//
// Invariants (check_invariants()):
//   1. flushed <= written <= appended; none of them moves backwards.
//   2. No byte of a segment is written before the segment before it is flushed whole and the mark says so.
//   3. A frame in memory is valid, chained to the one before, and never straddles segments.
//   4. What memory holds is contiguous and ends at `appended`; it reaches back at least to `written`.
//   5. After a failed write or flush no position moves any more (`failure()` is set): the node must stop. An
//      fsync is never retried.
//
// Example: append 48 bytes at 0/0: appended 0/30. next_job(): write wal/..0.wal at 64, 48 bytes (loop lane).
// job_done: written 0/30. next_job(): sync (flush lane). job_done: flushed 0/30.
//
// Owns positions and buffers, no files. Threads: none. Time: none. Left out: truncation of a fork (comes with failover).
#pragma once

#include <cstdint>
#include <deque>
#include <iosfwd>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/file_job.h"
#include "base/identity.h"
#include "base/lsn.h"
#include "base/shared_bytes.h"
#include "wal/frame.h"
#include "wal/frame_assembler.h"
#include "wal/group_commit.h"
#include "wal/log_memory.h"
#include "wal/mark.h"
#include "wal/segment.h"
#include "wal/segment_set.h"

namespace wallaby::wal {

/// Where a log starts or goes on, as recovery found it (wal/recover.h) or as a base copy or a new cluster says.
struct LogStart {
  ClusterId cluster;
  TimelineId timeline;              ///< of the last frame; 0 in an empty log
  std::vector<SegmentId> segments;  ///< on disk, oldest first; the last one is being filled; may be empty
  Lsn end;                          ///< end of the last valid frame; all of it is flushed
  uint64_t end_checksum = 0;        ///< chain checksum at `end`
  Mark mark;                        ///< the newest, durable
  uint64_t last_file_size = 0;      ///< of the last segment's file; 0: the standard size
};

struct LogOptions {
  uint64_t segment_file_size = kSegmentFileSize;
  uint64_t memory_size = 32ull << 20;  ///< newest log bytes kept in memory for senders and the applier
  uint64_t max_write = 1ull << 20;     ///< one write job takes at most about this much
};

/// Whether a record can be appended now.
enum class Room : uint8_t {
  kReady,      ///< append() will succeed
  kPreparing,  ///< a segment is being zeroed: ask again after the next job_done()
  kDiskFull,   ///< no segment could be prepared: refused until space returns
  kHeld,       ///< a ceiling on `appended` stands in the way
  kFailed,     ///< the log failed; the node must stop
};

/// A part of the log that a reader asked for: bytes in memory, or the file job to emit.
struct InMemory {
  SegmentId segment;
  Lsn from, to;
  std::vector<SharedBytes> pieces;
  bool operator==(const InMemory&) const = default;
};
struct OnDisk {
  SegmentId segment;
  Lsn from, to;  ///< what the read covers: whole bytes of the log, within one segment
  ReadStep step;
  bool operator==(const OnDisk&) const = default;
};
/// The log before `oldest` was released.
struct Released {
  Lsn oldest;
  bool operator==(const Released&) const = default;
};
using LogRead = std::variant<InMemory, OnDisk, Released>;
std::ostream& operator<<(std::ostream& out, const InMemory& read);
std::ostream& operator<<(std::ostream& out, const OnDisk& read);
std::ostream& operator<<(std::ostream& out, const Released& read);

class Log {
 public:
  Log(LogStart start, LogOptions options);

  // --- writing, as a primary -------------------------------------------------------------------------------

  /// Whether append() of a payload this long can succeed now. May make the log want to prepare a segment.
  /// `timeline`: the one that append() will be given; 0 stands for the log's own.
  Room room_for(uint64_t payload_length, TimelineId timeline = {});
  /// Makes one frame of the payload pieces and returns its LSN (its end). Requires room_for() == kReady and
  /// payload <= kMaxPayload. `new_timeline` starts a new segment (rule 4).
  Lsn append(TimelineId timeline, uint16_t kind, uint16_t format, std::span<const std::string_view> payload);

  // --- writing, as a replica ---------------------------------------------------------------------------------

  /// Takes bytes that continue exactly at ingest_position(), all of them in `segment`. Whole frames are
  /// proved (wal/frame.h) and appended; an incomplete rest stays in memory and counts nowhere until it is complete.
  /// kProtocol: they do not continue there, or `segment` does not follow from the log. kCorrupt: a frame is
  /// invalid; nothing of it was taken. Bytes taken may wait in memory for a segment to be prepared.
  Result<void> ingest(SegmentId segment, std::string_view bytes);
  /// Where the next ingested byte belongs: appended, plus whole frames that wait for a segment, plus the
  /// incomplete rest.
  Lsn ingest_position() const { return assembler_.position(); }
  /// What is in memory only because it cannot be appended yet: frames that wait for a segment, and the incomplete
  /// rest. A receiver that sees this grow stops reading.
  uint64_t bytes_waiting() const { return ingest_position() - appended(); }
  /// Drops what waits (the connection that fed it is gone): the stream goes on at `appended`.
  void forget_waiting();

  // --- jobs ----------------------------------------------------------------------------------------------------

  /// The next job that can run now, if any. `next_id` numbers it and is advanced.
  std::optional<FileJob> next_job(JobId& next_id);
  /// Whether `id` is one of this log's jobs that is still out.
  bool owns_job(JobId id) const { return jobs_.contains(id); }
  /// No job is out.
  bool idle() const { return jobs_.empty(); }
  void job_done(const FileJobDone& done);
  /// Set after a failed write or flush (invariant 5).
  const std::optional<Error>& failure() const { return failure_; }
  /// The last attempt to prepare a segment found the disk full; cleared by an attempt that succeeds.
  bool disk_full() const { return segments_.disk_full(); }
  /// Lets the log try to prepare a segment again (space may have returned).
  void retry_prepare() { segments_.retry_prepare(); }

  // --- the mark --------------------------------------------------------------------------------------------------

  /// All that may be told to have been acknowledged up to here; goes into the mark with the next write of it.
  void set_acknowledged(Lsn lsn);
  Lsn acknowledged() const { return acknowledged_; }
  /// Asks that the mark be written and fsynced (before a checkpoint is announced, at a clean stop). The request
  /// is done when marked() has reached what flushed() was, and mark_sync_pending() is false.
  void request_mark_sync() { mark_sync_due_ = true; }
  bool mark_sync_pending() const { return mark_sync_due_ || mark_sync_out_; }
  /// Flushed position in the newest mark that is known to be on disk.
  Lsn marked() const { return mark_.durable().flushed; }
  /// The mark as last written; for whoever takes the directory over from this log (a base copy).
  const Mark& newest_mark() const { return mark_.newest(); }
  /// Acknowledged position in the newest mark that is known to be on disk.
  Lsn marked_acknowledged() const { return mark_.durable().acknowledged; }

  // --- reading -----------------------------------------------------------------------------------------------------

  const LogProgress& progress() const { return commit_.progress(); }
  Lsn flushed() const { return progress().flushed; }
  Lsn appended() const { return progress().appended; }
  TimelineId timeline() const { return timeline_; }        ///< of the last frame
  uint64_t end_checksum() const { return end_checksum_; }  ///< chain checksum at `appended`
  ClusterId cluster() const { return cluster_; }
  /// First position of the oldest segment kept; the log's end when there is none.
  Lsn oldest() const;
  /// Segments kept whose files have their names, oldest first.
  const std::deque<SegmentId>& segments() const { return segments_.kept(); }
  /// The segment that holds the byte at `lsn`, or, for the end, the one that would take the next frame.
  SegmentId segment_at(Lsn lsn) const;
  /// Up to `max` bytes from `from` (a byte position <= appended; not necessarily a frame's border) to at most
  /// `until`, never past the end of `from`'s segment. Non-empty when from < until. What is not in memory any more
  /// is written, so OnDisk always finds it, unless its segment was released meanwhile: then the job's error is
  /// kNotFound, and asking again says Released.
  LogRead read(Lsn from, Lsn until, uint64_t max) const;
  /// The chain checksum at a frame border `lsn` <= appended. `Known` when memory tells; else a read of 40 bytes
  /// (or of the segment header) whose bytes go to checksum_from().
  struct Known {
    uint64_t checksum;
    bool operator==(const Known&) const = default;
  };
  std::variant<Known, OnDisk, Released> checksum_at(Lsn lsn) const;
  /// Judges the bytes that the OnDisk read of checksum_at() brought. nullopt: no frame begins at `lsn` here, so
  /// the asking log is another history.
  static std::optional<uint64_t> checksum_from(const OnDisk& read, std::string_view bytes);

  // --- holds, retention ----------------------------------------------------------------------------------------------

  /// Ceiling on `appended` (primary); kMaxLsn lifts it. `records` more may pass, and it moves with them.
  void set_append_ceiling(Lsn ceiling, uint64_t records = 0) {
    append_ceiling_ = ceiling;
    append_allowance_ = records;
  }
  /// Ceiling on `written` (a replica calls that received), at a frame's border: no byte beyond it is written.
  void set_write_ceiling(Lsn ceiling) { commit_.set_write_ceiling(ceiling); }
  /// Ceiling on `flushed`, at a frame's border: no flush beyond it counts.
  void set_flush_ceiling(Lsn ceiling) { commit_.set_flush_ceiling(ceiling); }
  /// No flush starts while this is set (replication/flush_pace.h).
  void put_off_flushes(bool put_off) { commit_.put_off_flushes(put_off); }
  bool flush_in_flight() const { return commit_.flush_in_flight(); }
  /// The lowest ceilings that can hold now, for what is under way cannot be called back.
  Lsn lowest_write_ceiling() const { return commit_.lowest_write_ceiling(); }
  Lsn lowest_flush_ceiling() const { return commit_.lowest_flush_ceiling(); }
  /// Segments that lie wholly below `lsn` are recycled or removed. Never removes the current segment.
  void release_below(Lsn lsn) { segments_.release_below(lsn); }
  /// Bytes that the log holds on disk, spares included.
  uint64_t bytes_on_disk() const { return segments_.bytes_on_disk(); }
  /// All its files, also those that wait to be removed: for whoever throws the log away. Requires idle().
  std::vector<std::string> files() const { return segments_.files(); }
  uint64_t bytes_in_memory() const;

  void check_invariants() const;

 private:
  enum class Work : uint8_t { kWrite, kFlush, kActivate, kLazyMark, kMarkSync, kSegments };
  struct Job {
    Work work;
    Lsn to;  ///< of kWrite
  };
  /// A proved frame whose segment is not prepared yet.
  struct WaitingFrame {
    SegmentId segment;
    std::string bytes;
    FrameHeader header;
  };

  FileJob issue(JobId& next_id, Lane lane, Job job, std::vector<FileStep> steps);
  bool activation_due() const;
  WriteStep write_of_mark();
  void work_done(const Job& job);

  Result<void> check_continues(SegmentId segment) const;
  Result<void> take_proved(SegmentId segment, const Frame& frame, std::string_view bytes);
  void place(SegmentId segment, const FrameHeader& header, std::string_view bytes);
  void place_waiting();
  char* extend(SegmentId segment, uint64_t size);
  void extended(TimelineId timeline, uint64_t checksum);

  ClusterId cluster_;
  LogOptions options_;
  TimelineId timeline_;
  uint64_t end_checksum_;
  GroupCommit commit_;
  LogMemory memory_;
  SegmentSet segments_;

  MarkWriter mark_;
  Lsn acknowledged_;
  bool mark_out_ =
      false;  ///< a job that writes the mark is out: one at a time, so that one slot stays durable
  bool lazy_mark_due_ = false;
  bool mark_sync_due_ = false;
  bool mark_sync_out_ = false;

  FrameAssembler assembler_;  ///< where the ingested stream goes on: behind all that waits
  SegmentId incomplete_segment_;
  std::deque<WaitingFrame> waiting_;
  uint64_t waiting_room_ = 0;  ///< left in the file that the last waiting frame's segment will get

  Lsn append_ceiling_ = kMaxLsn;
  uint64_t append_allowance_ = 0;
  std::map<JobId, Job> jobs_;  ///< out
  std::optional<Error> failure_;
};

std::ostream& operator<<(std::ostream& out, Room room);

}  // namespace wallaby::wal
