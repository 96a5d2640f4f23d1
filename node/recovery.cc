// Opening a data directory: from files that a crash may have left in any state to a node that may go on.
//
//     identity -> newest valid checkpoint -> log from the older checkpoint on, every frame checked -> replay
//
// A directory without an identity is made, if there is nothing else in it. One that says `copying` is emptied: a base copy
// was cut off, and what is there is worthless. Synchronous, through the FileSystem; a crash in the middle
// leaves a directory that opens again to the same state.
#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "engine/checkpoint.h"
#include "node/applier.h"
#include "node/data_directory.h"
#include "wal/mark.h"
#include "wal/recover.h"

namespace wallaby::node {
namespace {

using replication::ClusterState;

/// What a directory may hold when making it was cut off before the identity was written.
const std::set<std::string>& own_names() {
  static const std::set<std::string> names{"identity.tmp", "lock", "mark", "mark.tmp", "wal", "checkpoints"};
  return names;
}

class Opener {
 public:
  Opener(FileSystem& files, const OpenOptions& options, const OpenProgress& progress)
      : files_(files), options_(options), progress_(progress) {}

  Result<OpenedDirectory> make(Random& random);
  Result<OpenedDirectory> open();

 private:
  Result<void> check_identity() const;
  Result<void> remove_drafts();
  Result<void> empty_for_copy();
  Result<void> load_newest_checkpoint();
  Result<void> begin_behind_checkpoint();
  Result<void> replay();
  Result<void> visit(const wal::Frame& frame);
  void note(std::string text) { opened_.notes.push_back(std::move(text)); }

  FileSystem& files_;
  const OpenOptions& options_;
  const OpenProgress& progress_;
  OpenedDirectory opened_;
  std::optional<engine::CheckpointHeader> checkpoint_;
  ClusterState checkpoint_state_;
  Lsn acknowledged_;
  uint64_t log_bytes_ = 0;
  bool chain_checked_ = false;
};

Result<OpenedDirectory> Opener::make(Random& random) {
  auto names = files_.list("");
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names)
    if (!own_names().contains(name))
      return error(ErrorCode::kRefused,
                   "{} holds '{}' and no Wallaby data; choose an empty or a new directory", files_.root(),
                   name);
  auto segments = wal::list_segments(files_);
  if (segments && !segments->empty())
    return error(
        ErrorCode::kCorrupt,
        "{} holds a log but no '{}' file; restore that file from a copy, or start with an empty directory",
        files_.root(), kIdentityPath);
  opened_.identity.role = options_.role;
  opened_.identity.name = options_.name;
  opened_.identity.directory = DirectoryId{random.next()};
  if (options_.role == Role::kPrimary) opened_.identity.cluster = ClusterId{random.next()};
  if (auto made = files_.make_directory(engine::kCheckpointDirectory); !made)
    return std::unexpected(made.error());
  ClusterId cluster = opened_.identity.cluster.value_or(ClusterId{});
  auto log = wal::create_log(files_, cluster, Lsn{}, wal::chain_start(cluster));
  if (!log) return std::unexpected(log.error());
  if (auto synced = files_.sync_directory(""); !synced) return std::unexpected(synced.error());
  // The identity comes last: with it the directory is whole.
  if (auto written = files_.replace(kIdentityPath, encode_identity(opened_.identity)); !written)
    return std::unexpected(written.error());
  opened_.log = std::move(*log);
  opened_.store = std::make_unique<engine::Store>();
  opened_.fresh = true;
  note(fmt::format("made a new data directory for {} {}", to_string(options_.role), options_.name));
  return std::move(opened_);
}

Result<void> Opener::check_identity() const {
  const Identity& identity = opened_.identity;
  if (identity.role != options_.role)
    return error(ErrorCode::kRefused,
                 "{} belongs to the {} {}: start it with wallaby-{}, or choose another directory (only a "
                 "promotion makes a replica a primary)",
                 files_.root(), to_string(identity.role), identity.name, to_string(identity.role));
  if (!options_.name.empty() && identity.name != options_.name)
    return error(ErrorCode::kRefused,
                 "{} belongs to {}, not to {}: start it with --name {}, or choose another directory",
                 files_.root(), identity.name, options_.name, identity.name);
  return {};
}

Result<OpenedDirectory> Opener::open() {
  auto identity = read_identity(files_);
  if (!identity) return std::unexpected(identity.error());
  opened_.identity = std::move(*identity);
  if (auto fits = check_identity(); !fits) return std::unexpected(fits.error());
  if (opened_.identity.copying || !opened_.identity.cluster) {
    if (auto emptied = empty_for_copy(); !emptied) return std::unexpected(emptied.error());
    return std::move(opened_);
  }
  if (auto removed = remove_drafts(); !removed) return std::unexpected(removed.error());
  opened_.store = std::make_unique<engine::Store>();
  if (auto loaded = load_newest_checkpoint(); !loaded) return std::unexpected(loaded.error());
  if (auto replayed = replay(); !replayed) return std::unexpected(replayed.error());
  return std::move(opened_);
}

/// Checkpoints that were cut off.
Result<void> Opener::remove_drafts() {
  auto names = files_.list(engine::kCheckpointDirectory);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names)
    if (name.ends_with(".tmp"))
      if (auto removed = files_.remove(std::string(engine::kCheckpointDirectory) + "/" + name); !removed)
        return removed;
  return {};
}

