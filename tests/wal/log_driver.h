// tests/wal/log_driver.h
//
// What the server's three threads do, in one: runs a Log's file jobs against a MemoryFileSystem.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/memory_file_system.h"
#include "wal/log.h"
#include "wal/recover.h"

namespace wallaby::wal {

inline constexpr ClusterId kCluster{0xC0FFEE};
inline constexpr TimelineId kFirst{1};

/// Small segments, so that a test sees many.
inline LogOptions small_options() {
  return LogOptions{.segment_file_size = 1024, .memory_size = 16 << 10, .max_write = 600};
}

class LogDriver {
 public:
  LogDriver(FileSystem& files, Log& log) : files_(files), log_(log) {}

  /// Takes one job and runs it; false when there is none.
  bool step() {
    auto job = take();
    if (!job) return false;
    finish(*job);
    return true;
  }
  /// Until there is nothing to do.
  void run() {
    while (step()) log_.check_invariants();
  }
  std::optional<FileJob> take() { return log_.next_job(next_id_); }
  FileJobDone finish(const FileJob& job) {
    FileJobDone done = run_job(job, files_);
    log_.job_done(done);
    return done;
  }

  /// Runs jobs until the record has room, appends it.
  Lsn append(std::string_view payload, TimelineId timeline = kFirst) {
    while (log_.room_for(payload.size(), timeline) != Room::kReady)
      if (!step()) throw std::logic_error("no room for the record, and nothing to do");
    return log_.append(timeline, 7, 1, std::span(&payload, 1));
  }

 private:
  FileSystem& files_;
  Log& log_;
  JobId next_id_ = 1;
};

inline LogStart new_log(FileSystem& files) {
  auto start = create_log(files, kCluster, Lsn{}, chain_start(kCluster));
  EXPECT_TRUE(start.has_value()) << start.error();
  return *start;
}

/// The evidence of a primary without checkpoints.
inline Evidence primary_evidence() {
  return Evidence{.cluster = kCluster, .flushed_on_this_disk = {}, .own_timelines = {kFirst}, .from = {}};
}
inline Evidence replica_evidence() {
  return Evidence{.cluster = kCluster, .flushed_on_this_disk = {}, .own_timelines = {}, .from = {}};
}

inline Result<RecoveredLog> recover(FileSystem& files, Evidence evidence = primary_evidence(),
                                    std::vector<std::string>* payloads = nullptr) {
  return recover_log(files, std::move(evidence), small_options(), [&](const Frame& frame) -> Result<void> {
    if (payloads) payloads->emplace_back(frame.payload);
    return {};
  });
}

inline std::vector<SegmentId> segments_on(FileSystem& files) {
  return *list_segments(files);
}

/// A disk with a log of these records, all flushed, and the mark as it stands then.
inline std::unique_ptr<testing::MemoryFileSystem> disk_with(const std::vector<std::string>& payloads) {
  auto files = std::make_unique<testing::MemoryFileSystem>();
  Log log(new_log(*files), small_options());
  LogDriver driver(*files, log);
  for (const std::string& payload : payloads) {
    driver.append(payload);
    driver.run();
  }
  EXPECT_EQ(log.flushed(), log.appended());
  return files;
}

}  // namespace wallaby::wal
