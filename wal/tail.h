// wal/tail.h
//
// Judges how a log ends, when a node starts: the first invalid frame ends it, and the question is whether that
// is a *torn tail* (bytes that were never promised to be there; cut, and say so) or *corruption* (bytes that were
// flushed and are damaged or gone; refuse to start).
//
//     ... frame frame frame | garbage, half a frame, zeros
//                           ^ damage at L
//     corrupt  if L < a position known to have been on THIS node's disk
//     torn     otherwise, when anything but zeros follows
//     clean    otherwise
//
// What is known to be on this disk: the mark's flushed position, the newest valid checkpoint's position, the
// "flushed by the writer" positions inside later valid frames, these only in timelines that this node wrote
// itself (on a replica they tell of another disk), and every segment that has a segment behind it: it was flushed
// whole before that one got its name. A segment's header is flushed before its name appears, so a damaged header is
// always corruption.
//
// What remains undetectable: damage above all of these, when no valid frame follows it. It is cut as a torn
// tail; a replica fetches it again, a lone primary loses what the mark had not recorded yet.
//
// Reads through the FileSystem; changes nothing. Left out: repairing (wal/salvage.h, wal/recover.h).
#pragma once

#include <functional>
#include <iosfwd>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/lsn.h"
#include "wal/frame.h"
#include "wal/segment.h"

namespace wallaby::wal {

struct Evidence {
  ClusterId cluster;
  Lsn flushed_on_this_disk;            ///< max of the mark's and the newest valid checkpoint's position
  std::set<TimelineId> own_timelines;  ///< written by this node itself
  /// Check frames from the segment that holds this position on. The log must reach back to it: that no such segment
  /// exists is corruption too. (After a base copy, say the checkpoint's position: the copy began with its segment.)
  Lsn from;
};

struct Clean {
  bool operator==(const Clean&) const = default;
};
struct Torn {
  Lsn from;            ///< the log ends here
  uint64_t bytes = 0;  ///< from there to the last byte that is not zero
  std::string file;
  bool operator==(const Torn&) const = default;
};
struct Corrupt {
  std::string file;
  uint64_t offset = 0;  ///< in the file
  Lsn at;
  std::string why;
  bool operator==(const Corrupt&) const = default;
};
using TailJudgement = std::variant<Clean, Torn, Corrupt>;

std::ostream& operator<<(std::ostream& out, const TailJudgement& judgement);

/// What the walk over the log found, besides the judgement.
struct Tail {
  TailJudgement judgement;
  std::vector<SegmentId> segments;  ///< that hold the log, oldest first
  Lsn end;                          ///< of the last valid frame
  uint64_t end_checksum = 0;
  TimelineId timeline;  ///< of the last valid frame; 0 in an empty log
};

/// Called for every valid frame in order, and so with progress; return an error to stop the walk.
using FrameVisitor = std::function<Result<void>(const Frame&)>;

/// Walks from the segment that holds `evidence.from` to the end. An error: files could not be read at all, or the
/// visitor's. `visit` may be empty.
Result<Tail> judge_tail(FileSystem& files, const Evidence& evidence, const FrameVisitor& visit);

}  // namespace wallaby::wal
