// wal/recover.h
//
// Brings a log that a crash left behind into a state from which it may go on. Runs before the node does,
// synchronously, through the FileSystem.
//
//   1. leftovers (spares, drafts) are removed;
//   2. the tail is judged (wal/tail.h); corruption refuses;
//   3. a torn tail is cut: the rest of its segment is zeroed and flushed, segments behind it are removed;
//   4. what is kept above the mark's flushed position is written again and flushed: after a failed flush the page
//      cache may show bytes that the disk does not have;
//   5. the mark is written and fsynced at the log's end.
//
// After that, everything in [oldest, end) is valid, chained, and on this disk. Running it twice changes nothing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "wal/log.h"
#include "wal/mark.h"
#include "wal/tail.h"

namespace wallaby::wal {

struct RecoveredLog {
  LogStart start;
  Mark mark;                       ///< as it was before recovery
  std::vector<std::string> notes;  ///< one line each, for the operator: what was cut
};

/// `evidence.flushed_on_this_disk` is raised to the mark's position here. `visit` sees every kept frame.
/// kCorrupt: names file and offset, and the ways out.
Result<RecoveredLog> recover_log(FileSystem& files, Evidence evidence, const LogOptions& options,
                                 const FrameVisitor& visit);

/// An empty log for a new data directory: wal/ and the mark, durable. `first` and `previous_checksum`: 0/0 and
/// chain_start(cluster) for a new cluster, a segment's first position for a base copy.
Result<LogStart> create_log(FileSystem& files, ClusterId cluster, Lsn first, uint64_t previous_checksum);

}  // namespace wallaby::wal
