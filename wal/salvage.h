// wal/salvage.h
//
// The last way out of a damaged log: cut it where the damage begins, and live without what comes after. It says
// first what that costs, and does it only when told.
//
//     |=====|==x==|=====|==        x: damage
//     |=====|==                    kept: everything before it
//              x==  |=====|==      set aside under salvaged/, nothing is destroyed
//
// On a replica this is harmless: it fetches the rest again from its primary. On a primary, commits that clients
// were told of are gone, and replicas that hold them will be refused: prefer to promote one of those.
//
// Steps, so that a crash between any two leaves a directory that salvage can be run on again: copy the cut bytes
// aside; lower the mark; move the segments behind away, newest first; zero the rest of the cut segment.
// A checkpoint past the cut proves that more was there, so it has to go as well: the caller names such files.
//
// Errors: kRefused when nothing can be kept (the oldest segment is damaged from its beginning).
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "wal/tail.h"

namespace wallaby::wal {

inline constexpr const char* kSalvagedDirectory = "salvaged";

struct SalvagePlan {
  Corrupt damage;
  Lsn cut;                                ///< the log will end here
  Lsn lost_until;                         ///< the log is known to have reached at least this far
  uint64_t frames_lost = 0;               ///< valid ones found behind the cut
  uint64_t bytes_lost = 0;                ///< not zero, behind the cut
  std::optional<SegmentId> cut_segment;   ///< keeps its beginning
  std::vector<SegmentId> moved_segments;  ///< set aside as they are
  std::vector<std::string>
      also_set_aside;         ///< other files to move: checkpoints past the cut; for the caller to fill
  bool mark_damaged = false;  ///< neither slot was valid: nothing tells what this disk had to hold
  bool operator==(const SalvagePlan&) const = default;
};
std::ostream& operator<<(std::ostream& out, const SalvagePlan& plan);

/// What salvage would do; nullopt when nothing is damaged. Changes nothing. `evidence` as for recovery, the mark is
/// added here.
Result<std::optional<SalvagePlan>> plan_salvage(FileSystem& files, Evidence evidence);
/// Does it. Afterwards recovery finds a clean log that ends at plan.cut.
Result<void> salvage(FileSystem& files, const SalvagePlan& plan);

}  // namespace wallaby::wal
