#include "sim/bit_rot.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/core.h>

#include "engine/checkpoint.h"
#include "node/data_directory.h"
#include "sim/log_watch.h"
#include "wal/mark.h"

namespace wallaby::sim {
namespace {

struct ByteAt {
  std::string path;
  uint64_t offset = 0;
};

/// A byte of the log that this node must know to be flushed, and has to check when it starts.
std::optional<ByteAt> byte_that_matters(SimDisk& disk, Lsn flushed, Random& random) {
  auto checkpoints = engine::list_checkpoints(disk);
  // Of three (a crash came before the first was removed) the newest two count.
  Lsn from = checkpoints && checkpoints->size() >= 2 ? (*checkpoints)[checkpoints->size() - 2] : Lsn{};
  std::vector<SegmentId> segments = segments_on(disk);
  if (segments.empty()) return std::nullopt;
  from = std::max(from, segments.front().first);
  if (from >= flushed) return std::nullopt;
  Lsn at = from + random.below(flushed - from);
  auto segment = std::prev(std::ranges::upper_bound(segments, at, {}, &SegmentId::first));
  return ByteAt{wal::segment_path(*segment), wal::file_offset(*segment, at)};
}

std::optional<ByteAt> any_byte(const SimDisk& disk, Random& random) {
  std::vector<std::string> paths;
  for (const char* directory : {"", "wal", "checkpoints"})
    for (const std::string& name : disk.peek_names(directory)) {
      std::string path = *directory ? fmt::format("{}/{}", directory, name) : name;
      if (disk.peek_size(path).value_or(0) > 0) paths.push_back(path);
    }
  if (paths.empty()) return std::nullopt;
  std::string path = paths[random.below(paths.size())];
  return ByteAt{path, random.below(*disk.peek_size(path))};
}

}  // namespace

bool flip_a_bit_beside(Host& host, const Canon& canon, Random& random) {
  SimDisk disk = host.disk();
  disk.cancel_cut();
  disk.set_capacity(UINT64_MAX);
  disk.crash(random);
  auto identity = node::read_identity(disk);
  auto mark = wal::read_mark(disk);
  if (!identity || !mark || identity->copying || mark->flushed == Lsn{}) return false;

  bool must_refuse = random.chance(60);
  std::optional<ByteAt> byte =
      must_refuse ? byte_that_matters(disk, mark->flushed, random) : any_byte(disk, random);
  if (!byte) return false;
  disk.flip_bit(byte->path, byte->offset, static_cast<unsigned>(random.below(8)));

  Random chance = random.fork();
  node::OpenOptions open{host.role(), host.options().node.name, host.options().node.log};
  auto opened = node::open_data_directory(disk, open, chance, {});
  std::string where =
      fmt::format("a bit of {}'s {} at {} was flipped", host.place(), byte->path, byte->offset);
  if (!opened) {
    if (must_refuse && opened.error().code != ErrorCode::kCorrupt)
      throw BrokenPromise(
          fmt::format("{}; it must be called corrupt, but was: {}", where, opened.error().message));
    return true;
  }
  if (must_refuse)
    throw BrokenPromise(fmt::format(
        "damage inside what was flushed is refused, but {}, and the node starts (its mark says {})", where,
        to_string(mark->flushed)));
  engine::Digest digest = opened->store->digest();
  if (opened->fresh || digest.position < mark->flushed)
    throw BrokenPromise(
        fmt::format("damage never loses what was flushed in silence, but {}, and the node starts at {} (its "
                    "mark says {})",
                    where, to_string(digest.position), to_string(mark->flushed)));
  // What lies beyond the canon was never called flushed by anybody.
  if (digest.position <= canon.end() && digest.value != canon.digest_at(digest.position))
    throw BrokenPromise(
        fmt::format("damage is never served, but {}, and the node starts with other tables", where));
  return true;
}

}  // namespace wallaby::sim
