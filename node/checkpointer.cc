#include "node/checkpointer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "replication/log_events.h"

namespace wallaby::node {
namespace {

constexpr Duration kRetryAfter = std::chrono::seconds(5);

}  // namespace

void Checkpointer::tick(TimePoint now) {
  finish_when_flushed();
  if (run_ || now < not_before_ || local_.stopping || local_.identity.copying) return;
  Lsn last = checkpoints_.empty() ? Lsn{} : checkpoints_.back();
  Lsn visible = local_.store->visible();
  if (visible <= last) return;
  if (visible - last > std::max(local_.options.checkpoint_log, newest_size_)) start(now);
}

void Checkpointer::take(TimePoint now, Then then) {
  Lsn visible = local_.store->visible();
  if (!run_ && !checkpoints_.empty() && checkpoints_.back() == visible) return then(now, visible);
  if (!run_) {
    if (visible == Lsn{})
      return then(now, error(ErrorCode::kNotServing,
                             "nothing is visible yet, so there is nothing to take a checkpoint of"));
    start(now);
    run_->then.push_back(std::move(then));
  } else if (run_->header.position == visible) {
    run_->then.push_back(std::move(then));
  } else {
    run_->again = true;
    run_->then_again.push_back(std::move(then));
  }
}

void Checkpointer::make_room(TimePoint now) {
  Lsn visible = local_.store->visible();
  if (run_ || now < not_before_ || visible == Lsn{}) return;
  if (checkpoints_.empty() || checkpoints_.back() < visible) start(now);
}

void Checkpointer::start(TimePoint now) {
  engine::View view = local_.store->visible_view();
  run_ = std::make_unique<Run>();
  run_->header.cluster = local_.log.cluster();
  run_->header.position = view.position();
  run_->header.timeline = local_.log.timeline();
  run_->header.extra = replication::encode_cluster_state(local_.cluster.at(view.position()));
  auto view_holder = std::make_shared<engine::View>(std::move(view));
  auto go_on = [this, view_holder](TimePoint then, std::optional<uint64_t> checksum) {
    if (!checksum)
      return end(then, error(ErrorCode::kIo, "the log's checksum at {} cannot be read",
                             to_string(run_->header.position)));
    run_->header.chain_checksum = *checksum;
    run_->writer.emplace(run_->header, std::move(*view_holder));
    local_.files.run(Lane::kFile, {CreateStep{draft()}}, [this](TimePoint created, const FileJobDone& done) {
      if (done.error) return end(created, std::unexpected(*done.error));
      write_next();
    });
  };
  auto found = local_.log.checksum_at(run_->header.position);
  if (const auto* known = std::get_if<wal::Log::Known>(&found)) return go_on(now, known->checksum);
  if (const auto* read = std::get_if<wal::OnDisk>(&found)) {
    local_.files.run(
        Lane::kFile, {read->step}, [go_on, read = *read](TimePoint then, const FileJobDone& done) {
          go_on(then, done.error ? std::nullopt : wal::Log::checksum_from(read, done.reads[0].view()));
        });
    return;
  }
  go_on(now, std::nullopt);
}

void Checkpointer::write_next() {
  uint64_t offset = run_->writer->offset();
  SharedBytes bytes(run_->writer->next_bytes());
  if (bytes.empty()) {
    run_->written = true;
    return finish_when_flushed();
  }
  local_.files.run(Lane::kFile, {WriteStep{draft(), offset, {bytes}}},
                   [this](TimePoint then, const FileJobDone& done) {
                     if (done.error) return end(then, std::unexpected(*done.error));
                     write_next();
                   });
}

void Checkpointer::finish_when_flushed() {
  if (!run_ || !run_->written || run_->finishing || local_.log.flushed() < run_->header.position) return;
  run_->finishing = true;
  std::vector<FileStep> steps{SyncStep{draft()},
                              RenameStep{draft(), engine::checkpoint_path(run_->header.position)},
                              SyncDirectoryStep{engine::kCheckpointDirectory}};
  local_.log.request_mark_sync();
  local_.files.run(Lane::kFile, std::move(steps), [this](TimePoint then, const FileJobDone& done) {
    if (done.error) return end(then, std::unexpected(*done.error));
    end(then, run_->header.position);
  });
}

void Checkpointer::end(TimePoint now, Result<Lsn> result) {
  Run run = std::move(*run_);
  run_.reset();
  if (result) {
    newest_size_ = run.writer->offset();
    checkpoints_.push_back(*result);
    local_.say(LogLevel::kInfo, fmt::format("checkpoint at {}: {} rows, {} bytes", to_string(*result),
                                            run.writer->rows(), newest_size_));
    remove_old();
  } else {
    not_before_ = now + kRetryAfter;
    local_.files.run(Lane::kFile, {RemoveStep{draft()}}, [](TimePoint, const FileJobDone&) {});
    local_.say(LogLevel::kWarning, fmt::format("the checkpoint at {} failed ({}); it is tried again",
                                               to_string(run.header.position), result.error().message));
  }
  for (Then& then : run.then) then(now, result);
  if (!run.again) return;
  run.writer.reset();  // lets go of its view
  std::vector<Then> later = std::move(run.then_again);
  for (Then& then : later) take(now, std::move(then));
}

void Checkpointer::unpin(Lsn position) {
  auto pin = pins_.find(position);
  if (pin != pins_.end() && --pin->second == 0) pins_.erase(pin);
  remove_old();
}

void Checkpointer::remove_old() {
  // A pinned file stays in the list, and so does the log behind it; it goes when its last reader is done.
  while (checkpoints_.size() > 2 && !pins_.contains(checkpoints_.front())) {
    std::vector<FileStep> steps{RemoveStep{engine::checkpoint_path(checkpoints_.front())},
                                SyncDirectoryStep{engine::kCheckpointDirectory}};
    checkpoints_.erase(checkpoints_.begin());
    local_.files.run(Lane::kFile, std::move(steps), [](TimePoint, const FileJobDone&) {});
  }
}

}  // namespace wallaby::node
