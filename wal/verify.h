// wal/verify.h
//
// Checks a log that nobody is writing: every frame, the chain, the segments. And compares two logs byte for byte
// where both have one: nodes of a cluster must hold the same segment files.
//
//     p1   |=====|=====|=====|===          first 0/0        end 0/3A0
//     r1         |=====|=====|=            began with a base copy
//                ^from      to^            compared: from the later beginning to the earlier end
//
// Changes nothing. Threads: none. Errors: files that cannot be read; damage is a finding, not an error.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "wal/tail.h"

namespace wallaby::wal {

struct VerifiedLog {
  Tail tail;            ///< judgement, segments, end
  Lsn first;            ///< of the oldest segment kept
  uint64_t frames = 0;  ///< valid ones, from first to the end
};

/// Walks over the whole log, from the oldest segment. `evidence.from` is not used; the mark counts as evidence.
Result<VerifiedLog> verify_log(FileSystem& files, Evidence evidence, const FrameVisitor& visit);

struct LogDifference {
  std::string file;
  uint64_t offset = 0;
  Lsn at;
  std::string why;
  bool operator==(const LogDifference&) const = default;
};
std::ostream& operator<<(std::ostream& out, const LogDifference& difference);

struct LogComparison {
  Lsn from, to;  ///< what both hold, [from, to); equal when there is nothing in common
  std::optional<LogDifference> first_difference;
  bool operator==(const LogComparison&) const = default;
};
std::ostream& operator<<(std::ostream& out, const LogComparison& comparison);

Result<LogComparison> compare_logs(FileSystem& a, const VerifiedLog& log_a, FileSystem& b,
                                   const VerifiedLog& log_b);

}  // namespace wallaby::wal
