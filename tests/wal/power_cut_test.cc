// Lives of a log that end in power cuts, at any step of any job on any lane. Whatever becomes of what was not
// flushed: recovery starts, and all that was flushed is there.
#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "tests/wal/log_driver.h"

namespace wallaby::wal {
namespace {

using testing::MemoryFileSystem;

/// Three lanes, each with its queue; a tick runs one step of the job at the head of one of them.
class Lanes {
 public:
  Lanes(FileSystem& files, Log& log, std::mt19937_64& random) : files_(files), log_(log), random_(random) {}

  void take_jobs() {
    while (auto job = log_.next_job(next_id_)) queues_[job->lane].push_back(Running{*job, 0});
  }
  bool tick() {
    std::vector<Lane> busy;
    for (auto& [lane, queue] : queues_)
      if (!queue.empty()) busy.push_back(lane);
    if (busy.empty()) return false;
    auto& queue = queues_[busy[random_() % busy.size()]];
    Running& head = queue.front();
    FileJobDone done =
        run_job(FileJob{head.job.id, head.job.lane, {head.job.steps[head.next_step++]}}, files_);
    if (!done.error && head.next_step < head.job.steps.size()) return true;
    queue.pop_front();
    log_.job_done(done);
    return true;
  }

 private:
  struct Running {
    FileJob job;
    size_t next_step = 0;
  };
  FileSystem& files_;
  Log& log_;
  std::mt19937_64& random_;
  std::map<Lane, std::deque<Running>> queues_;
  JobId next_id_ = 1;
};

struct Cluster {
  explicit Cluster(uint64_t seed) : random(seed) { new_log(files); }

  /// One life: recover, write for a while, die. False when recovery refused.
  void live() {
    Evidence evidence{
        .cluster = kCluster, .flushed_on_this_disk = checkpoint, .own_timelines = {}, .from = released};
    if (primary) evidence.own_timelines.insert(kFirst);
    std::map<uint64_t, std::string> found;
    auto recovered = recover_log(files, evidence, small_options(), [&](const Frame& frame) -> Result<void> {
      found.emplace(frame.end.value, frame.payload);
      return {};
    });
    ASSERT_TRUE(recovered) << recovered.error() << " flushed " << flushed << " cp " << checkpoint << " mark "
                           << *read_mark(files);
    ASSERT_GE(recovered->start.end, flushed) << "flushed bytes are gone";
    for (const auto& [end, payload] : found) ASSERT_EQ(records.at(end), payload) << "at " << Lsn{end};
    records.erase(records.upper_bound(recovered->start.end.value), records.end());
    ASSERT_LE(recovered->start.mark.acknowledged, recovered->start.end);
    flushed = recovered->start.end;

    Log log(recovered->start, small_options());
    Lanes lanes(files, log, random);
    for (uint64_t turns = random() % 120; turns > 0; --turns) {
      uint64_t size = random() % 20 == 0 ? random() % 4000 : random() % 300;
      std::string payload(size, static_cast<char>('a' + random() % 26));
      if (log.room_for(size) == Room::kReady) {
        std::string_view piece = payload;
        records[log.append(kFirst, 1, 1, std::span(&piece, 1)).value] = payload;
      }
      lanes.take_jobs();
      for (uint64_t ticks = random() % 6; ticks > 0 && lanes.tick(); --ticks) log.check_invariants();
      flushed = log.flushed();
      if (random() % 8 == 0) log.set_acknowledged(flushed);
      if (random() % 16 == 0) log.request_mark_sync();
      if (random() % 30 == 0) {
        checkpoint = flushed;  // a checkpoint is durable only when the log is flushed past it
        released = Lsn{random() % 2 ? checkpoint.value : std::min(released.value + 600, checkpoint.value)};
        log.release_below(released);
      }
      ASSERT_FALSE(log.failure());
    }
    segments_seen += log.segments().size();
  }

  std::mt19937_64 random;
  MemoryFileSystem files;
  bool primary = true;
  std::map<uint64_t, std::string> records;  ///< by end position
  Lsn flushed, checkpoint, released;
  uint64_t segments_seen = 0;
};

TEST(PowerCut, NothingFlushedIsLostAndRecoveryNeverRefuses) {
  uint64_t segments = 0;
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    Cluster cluster(seed);
    cluster.primary = seed % 3 != 0;
    for (int life = 0; life < 8; ++life) {
      cluster.live();
      if (::testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << ", life " << life;
      if (cluster.random() % 4 == 0)
        continue;  // kill -9: what is not flushed stays readable, and stays not flushed
      uint64_t odds = cluster.random() % 5;  // all lost, mostly lost, half, mostly kept, all kept
      cluster.files.cut_power([&] { return cluster.random() % 4 < odds; });
    }
    segments += cluster.segments_seen;
  }
  EXPECT_GT(segments, 2000u) << "the load was not real";
}

// The power fails again while recovery works.
TEST(PowerCut, RecoveryItselfMayBeCutAtEveryOperation) {
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    Cluster cluster(seed);
    for (int life = 0; life < 3; ++life) cluster.live();
    cluster.files.cut_power([&] { return cluster.random() % 2 == 0; });
    for (uint64_t n = 1;; ++n) {
      auto disk = cluster.files.clone();
      Evidence evidence = primary_evidence();
      evidence.from = cluster.released;
      disk->fail_at(n, ErrorCode::kIo);
      auto interrupted = recover(*disk, evidence);
      if (interrupted) break;
      disk->cut_power([&] { return cluster.random() % 2 == 0; });
      auto recovered = recover(*disk, evidence);
      ASSERT_TRUE(recovered) << "seed " << seed << ", operation " << n << ": " << recovered.error();
      ASSERT_GE(recovered->start.end, cluster.flushed);
    }
  }
}

}  // namespace
}  // namespace wallaby::wal
