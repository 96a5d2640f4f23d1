// cli/disk_probe.h
//
// How fast is the disk itself? What a log asks of it, and nothing else: 4 KiB into a file that was zeroed before, then
// fdatasync, again and again. No program that flushes each commit can do better with one commit a flush.
//
// Meanwhile idle-priority threads keep the processors awake. On some virtual machines a sleeping processor notices the
// disk's answer only at its next timer tick, milliseconds later; that would measure the machine's sleep, not its disk.
//
// Blocks the caller for about as long as it is told. The file is removed at the end.
#pragma once

#include <string>

#include "base/error.h"
#include "base/time.h"

namespace wallaby::cli {

struct DiskSpeed {
  double flushes_per_s = 0;
  Duration median{};  ///< of one write and flush
};
Result<DiskSpeed> probe_disk(const std::string& directory, Duration duration);

}  // namespace wallaby::cli
