// The log's file work: which job may go out now, and what its completion means.
//
//     loop lane    writes of log bytes; the lazy write of the mark
//     flush lane   fdatasync of the current segment; activation of the next one; the mark, when it must be durable
//     file lane    preparing, recycling and removing segments
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "wal/log.h"

namespace wallaby::wal {

FileJob Log::issue(JobId& next_id, Lane lane, Job job, std::vector<FileStep> steps) {
  JobId id = next_id++;
  jobs_.emplace(id, job);
  return FileJob{id, lane, std::move(steps)};
}

/// All before the next segment is flushed, and no other job is about to change that or the mark.
bool Log::activation_due() const {
  return segments_.has_next() && flushed() == segments_.next_first() && !commit_.flush_in_flight() &&
         !mark_out_;
}

WriteStep Log::write_of_mark() {
  mark_out_ = true;
  lazy_mark_due_ = false;
  return mark_.write(flushed(), std::min(acknowledged_, flushed()));
}

std::optional<FileJob> Log::next_job(JobId& next_id) {
  if (failure_) return std::nullopt;
  if (auto range = commit_.start_write(segments_.write_limit(), options_.max_write)) {
    SegmentId segment = segments_.kept().back();
    return issue(next_id, Lane::kLoop, {Work::kWrite, range->to},
                 {WriteStep{segment_path(segment), file_offset(segment, range->from),
                            memory_.slice(range->from, range->to)}});
  }
  if (commit_.start_flush())
    return issue(next_id, Lane::kFlush, {Work::kFlush, {}},
                 {SyncStep{segment_path(segments_.kept().back())}});
  if (activation_due()) {
    std::vector<FileStep> steps{write_of_mark(), SyncStep{kMarkPath}};
    for (FileStep& step : segments_.activation_steps(cluster_)) steps.push_back(std::move(step));
    return issue(next_id, Lane::kFlush, {Work::kActivate, {}}, std::move(steps));
  }
  if (mark_sync_due_ && !mark_out_) {
    mark_sync_due_ = false;
    bool durable_already =
        marked() == flushed() && marked_acknowledged() >= std::min(acknowledged_, flushed());
    if (!durable_already) {
      mark_sync_out_ = true;
      return issue(next_id, Lane::kFlush, {Work::kMarkSync, {}}, {write_of_mark(), SyncStep{kMarkPath}});
    }
  }
  if (lazy_mark_due_ && !mark_out_)
    return issue(next_id, Lane::kLoop, {Work::kLazyMark, {}}, {write_of_mark()});
  if (auto steps = segments_.next_work(appended()))
    return issue(next_id, Lane::kFile, {Work::kSegments, {}}, std::move(*steps));
  return std::nullopt;
}

void Log::job_done(const FileJobDone& done) {
  auto found = jobs_.find(done.id);
  WALLABY_CHECK(found != jobs_.end(), "job {} is not this log's", done.id);
  Job job = found->second;
  jobs_.erase(found);
  std::optional<Error> error = job.work == Work::kSegments ? segments_.work_done(done.error) : done.error;
  if (error && !failure_) failure_ = std::move(error);
  if (failure_) return;
  work_done(job);
  memory_.shrink(options_.memory_size, progress().written);
  place_waiting();
}

void Log::work_done(const Job& job) {
  switch (job.work) {
    case Work::kWrite: commit_.write_done(job.to); return;
    case Work::kFlush:
      commit_.flush_done();
      lazy_mark_due_ = true;
      return;
    case Work::kActivate:
      mark_out_ = false;
      mark_.synced();
      segments_.activated();
      return;
    case Work::kLazyMark: mark_out_ = false; return;
    case Work::kMarkSync:
      mark_out_ = false;
      mark_sync_out_ = false;
      mark_.synced();
      return;
    case Work::kSegments: return;
  }
}

}  // namespace wallaby::wal
