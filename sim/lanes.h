// sim/lanes.h
//
// The three threads of a server, without threads: runs a node's file jobs against a SimDisk, each step taking its
// time (base/file_job.h: loop at once, flush and file one job after the other).
//
//     lanes.run(job)  ...  a step, a while, a step ...  ->  done(FileJobDone)
//
// Between any two steps the process may die or the power may go; forget() drops what is under way. A sync covers what
// was written before it began, and fails or succeeds when it ends. When the disk's power goes in the middle of a step,
// `power_lost` is told at once and nothing is done any more.
//
// Owns the jobs. Threads: none.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>

#include "base/file_job.h"
#include "base/random.h"
#include "sim/scheduler.h"
#include "sim/sim_disk.h"

namespace wallaby::sim {

struct DiskTimes {
  Duration step_min = std::chrono::microseconds(20);  ///< any step but a sync
  Duration step_max = std::chrono::microseconds(200);
  Duration sync_min = std::chrono::microseconds(200);
  Duration sync_max = std::chrono::milliseconds(3);
};

class Lanes {
 public:
  using Done = std::function<void(FileJobDone)>;
  using PowerLost = std::function<void()>;

  Lanes(Scheduler& scheduler, SimDisk& disk, Random random, Done done, PowerLost power_lost)
      : scheduler_(scheduler),
        disk_(disk),
        random_(random),
        done_(std::move(done)),
        power_lost_(std::move(power_lost)) {}

  void set_times(DiskTimes times) { times_ = times; }
  void run(FileJob job);
  /// No sync ends before then.
  void stall_syncs_until(SimTime when) { stalled_until_ = when; }
  /// The process is gone.
  void forget();
  bool idle() const;

 private:
  struct Running {
    std::deque<FileJob> jobs;
    size_t step = 0;
    FileJobDone done;
    SyncTicket ticket;
  };
  void next_step(Lane lane);
  void finish_step(Lane lane);
  void job_over(Lane lane);
  Duration time_of(const FileStep& step);

  Scheduler& scheduler_;
  SimDisk& disk_;
  Random random_;
  Done done_;
  PowerLost power_lost_;
  DiskTimes times_;
  SimTime stalled_until_{};
  std::map<Lane, Running> lanes_;
  uint64_t life_ = 0;  ///< grows with forget(): what was scheduled before is void
};

}  // namespace wallaby::sim
