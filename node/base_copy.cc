#include "node/base_copy.h"

#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "wal/mark.h"

namespace wallaby::node {

void BaseCopy::interrupt() {
  if (installing_) return;  // everything needed is here: it goes on without the link
  ++epoch_;
  running_ = false;
}

void BaseCopy::start(TimePoint now, const replication::Answer& answer, Failed failed, Done cleared,
                     Done installed) {
  snapshot_ = std::get<replication::Snapshot>(answer.decision);
  cluster_ = answer.cluster;
  failed_ = std::move(failed);
  cleared_then_ = std::move(cleared);
  installed_ = std::move(installed);
  loader_.reset();
  loaded_.reset();
  running_ = true;
  cleared_ = clearing_ = synced_ = installing_ = false;
  copied_ = 0;
  ++epoch_;
  local_.identity.copying = true;
  local_.identity.cluster = cluster_;
  log_moved(now);
}

/// Everything of the old log must have come back before its files go; then steps 1 and 2.
void BaseCopy::clear(TimePoint) {
  clearing_ = true;
  local_.files.run(Lane::kFile, clear_steps(),
                   [this, epoch = epoch_](TimePoint then, const FileJobDone& done) {
                     if (done.error) return fail(then, *done.error);
                     if (epoch != epoch_) return;
                     wal::LogStart start;
                     start.cluster = cluster_;
                     start.timeline = snapshot_.log_from.timeline;
                     start.end = snapshot_.log_from.first;
                     start.end_checksum = snapshot_.log_from_checksum;
                     start.mark = local_.log.newest_mark();
                     start.mark.sequence += 2;
                     start.mark.flushed = start.mark.acknowledged = Lsn{};
                     local_.drop_views();
                     local_.log = wal::Log(std::move(start), local_.options.log);
                     local_.store = std::make_unique<engine::Store>();
                     local_.cluster = ClusterLog();
                     checkpointer_.forget();
                     loader_.emplace(snapshot_.position, *local_.store);
                     cleared_ = true;
                     cleared_then_(then);
                   });
}

std::vector<FileStep> BaseCopy::clear_steps() {
  std::vector<FileStep> steps = local_.identity_steps();
  // Two lowered slots, one after the other: whatever happens between, a valid one remains.
  wal::Mark mark = local_.log.newest_mark();
  mark.flushed = mark.acknowledged = Lsn{};
  for (int slot = 0; slot < 2; ++slot) {
    ++mark.sequence;
    mark.in_second_slot = !mark.in_second_slot;
    steps.emplace_back(WriteStep{wal::kMarkPath,
                                 mark.in_second_slot ? wal::kMarkSlotSize : 0,
                                 {SharedBytes(wal::encode_mark_slot(mark))}});
    steps.emplace_back(SyncStep{wal::kMarkPath});
  }
  for (std::string& path : local_.log.files()) steps.emplace_back(RemoveStep{std::move(path)});
  steps.emplace_back(SyncDirectoryStep{wal::kWalDirectory});
  for (Lsn checkpoint : checkpointer_.checkpoints())
    steps.emplace_back(RemoveStep{engine::checkpoint_path(checkpoint)});
  steps.emplace_back(CreateStep{draft()});
  steps.emplace_back(SyncDirectoryStep{engine::kCheckpointDirectory});
  return steps;
}

void BaseCopy::fail(TimePoint now, Error error) {
  if (!running_) return;
  installing_ = false;
  interrupt();
  failed_(now, std::move(error));
}

Result<void> BaseCopy::block(TimePoint, const replication::CopyBlock& block, std::string_view bytes) {
  if (!cleared() || loaded_ || block.offset != copied_)
    return error(ErrorCode::kProtocol, "a block of the base copy at {} came out of place", block.offset);
  if (auto fed = loader_->feed(bytes); !fed) return fed;
  local_.files.run(Lane::kFile, {WriteStep{draft(), copied_, {SharedBytes(std::string(bytes))}}},
                   [this, epoch = epoch_](TimePoint then, const FileJobDone& done) {
                     if (epoch == epoch_ && done.error) fail(then, *done.error);
                   });
  copied_ += bytes.size();
  if (!block.last) return {};
  auto summary = loader_->finish();
  if (!summary) return std::unexpected(summary.error());
  auto state = replication::decode_cluster_state(summary->header.extra);
  if (!state) return std::unexpected(state.error());
  local_.cluster = ClusterLog(summary->header.position, std::move(*state));
  loaded_ = std::move(*summary);
  local_.files.run(Lane::kFile, {SyncStep{draft()}},
                   [this, epoch = epoch_](TimePoint then, const FileJobDone& done) {
                     if (epoch != epoch_) return;
                     if (done.error) return fail(then, *done.error);
                     synced_ = true;
                     log_moved(then);
                   });
  return {};
}

void BaseCopy::log_moved(TimePoint now) {
  if (!running_) return;
  if (!cleared_) {
    if (!clearing_ && local_.log.idle() && !checkpointer_.running()) clear(now);
    return;
  }
  if (!loaded_ || !synced_ || installing_ || local_.log.flushed() < snapshot_.position) return;
  installing_ = true;
  local_.identity.copying = false;
  std::vector<FileStep> steps{RenameStep{draft(), engine::checkpoint_path(snapshot_.position)},
                              SyncDirectoryStep{engine::kCheckpointDirectory}};
  for (FileStep& step : local_.identity_steps()) steps.push_back(std::move(step));
  local_.identity.copying = true;  // until it is durable
  local_.files.run(Lane::kFile, std::move(steps), [this](TimePoint then, const FileJobDone& done) {
    if (done.error) return fail(then, *done.error);
    local_.identity.copying = false;
    checkpointer_.installed(snapshot_.position);
    running_ = installing_ = false;
    installed_(then);
  });
}

}  // namespace wallaby::node
