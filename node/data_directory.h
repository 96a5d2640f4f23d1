// node/data_directory.h
//
// What a data directory is and whose: the identity file, and opening a directory for a role.
//
//     DIR/identity       this file: role, name, cluster id, directory id, copying
//     DIR/lock           held by the process that runs on it (base/posix_file_system.h)
//     DIR/mark           wal/mark.h
//     DIR/wal/           wal/segment.h
//     DIR/checkpoints/   engine/checkpoint.h
//
// A directory remembers what it is: `wallaby-primary` on a replica's directory refuses, and the other way round.
// `copying` says that a base copy was under way: what else is there is worthless and is thrown away at the next start.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/identity.h"
#include "base/random.h"
#include "base/time.h"
#include "engine/store.h"
#include "node/cluster_log.h"
#include "wal/log.h"

namespace wallaby::node {

inline constexpr const char* kIdentityPath = "identity";

enum class Role : uint8_t { kPrimary, kReplica };
std::string_view to_string(Role role);
std::ostream& operator<<(std::ostream& out, Role role);

struct Identity {
  Role role = Role::kPrimary;
  NodeName name;
  std::optional<ClusterId> cluster;  ///< a replica learns it with its first handshake
  DirectoryId directory;
  bool copying = false;
  bool operator==(const Identity&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Identity& identity);
/// Text, one "name = value" a line, with a checksum line at the end.
std::string encode_identity(const Identity& identity);
Result<Identity> decode_identity(std::string_view text);
/// kNotFound: a directory without one.
Result<Identity> read_identity(FileSystem& files);

/// Progress of opening a directory: what is being done, and how far (bytes done of bytes in all; 0: unknown).
using OpenProgress = std::function<void(std::string_view what, uint64_t done, uint64_t all)>;

struct OpenOptions {
  Role role = Role::kPrimary;
  NodeName name;
  wal::LogOptions log;
};

/// A directory brought to life: everything in it is recovered, checked and in memory.
struct OpenedDirectory {
  Identity identity;
  wal::LogStart log;  ///< all of it is on disk
  std::unique_ptr<engine::Store>
      store;           ///< all of the log applied; a primary shows what the mark says was acknowledged
  ClusterLog cluster;  ///< settled at what is visible, events up to the log's end
  std::deque<Lsn> unacknowledged;  ///< ends of the records past what is visible, oldest first
  std::vector<Lsn> checkpoints;    ///< valid ones, oldest first (two at most)
  bool fresh = false;              ///< made just now
  std::vector<std::string> notes;  ///< one line each for the operator: what was made, cut, thrown away
};

/// Opens DIR for a role; makes it when it is empty. Runs before the node, synchronously (node/recovery.cc):
/// identity, newest valid checkpoint, log from the older one checked, tail judged, replay.
/// kRefused: the directory is another role's or not Wallaby's. kCorrupt: file, offset, and the ways out.
Result<OpenedDirectory> open_data_directory(FileSystem& files, const OpenOptions& options, Random& random,
                                            const OpenProgress& progress);

}  // namespace wallaby::node
