// engine/checkpoint.h
//
// A checkpoint: the tables at one position in a file, so that recovery need not replay the log from its
// beginning, and a new replica need not receive it from there.
//
//     checkpoints/00000000016B3748.ckpt          named for its position
//
//     header | table "accounts" | rows | rows | table "todos" | rows | footer        blocks, each with a checksum
//
// The bytes are stated in engine/checkpoint_format.h and docs/formats/checkpoint.md. They are a function of the
// header and the state alone: two nodes that take a checkpoint at the same position, with equal extra, write equal
// files. The header carries what a log that starts here needs: cluster id, position, timeline, chain checksum, and
// `extra`, the node's own state at that position as opaque bytes (timeline history, policy, members).
//
// Writing is cut into turns: `CheckpointWriter` walks a view and hands out about 256 KiB at a time; the node sends
// them to the file lane as write steps on a draft, then syncs and renames, but only once the log is flushed past the
// position. Reading is recovery's (the whole file, synchronous), or a base copy's, as the bytes arrive.
//
// A file is a valid checkpoint if and only if
//   1. it begins with a header block, whose position is that of its name;
//   2. every block's checksum, seeded with its place in the file, is right;
//   3. tables are in name order, rows in key order, each within its limits;
//   4. the last block is a footer, nothing follows it, and its counts and its digest are those of the rows.
// A file cut short has no footer; a flipped bit breaks a checksum.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/identity.h"
#include "base/lsn.h"
#include "engine/store.h"

namespace wallaby::engine {

inline constexpr const char* kCheckpointDirectory = "checkpoints";
inline constexpr size_t kMaxCheckpointExtra = 16 << 20;

struct CheckpointHeader {
  ClusterId cluster;
  Lsn position;
  TimelineId timeline;
  uint64_t chain_checksum = 0;  ///< of the log at `position`
  std::string extra;  ///< node state at `position`, encoded by the layer above; at most kMaxCheckpointExtra
  bool operator==(const CheckpointHeader&) const = default;
};
std::ostream& operator<<(std::ostream& out, const CheckpointHeader& header);

/// "checkpoints/00000000016B3748.ckpt"
std::string checkpoint_path(Lsn position);
/// Positions of the checkpoint files in the data directory (valid or not), oldest first. Files of other names are
/// passed over; no directory is no checkpoint.
Result<std::vector<Lsn>> list_checkpoints(FileSystem& files);

class CheckpointWriter {
 public:
  /// The view must stand at header.position, as a snapshot (Store::visible_view); it is held until the writer goes.
  CheckpointWriter(CheckpointHeader header, View view);
  CheckpointWriter(CheckpointWriter&&) noexcept;
  CheckpointWriter& operator=(CheckpointWriter&&) noexcept;
  ~CheckpointWriter();

  /// The next bytes of the file, empty when it is complete. About 256 KiB, more only for a row that is larger. The
  /// store may change between two calls.
  std::string next_bytes();
  /// Bytes handed out so far: the file offset of the next ones.
  uint64_t offset() const;
  const CheckpointHeader& header() const;
  /// Rows handed out so far.
  uint64_t rows() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Called with (bytes read, bytes in the file) now and then.
using CheckpointProgress = std::function<void(uint64_t, uint64_t)>;

/// Loads a checkpoint into an empty store and moves it to the checkpoint's position (visible too).
/// kCorrupt: names the file, the offset and what is wrong; the store is then not to be used.
Result<CheckpointHeader> load_checkpoint(FileSystem& files, Lsn position, Store& store,
                                         const CheckpointProgress& progress);

/// What a valid file holds.
struct CheckpointSummary {
  CheckpointHeader header;
  uint64_t tables = 0;
  uint64_t rows = 0;
  uint64_t bytes = 0;
  Digest digest;
  bool operator==(const CheckpointSummary&) const = default;
};
std::ostream& operator<<(std::ostream& out, const CheckpointSummary& summary);

class CheckpointParser;

/// Loads a checkpoint that comes in pieces, cut anywhere, into an empty store, checking each block when it is whole.
/// Holds at most one block. The store must stay; after an error (kCorrupt, as above) neither is to be used.
class CheckpointLoader {
 public:
  CheckpointLoader(Lsn position, Store& store);
  ~CheckpointLoader();
  CheckpointLoader(const CheckpointLoader&) = delete;
  CheckpointLoader& operator=(const CheckpointLoader&) = delete;

  Result<void> feed(std::string_view bytes);
  /// All bytes were fed: moves the store to the checkpoint's position (visible too).
  Result<CheckpointSummary> finish();

 private:
  Lsn position_;
  Store& store_;
  std::unique_ptr<CheckpointParser> parser_;
};

/// The same checks without keeping the rows; for choosing and for `verify`.
Result<CheckpointSummary> check_checkpoint(FileSystem& files, Lsn position);

/// Calls `visit` for the rows of one table, checking the whole file on the way.
Result<void> read_checkpoint_table(FileSystem& files, Lsn position, std::string_view table,
                                   const std::function<void(const Row&)>& visit);

/// The header alone, checked by itself: what a base copy tells before it sends the file.
Result<CheckpointHeader> read_checkpoint_header(FileSystem& files, Lsn position);

}  // namespace wallaby::engine