/// A base copy was cut off, or a replica never got as far as its first handshake: nothing here counts.
Result<void> Opener::empty_for_copy() {
  if (opened_.identity.copying)
    note("a base copy was cut off: what is here is thrown away, the copy begins again");
  auto mark = wal::read_mark(files_);
  if (mark) {
    if (auto lowered = wal::lower_mark(files_, *mark, Lsn{}, Lsn{}); !lowered)
      return std::unexpected(lowered.error());
  } else if (auto created = wal::create_mark(files_); !created) {
    return std::unexpected(created.error());
  }
  for (const char* directory : {wal::kWalDirectory, engine::kCheckpointDirectory})
    if (auto removed = files_.remove_all_in(directory); !removed) return removed;
  ClusterId cluster = opened_.identity.cluster.value_or(ClusterId{});
  auto log = wal::create_log(files_, cluster, Lsn{}, wal::chain_start(cluster));
  if (!log) return std::unexpected(log.error());
  opened_.log = std::move(*log);
  opened_.store = std::make_unique<engine::Store>();
  opened_.fresh = true;
  return {};
}

Result<void> Opener::load_newest_checkpoint() {
  auto positions = engine::list_checkpoints(files_);
  if (!positions) return std::unexpected(positions.error());
  std::optional<Error> first_damage;
  for (auto position = positions->rbegin(); position != positions->rend(); ++position) {
    if (opened_.checkpoints.size() == 2) {
      // A crash came between the third checkpoint and the removal of the first, whose log may be gone already.
      if (auto removed = files_.remove(engine::checkpoint_path(*position)); !removed) return removed;
      continue;
    }
    if (checkpoint_) {
      // The older one is only needed if the newer is damaged one day; its header must at least be sound.
      if (auto header = engine::read_checkpoint_header(files_, *position))
        opened_.checkpoints.insert(opened_.checkpoints.begin(), *position);
      continue;
    }
    auto header =
        engine::load_checkpoint(files_, *position, *opened_.store, [&](uint64_t done, uint64_t all) {
          if (progress_) progress_("loading checkpoint " + to_string(*position), done, all);
        });
    if (header && header->cluster == *opened_.identity.cluster) {
      auto state = replication::decode_cluster_state(header->extra);
      if (!state) return std::unexpected(state.error());
      checkpoint_ = std::move(*header);
      checkpoint_state_ = std::move(*state);
      opened_.checkpoints.push_back(*position);
      continue;
    }
    Error damage = header ? Error{ErrorCode::kCorrupt,
                                  engine::checkpoint_path(*position) + " belongs to another cluster"}
                          : header.error();
    if (damage.code != ErrorCode::kCorrupt) return std::unexpected(std::move(damage));
    note(damage.message + "; the older checkpoint and the log are used instead");
    if (!first_damage) first_damage = std::move(damage);
    opened_.store = std::make_unique<engine::Store>();
  }
  auto segments = wal::list_segments(files_);
  if (!segments) return std::unexpected(segments.error());
  bool from_the_start = !segments->empty() && segments->front().first == Lsn{};
  if (!checkpoint_ && !segments->empty() && !from_the_start) {
    if (first_damage) return std::unexpected(std::move(*first_damage));
    return error(ErrorCode::kCorrupt,
                 "{}: the log begins at {} and there is no checkpoint to begin with; restore one from a "
                 "copy, or clone "
                 "this node again",
                 files_.root(), to_string(segments->front().first));
  }
  return {};
}

