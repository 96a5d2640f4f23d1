// node/base_copy.h
//
// Takes a base copy: a feeder's checkpoint file, byte for byte, then its log from the segment that holds the
// checkpoint's position. Whatever this node held before is thrown away first, in an order that no crash can confuse:
//
//     1. the identity says `copying`, the mark is lowered to 0/0 (both slots); only then
//     2. old segments and checkpoints are removed, a new empty log begins at the copied segment
//     3. blocks are checked, put into the tables and written to a draft as they come
//     4. the log streams in behind; once it is flushed past the checkpoint's position,
//     5. the draft gets its name, and `copying` is taken back
//
// A crash before 5 leaves a node that says `copying`: it starts with nothing and copies again.
// Reads are refused while copying. The receiver hears Rejected when the copy cannot go on.
//
// Invariants: nothing old is removed before `copying` is durable; the tables never mix two histories.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "engine/checkpoint.h"
#include "node/checkpointer.h"
#include "node/local.h"
#include "replication/messages.h"

namespace wallaby::node {

class BaseCopy {
 public:
  using Failed = std::function<void(TimePoint, Error)>;
  using Done = std::function<void(TimePoint)>;

  BaseCopy(Local& local, Checkpointer& checkpointer) : local_(local), checkpointer_(checkpointer) {}

  /// Begins, or begins again with another snapshot. `failed` and `installed` are called later, at most one of them.
  void start(TimePoint now, const replication::Answer& answer, Failed failed, Done cleared, Done installed);
  /// The link ended: wait for the next snapshot (or, when all has come, finish without it).
  void interrupt();
  Result<void> block(TimePoint now, const replication::CopyBlock& block, std::string_view bytes);
  /// The log's flushed position moved.
  void log_moved(TimePoint now);
  /// The old log may give out no more jobs: its files are about to go.
  bool freezes_log() const { return running_ && !cleared_; }
  /// Blocks and log bytes can be taken now.
  bool cleared() const { return running_ && cleared_; }
  bool running() const { return running_; }
  /// All has come; only names remain to be made durable. No other copy may be started now.
  bool installing() const { return installing_; }
  uint64_t copied() const { return copied_; }
  uint64_t size() const { return snapshot_.file_size; }

 private:
  void clear(TimePoint now);
  std::vector<FileStep> clear_steps();
  std::string draft() const { return std::string(engine::kCheckpointDirectory) + "/copy.tmp"; }
  void fail(TimePoint now, Error error);

  Local& local_;
  Checkpointer& checkpointer_;
  replication::Snapshot snapshot_;
  ClusterId cluster_;
  Failed failed_;
  Done cleared_then_, installed_;
  std::optional<engine::CheckpointLoader> loader_;
  std::optional<engine::CheckpointSummary> loaded_;
  bool running_ = false, cleared_ = false, clearing_ = false, synced_ = false, installing_ = false;
  uint64_t copied_ = 0;
  uint64_t epoch_ = 0;
};

}  // namespace wallaby::node
