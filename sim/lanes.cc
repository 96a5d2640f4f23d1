#include "sim/lanes.h"

#include <algorithm>
#include <utility>

namespace wallaby::sim {

void Lanes::run(FileJob job) {
  if (job.lane == Lane::kLoop) {
    FileJobDone done = run_job(job, disk_);
    if (disk_.power_lost())
      power_lost_();
    else
      done_(std::move(done));
    return;
  }
  Lane lane = job.lane;
  Running& running = lanes_[lane];
  running.jobs.push_back(std::move(job));
  if (running.jobs.size() == 1) next_step(lane);
}

Duration Lanes::time_of(const FileStep& step) {
  bool sync = std::holds_alternative<SyncStep>(step);
  Duration from = sync ? times_.sync_min : times_.step_min;
  Duration to = sync ? times_.sync_max : times_.step_max;
  Duration time = from + Duration(random_.below(static_cast<uint64_t>((to - from).count()) + 1));
  if (sync) time = std::max(time, stalled_until_ - scheduler_.now());
  return time;
}

void Lanes::next_step(Lane lane) {
  Running& running = lanes_[lane];
  const FileJob& job = running.jobs.front();
  if (running.step == 0)
    running.done = FileJobDone{.id = job.id, .error = {}, .reads = {}, .size = 0, .free_bytes = 0};
  if (running.step == job.steps.size()) return job_over(lane);
  const FileStep& step = job.steps[running.step];
  if (const auto* sync = std::get_if<SyncStep>(&step)) {
    auto ticket = disk_.begin_sync(sync->path);
    if (disk_.power_lost()) return power_lost_();
    if (!ticket) {
      running.done.error = ticket.error();
      return job_over(lane);
    }
    running.ticket = *ticket;
  }
  scheduler_.after(time_of(step), [this, lane, life = life_] {
    if (life == life_) finish_step(lane);
  });
}

void Lanes::finish_step(Lane lane) {
  Running& running = lanes_[lane];
  const FileStep& step = running.jobs.front().steps[running.step];
  if (const auto* sync = std::get_if<SyncStep>(&step)) {
    if (auto synced = disk_.end_sync(running.ticket, sync->path); !synced)
      running.done.error = synced.error();
  } else {
    FileJobDone one = run_job(FileJob{running.done.id, lane, {step}}, disk_);
    running.done.error = one.error;
    for (SharedBytes& bytes : one.reads) running.done.reads.push_back(std::move(bytes));
    if (one.size > 0) running.done.size = one.size;
    if (one.free_bytes > 0) running.done.free_bytes = one.free_bytes;
  }
  if (disk_.power_lost()) return power_lost_();
  if (running.done.error) return job_over(lane);
  ++running.step;
  next_step(lane);
}

void Lanes::job_over(Lane lane) {
  Running& running = lanes_[lane];
  FileJobDone done = std::move(running.done);
  running.jobs.pop_front();
  running.step = 0;
  if (!running.jobs.empty())
    scheduler_.after(Duration(0), [this, lane, life = life_] {
      if (life == life_) next_step(lane);
    });
  done_(std::move(done));
}

void Lanes::forget() {
  ++life_;
  lanes_.clear();
  stalled_until_ = SimTime{};
}

bool Lanes::idle() const {
  return std::ranges::all_of(lanes_, [](const auto& lane) { return lane.second.jobs.empty(); });
}

}  // namespace wallaby::sim
