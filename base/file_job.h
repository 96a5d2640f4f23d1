// base/file_job.h
//
// How a core asks for file work without doing it: a job is a short script of file operations.
//
// A core emits a FileJob; the driver runs its steps in order against the node's FileSystem, on the lane that
// the job names, stops at the first failure, and hands the core a FileJobDone event. Because a job is plain
// data, tests compare it, traces print it, and the simulator cuts the power between any two of its steps.
//
//     FileJob{7, Lane::kFlush, {WriteStep{"mark", 512, bytes}, SyncStep{"mark"}}}
//
// Lanes (design: three threads):
//   kLoop   at once, on the loop's own thread: short writes into the page cache
//   kFlush  the flush thread, which only waits in fdatasync (and the few writes that belong right before one)
//   kFile   the file thread: zero-filling, checkpoints, reading old segments, base copies
// Jobs of one lane run one after the other, in the order in which they were emitted.
//
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/file_system.h"
#include "base/shared_bytes.h"

namespace wallaby {

using JobId = uint64_t;

enum class Lane : uint8_t { kLoop, kFlush, kFile };

struct CreateStep {
  std::string path;
  bool operator==(const CreateStep&) const = default;
};
struct WriteStep {
  std::string path;
  uint64_t offset = 0;
  std::vector<SharedBytes> pieces;
  bool operator==(const WriteStep&) const = default;
};
struct ZeroStep {
  std::string path;
  uint64_t offset = 0;
  uint64_t length = 0;
  bool operator==(const ZeroStep&) const = default;
};
struct TruncateStep {
  std::string path;
  uint64_t length = 0;
  bool operator==(const TruncateStep&) const = default;
};
struct SyncStep {
  std::string path;
  bool operator==(const SyncStep&) const = default;
};
struct RenameStep {
  std::string from, to;
  bool operator==(const RenameStep&) const = default;
};
/// A file that is already gone is fine.
struct RemoveStep {
  std::string path;
  bool operator==(const RemoveStep&) const = default;
};
struct SyncDirectoryStep {
  std::string path;
  bool operator==(const SyncDirectoryStep&) const = default;
};
/// The bytes arrive in FileJobDone::reads, one entry a ReadStep; fewer bytes only where the file ends.
struct ReadStep {
  std::string path;
  uint64_t offset = 0;
  uint64_t length = 0;
  bool operator==(const ReadStep&) const = default;
};
/// The answer arrives in FileJobDone::size.
struct SizeStep {
  std::string path;
  bool operator==(const SizeStep&) const = default;
};
/// The answer arrives in FileJobDone::free_bytes.
struct FreeBytesStep {
  bool operator==(const FreeBytesStep&) const = default;
};

using FileStep = std::variant<CreateStep, WriteStep, ZeroStep, TruncateStep, SyncStep, RenameStep, RemoveStep,
                              SyncDirectoryStep, ReadStep, SizeStep, FreeBytesStep>;

struct FileJob {
  JobId id = 0;
  Lane lane = Lane::kFile;
  std::vector<FileStep> steps;
  bool operator==(const FileJob&) const = default;
};

struct FileJobDone {
  JobId id = 0;
  std::optional<Error> error;  ///< of the first step that failed; later steps did not run
  std::vector<SharedBytes> reads;
  uint64_t size = 0;
  uint64_t free_bytes = 0;
  bool operator==(const FileJobDone&) const = default;
};

std::ostream& operator<<(std::ostream& out, Lane lane);
std::ostream& operator<<(std::ostream& out, const FileStep& step);
std::ostream& operator<<(std::ostream& out, const FileJob& job);
std::ostream& operator<<(std::ostream& out, const FileJobDone& done);

/// Runs the steps. Drivers call it; cores never do.
FileJobDone run_job(const FileJob& job, FileSystem& files);

}  // namespace wallaby
