// node/checkpointer.h
//
// Takes checkpoints in the background, keeps two, and lets go of the log that nothing needs any more.
//
//     idle --log grew by max(checkpoint_log, size of the last)--> checksum --> writing --> [log flushed] --> finishing --> idle
//
// A checkpoint is taken at what is visible now, so it never holds what was not acknowledged. The view stays open
// while blocks are written, one job after the other on the file lane; writers go on meanwhile.
// It counts once its file is synced, renamed, and its directory synced; then the older of two is removed. It is renamed only
// when the log is flushed past it: under `off` readers, and so the view, are ahead of the disk.
// The log is kept from the older checkpoint on; while there is only one, all of it. Slots and base copies pin more.
//
// Failure: the draft is removed, the operator told, and it is tried again after a while. Disk full is no
// reason to stop: a checkpoint is what makes room.
//
// Invariants: at most one is under way; a pinned file is not removed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/lsn.h"
#include "base/time.h"
#include "engine/checkpoint.h"
#include "node/local.h"

namespace wallaby::node {

class Checkpointer {
 public:
  Checkpointer(Local& local, std::vector<Lsn> checkpoints)
      : local_(local), checkpoints_(std::move(checkpoints)) {}

  /// Takes a checkpoint if one is due; called now and then.
  void tick(TimePoint now);
  /// Takes one at what is visible now, or joins the one under way; `then` hears how it went.
  using Then = std::function<void(TimePoint, Result<Lsn>)>;
  void take(TimePoint now, Then then);
  /// A base copy put a checkpoint in place; whatever was here before is gone.
  void installed(Lsn position) { checkpoints_ = {position}; }
  /// The directory is about to be emptied: forget everything. No checkpoint may be running.
  void forget() { checkpoints_.clear(); }

  /// The disk is nearly full: take checkpoints until the log is as short as it can be.
  void make_room(TimePoint now);

  bool running() const { return run_ != nullptr; }
  const std::vector<Lsn>& checkpoints() const { return checkpoints_; }  ///< oldest first
  uint64_t newest_size() const { return newest_size_; }
  /// The log must be kept from here on for recovery.
  Lsn log_needed_from() const { return checkpoints_.size() < 2 ? Lsn{} : checkpoints_.front(); }

  /// The newest checkpoint's file stays until unpinned as often.
  void pin(Lsn position) { ++pins_[position]; }
  void unpin(Lsn position);

  /// Bytes that a checkpoint of now would need on disk.
  uint64_t space_needed() const { return local_.store->checkpoint_size(); }

 private:
  struct Run {
    engine::CheckpointHeader header;
    std::optional<engine::CheckpointWriter> writer;
    bool written = false;  ///< whole; it waits for the log's flush, or is being finished
    bool finishing = false;
    std::vector<Then> then;
    bool again = false;  ///< somebody asked for a later one meanwhile
    std::vector<Then> then_again;
  };

  void start(TimePoint now);
  void write_next();
  void finish_when_flushed();
  void end(TimePoint now, Result<Lsn> result);
  void remove_old();
  std::string draft() const { return std::string(engine::kCheckpointDirectory) + "/draft.tmp"; }

  Local& local_;
  std::vector<Lsn> checkpoints_;
  std::map<Lsn, int> pins_;
  std::unique_ptr<Run> run_;
  uint64_t newest_size_ = 0;
  TimePoint not_before_;
};

}  // namespace wallaby::node
