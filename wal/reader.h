// wal/reader.h
//
// Reads a log from its segment files, frame by frame, in order, proving each. Recovery, waldump, verify and salvage
// all read through it.
//
//     Reader reader(files, segments, cluster);
//     while (true) {
//       auto frame = reader.next();         // an Error: a file could not be read
//       if (!frame || !*frame) break;       // nullopt: reader.stop() says why
//       ...
//     }
//
// Where it stops, and what that means:
//   kEnd      only zeros follow, and no further segment: the log ends here
//   kTail     something else follows, in the last segment: a torn tail or damage; wal/tail.h judges
//   kDamage   cannot be a tail: the segment's header is wrong, or a segment exists behind this place
//
// Holds one segment in memory at a time. A frame's payload is a view into it, good until the next call.
// Threads: none. Changes nothing.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "wal/frame.h"
#include "wal/segment.h"

namespace wallaby::wal {

struct LogStop {
  enum class Kind : uint8_t { kEnd, kTail, kDamage };
  Kind kind = Kind::kEnd;
  std::string file;
  uint64_t offset = 0;  ///< in the file
  Lsn at;
  std::string why;  ///< empty at a clean end
  bool operator==(const LogStop&) const = default;
};
std::ostream& operator<<(std::ostream& out, const LogStop& stop);

class Reader {
 public:
  /// `segments` in log order, not empty. `cluster`: the one that they must belong to; nullopt takes any, the same
  /// for all. The frame before the first segment is not checked, except at 0/0.
  Reader(FileSystem& files, std::vector<SegmentId> segments, std::optional<ClusterId> cluster);

  Result<std::optional<Frame>> next();
  /// Set when next() returned nullopt.
  const LogStop& stop() const { return *stop_; }

  /// The end of the last frame, and the chain checksum there.
  Lsn position() const { return position_; }
  uint64_t checksum() const { return checksum_; }
  std::optional<ClusterId> cluster() const { return cluster_; }
  /// The segment being read, and where in its file the next frame is looked for.
  SegmentId segment() const { return segments_[index_]; }
  size_t segment_index() const { return index_; }
  uint64_t offset() const { return file_offset(segment(), position_); }
  uint64_t file_size() const { return bytes_.size(); }
  /// What lies behind the last frame in the segment's file.
  std::string_view rest() const;

 private:
  Result<void> load();
  void open_segment();
  void end_segment();
  void stop_with(LogStop::Kind kind, std::string file, uint64_t offset, std::string why);

  FileSystem& files_;
  std::vector<SegmentId> segments_;
  std::optional<ClusterId> cluster_;
  size_t index_ = 0;
  bool loaded_ = false;
  std::string bytes_;
  Lsn position_;
  std::optional<uint64_t> chain_;  ///< nullopt until the first header was read
  uint64_t checksum_ = 0;
  std::optional<LogStop> stop_;
};

/// What is not there where `at` should be, judged by the room that the segment's file still has: the log goes on at
/// least to `known`, so either the bytes were zeroed here or the next segment's file is missing.
struct Gap {
  std::string file;
  uint64_t offset = 0;
  std::string why;
};
Gap explain_gap(SegmentId segment, uint64_t file_size, Lsn at, Lsn known);

}  // namespace wallaby::wal
