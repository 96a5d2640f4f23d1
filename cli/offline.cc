#include "cli/offline.h"

#include <utility>

#include "replication/log_events.h"

namespace wallaby::cli {
namespace {

Result<void> read_checkpoints(OfflineDirectory& directory) {
  auto positions = engine::list_checkpoints(*directory.files);
  if (!positions) return std::unexpected(positions.error());
  for (Lsn position : *positions) {
    auto summary = engine::check_checkpoint(*directory.files, position);
    if (summary && summary->header.cluster != *directory.identity.cluster)
      summary =
          error(ErrorCode::kCorrupt, "{} belongs to another cluster", engine::checkpoint_path(position));
    if (summary) {
      directory.checkpoints.push_back(std::move(*summary));
    } else if (summary.error().code == ErrorCode::kCorrupt) {
      directory.damaged_checkpoints.push_back(summary.error());
    } else {
      return std::unexpected(summary.error());
    }
  }
  return {};
}

Result<void> gather_evidence(OfflineDirectory& directory) {
  const node::Identity& identity = directory.identity;
  wal::Evidence& evidence = directory.evidence;
  evidence.cluster = *identity.cluster;
  // A cluster's first log is its primary's; later timelines name their writer.
  if (identity.role == node::Role::kPrimary) evidence.own_timelines.insert(TimelineId{1});
  if (directory.checkpoints.empty()) return {};
  const engine::CheckpointHeader& newest = directory.checkpoints.back().header;
  evidence.flushed_on_this_disk = newest.position;
  if (directory.checkpoints.size() >= 2) evidence.from = directory.checkpoints.front().header.position;
  auto state = replication::decode_cluster_state(newest.extra);
  if (!state) return std::unexpected(state.error());
  for (const replication::Timeline& timeline : state->history)
    if (timeline.writer == identity.directory) evidence.own_timelines.insert(timeline.number);
  return {};
}

}  // namespace

Result<void> find_directory(const std::string& path) {
  if (PosixFileSystem(path).exists(node::kIdentityPath)) return {};
  return error(ErrorCode::kNotFound, "{} is no data directory: it has no file '{}'", path,
               node::kIdentityPath);
}

Result<OfflineDirectory> look_into(const std::string& path) {
  OfflineDirectory directory;
  if (auto there = find_directory(path); !there) return std::unexpected(there.error());
  directory.files = std::make_unique<PosixFileSystem>(path);
  auto identity = node::read_identity(*directory.files);
  if (!identity) return std::unexpected(identity.error());
  directory.identity = std::move(*identity);
  if (directory.identity.copying)
    return error(ErrorCode::kRefused,
                 "{} is in the middle of a base copy; start the replica again to go on with it", path);
  if (!directory.identity.cluster)
    return error(ErrorCode::kRefused,
                 "{} belongs to a replica that has not met its primary yet: it has no log", path);
  if (auto done = read_checkpoints(directory); !done) return std::unexpected(done.error());
  if (auto done = gather_evidence(directory); !done) return std::unexpected(done.error());
  return directory;
}

}  // namespace wallaby::cli