Result<void> Opener::visit(const wal::Frame& frame) {
  log_bytes_ += frame.end - frame.start;
  if (progress_) progress_("replaying the log", log_bytes_, 0);
  engine::Store& store = *opened_.store;
  if (checkpoint_ && !chain_checked_ && frame.end >= checkpoint_->position) {
    bool ends_there =
        frame.end == checkpoint_->position && frame.header.checksum == checkpoint_->chain_checksum;
    bool starts_there =
        frame.start == checkpoint_->position && frame.header.previous_checksum == checkpoint_->chain_checksum;
    if (!ends_there && !starts_there)
      return error(ErrorCode::kCorrupt,
                   "the checkpoint at {} and the log there are of different histories; clone this node again",
                   to_string(checkpoint_->position));
    chain_checked_ = true;
  }
  if (frame.end <= store.applied()) return {};
  if (auto applied = apply_frame(frame, store, opened_.cluster); !applied) return applied;
  if (frame.end <= acknowledged_ || opened_.identity.role == Role::kReplica) {
    store.set_visible(frame.end);
    opened_.cluster.settle(frame.end);
  } else {
    opened_.unacknowledged.push_back(frame.end);
  }
  return {};
}

/// A base copy was complete before any of the log behind its checkpoint came.
Result<void> Opener::begin_behind_checkpoint() {
  if (auto removed = files_.remove_all_in(wal::kWalDirectory); !removed) return removed;
  auto log =
      wal::create_log(files_, *opened_.identity.cluster, checkpoint_->position, checkpoint_->chain_checksum);
  if (!log) return std::unexpected(log.error());
  log->timeline = checkpoint_->timeline;
  opened_.log = std::move(*log);
  return {};
}

Result<void> Opener::replay() {
  wal::Evidence evidence;
  evidence.cluster = *opened_.identity.cluster;
  if (checkpoint_) evidence.flushed_on_this_disk = checkpoint_->position;
  auto segments = wal::list_segments(files_);
  if (!segments) return std::unexpected(segments.error());
  // Before there are two checkpoints: from the first kept segment, which is not 0/0 behind a base copy.
  if (opened_.checkpoints.size() >= 2)
    evidence.from = opened_.checkpoints.front();
  else if (checkpoint_ && !segments->empty())
    evidence.from = std::min(segments->front().first, checkpoint_->position);
  if (opened_.identity.role == Role::kPrimary) evidence.own_timelines.insert(TimelineId{1});
  for (const replication::Timeline& timeline : checkpoint_state_.history)
    if (timeline.writer == opened_.identity.directory) evidence.own_timelines.insert(timeline.number);
  if (checkpoint_) opened_.cluster = ClusterLog(checkpoint_->position, checkpoint_state_);
  auto mark = wal::read_mark(files_);
  if (!mark) return std::unexpected(mark.error());
  acknowledged_ = mark->acknowledged;
  if (segments->empty() && checkpoint_ && opened_.identity.role == Role::kReplica &&
      mark->flushed <= checkpoint_->position)
    return begin_behind_checkpoint();
  auto recovered = wal::recover_log(files_, evidence, options_.log,
                                    [this](const wal::Frame& frame) { return visit(frame); });
  if (!recovered) return std::unexpected(recovered.error());
  for (std::string& text : recovered->notes) note(std::move(text));
  opened_.log = std::move(recovered->start);
  WALLABY_CHECK(opened_.store->applied() == opened_.log.end || (opened_.log.end == Lsn{} && !checkpoint_),
                "replayed up to {}, the log ends at {}", to_string(opened_.store->applied()),
                to_string(opened_.log.end));
  return {};
}

}  // namespace

Result<OpenedDirectory> open_data_directory(FileSystem& files, const OpenOptions& options, Random& random,
                                            const OpenProgress& progress) {
  Opener opener(files, options, progress);
  return files.exists(kIdentityPath) ? opener.open() : opener.make(random);
}

}  // namespace wallaby::node
