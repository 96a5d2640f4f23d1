#include "sim/log_watch.h"

#include <algorithm>

#include <fmt/core.h>

#include "engine/checkpoint.h"
#include "engine/store.h"
#include "sim/trace.h"

namespace wallaby::sim {

std::vector<SegmentId> segments_on(const SimDisk& disk) {
  std::vector<SegmentId> segments;
  for (const std::string& name : disk.peek_names(wal::kWalDirectory))
    if (auto id = wal::parse_segment_name(name)) segments.push_back(*id);
  std::ranges::sort(segments, {}, [](SegmentId id) { return std::pair(id.first, id.timeline); });
  return segments;
}

void LogWatch::walk(const Place& place, const SimDisk& disk, Lsn to, const Take& take) {
  Cursor& cursor = cursors_[place];
  if (to == Lsn{} || (cursor.read && *cursor.read >= to)) return;
  std::vector<SegmentId> segments = segments_on(disk);
  auto segment_of = [&](Lsn lsn) {
    auto after = std::ranges::upper_bound(segments, lsn, {}, &SegmentId::first);
    return after == segments.begin() ? segments.end() : std::prev(after);
  };
  if (segments.empty() || segments.front().first > to) {
    // Right after a base copy its checkpoint stands for everything up to there.
    cursor.read.reset();
    if (disk.certain(engine::checkpoint_path(to), 0, 1)) return;
    throw BrokenPromise(
        fmt::format("{} says that its log reaches {}, but it has no segment for that", place, to_string(to)));
  }
  if (!cursor.read || segment_of(*cursor.read) == segments.end()) cursor.read = segments.front().first;
  Lsn at = *cursor.read;
  std::optional<uint64_t> checksum = canon_.checksum_at(at);
  while (at < to) {
    auto segment = segment_of(at);
    uint64_t offset = wal::file_offset(*segment, at);
    std::string path = wal::segment_path(*segment);
    std::string bytes = disk.peek(path, offset, wal::kFrameHeaderSize);
    auto header = wal::read_frame_header(bytes, at);
    if (header) {
      uint64_t size = wal::frame_size(header->payload_length);
      if (at + size > to) break;  // positions may lie inside a frame; it is judged when it is whole
      bytes = disk.peek(path, offset, size);
    }
    auto frame = wal::read_frame(bytes, at, checksum);
    if (!header && to - at < wal::kFrameHeaderSize) break;
    if (!frame)
      throw BrokenPromise(
          fmt::format("{} says that its log reaches {}, but what stands at {} in {} is no frame of it: {}",
                      place, to_string(to), to_string(at), path, wal::to_string(frame.error())));
    take(*frame);
    at = frame->end;
    checksum = frame->header.checksum;
  }
  cursor.read = at;
}

void LogWatch::expect_certain(const Place& place, const SimDisk& disk, Lsn to) {
  Cursor& cursor = cursors_[place];
  if (to <= cursor.certain) return;
  std::vector<SegmentId> segments = segments_on(disk);
  for (size_t i = 0; i < segments.size(); ++i) {
    Lsn first = segments[i].first;
    Lsn end = i + 1 < segments.size() ? std::min(to, segments[i + 1].first) : to;
    Lsn from = std::max(first, cursor.certain);
    if (from >= end) continue;
    std::string path = wal::segment_path(segments[i]);
    if (!disk.certain(path, 0, wal::kSegmentHeaderSize) ||
        !disk.certain(path, wal::file_offset(segments[i], from), end - from))
      throw BrokenPromise(fmt::format(
          "what is flushed survives a power cut: {} calls its log flushed up to {}, but a cut now could lose "
          "bytes of {} to {} in {}",
          place, to_string(to), to_string(from), to_string(end), path));
  }
  cursor.certain = to;
}

void LogWatch::primary_flushed(const Place& place, const SimDisk& disk, Lsn flushed) {
  walk(place, disk, flushed, [&](const wal::Frame& frame) { canon_.add(frame, place); });
  expect_certain(place, disk, flushed);
}

void LogWatch::reported(const Place& place, const SimDisk& disk, const replication::Positions& positions) {
  walk(place, disk, positions.received, [&](const wal::Frame& frame) { canon_.compare(frame, place); });
  expect_certain(place, disk, positions.flushed);
}

void LogWatch::opened(const Place& place, const SimDisk& disk, const node::OpenedDirectory& directory) {
  bool primary = directory.identity.role == node::Role::kPrimary;
  Cursor& cursor = cursors_[place];
  if ((directory.fresh || directory.identity.copying) && cursor.certain > Lsn{})
    throw BrokenPromise(
        fmt::format("what is flushed survives: {} had its log on disk up to {}, and after the restart its "
                    "directory is {}",
                    place, to_string(cursor.certain), directory.fresh ? "new" : "a base copy cut off"));
  if (primary && directory.fresh) canon_.begin(directory.log.cluster);
  if (directory.identity.copying || (directory.fresh && !primary)) return starts_over(place);
  Lsn end = directory.log.end;
  if (end < cursor.certain)
    throw BrokenPromise(fmt::format(
        "what is flushed survives: {} had its log on disk up to {}, and after the restart it ends at {}",
        place, to_string(cursor.certain), to_string(end)));
  if (cursor.read && *cursor.read > end) cursor.read.reset();
  walk(place, disk, end,
       [&](const wal::Frame& frame) { primary ? canon_.add(frame, place) : canon_.compare(frame, place); });
  if (cursor.read && *cursor.read != end)
    throw BrokenPromise(fmt::format("{} opened its log with an end at {} where no frame ends (read up to {})",
                                    place, to_string(end), to_string(*cursor.read)));
  if (auto checksum = canon_.checksum_at(end); checksum != directory.log.end_checksum)
    throw BrokenPromise(fmt::format("{} opened its log with an end checksum at {} that is not the log's",
                                    place, to_string(end)));
  expect_certain(place, disk, end);
  engine::Digest digest = directory.store->digest();
  if (digest.position != end || digest.value != canon_.digest_at(end))
    throw BrokenPromise(fmt::format(
        "replay from a checkpoint equals replay from the start: {} opened with other tables at {}", place,
        to_string(end)));
}

}  // namespace wallaby::sim
