#include "wal/recover.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace wallaby::wal {
namespace {

constexpr uint64_t kCopyPiece = 1 << 20;

std::unexpected<Error> corruption(FileSystem& files, const Corrupt& damage) {
  return error(
      ErrorCode::kCorrupt,
      "the log is damaged: {}/{}, offset {} (log position {}): {}. This had been flushed to disk, so it is "
      "not "
      "cut like a torn tail. Replace the node by a fresh replica, restore a backup, or let `wallaby salvage` "
      "say what could be kept",
      files.root(), damage.file, damage.offset, to_string(damage.at), damage.why);
}

/// Spares and drafts, and empty segments that a later one took the place of.
Result<void> remove_leftovers(FileSystem& files, const std::vector<SegmentId>& kept) {
  auto names = files.list(kWalDirectory);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    auto id = parse_segment_name(name);
    bool superseded = id && std::ranges::find(kept, *id) == kept.end();
    if (!superseded && !name.starts_with(kSparePrefix)) continue;
    if (auto removed = files.remove(fmt::format("{}/{}", kWalDirectory, name)); !removed) return removed;
  }
  // Also makes a name durable that was renamed right before the crash.
  return files.sync_directory(kWalDirectory);
}

void drop_superseded(std::vector<SegmentId>& segments) {
  for (size_t i = 0; i + 1 < segments.size();)
    if (segments[i].first == segments[i + 1].first)
      segments.erase(segments.begin() + static_cast<ptrdiff_t>(i));
    else
      ++i;
}

/// The size that the last segment's file must have: its first frame decides, as when the segment was begun.
Result<uint64_t> proper_size(FileSystem& files, SegmentId segment, Lsn end, uint64_t standard_size) {
  if (end == segment.first) return standard_size;
  auto bytes = files.read(segment_path(segment), kSegmentHeaderSize, kFrameHeaderSize);
  if (!bytes) return std::unexpected(bytes.error());
  auto header = read_frame_header(*bytes, segment.first);
  if (!header)
    return error(ErrorCode::kCorrupt, "{} changed while it was being recovered", segment_path(segment));
  return std::max(segment_file_size(standard_size, frame_size(header->payload_length)),
                  file_offset(segment, end));
}

/// Gives the last segment its proper size, with only zeros behind the log's end.
Result<void> clear_behind(FileSystem& files, SegmentId segment, Lsn end, uint64_t file_size, bool torn) {
  std::string path = segment_path(segment);
  auto found = files.size(path);
  if (!found) return std::unexpected(found.error());
  if (*found > file_size) {
    if (auto done = files.truncate(path, file_size); !done) return done;
  }
  uint64_t from = torn ? file_offset(segment, end) : std::min(*found, file_size);
  return from < file_size ? files.zero(path, from, file_size - from) : Result<void>{};
}

/// Writes again what may be in the page cache only, so that the next sync speaks of it.
Result<void> rewrite(FileSystem& files, SegmentId segment, Lsn from, Lsn to) {
  std::string path = segment_path(segment);
  while (from < to) {
    auto bytes = files.read(path, file_offset(segment, from), std::min(kCopyPiece, to - from));
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->empty())
      return error(ErrorCode::kIo, "{}/{} became shorter while it was being recovered", files.root(), path);
    SharedBytes piece(std::move(*bytes));
    if (auto done = files.write(path, file_offset(segment, from), std::span(&piece, 1)); !done) return done;
    from = from + piece.size();
  }
  return {};
}

/// Steps 3 and 4: only what this function has flushed counts as flushed afterwards.
Result<void> settle(FileSystem& files, const Tail& tail, Lsn marked, uint64_t last_file_size) {
  bool torn = std::holds_alternative<Torn>(tail.judgement);
  for (size_t i = 0; i < tail.segments.size(); ++i) {
    SegmentId segment = tail.segments[i];
    bool last = i + 1 == tail.segments.size();
    Lsn to = last ? tail.end : tail.segments[i + 1].first;
    if (!last && to <= marked) continue;
    if (last) {
      if (auto done = clear_behind(files, segment, to, last_file_size, torn); !done) return done;
    }
    if (auto done = rewrite(files, segment, std::max(segment.first, std::min(marked, to)), to); !done)
      return done;
    if (auto done = files.sync(segment_path(segment)); !done) return done;
  }
  return {};
}

/// Step 5. The newest slot may be in the page cache only: it is written again and flushed before the other is touched.
Result<Mark> settle_mark(FileSystem& files, const Mark& found, Lsn end) {
  if (auto done = write_mark(files, found); !done) return std::unexpected(done.error());
  MarkWriter writer(found);
  WriteStep step = writer.write(end, std::min(found.acknowledged, end));
  if (auto done = files.write(step.path, step.offset, step.pieces); !done)
    return std::unexpected(done.error());
  if (auto done = files.sync(kMarkPath); !done) return std::unexpected(done.error());
  return writer.newest();
}

}  // namespace

Result<RecoveredLog> recover_log(FileSystem& files, Evidence evidence, const LogOptions& options,
                                 const FrameVisitor& visit) {
  auto mark = read_mark(files);
  if (!mark) return std::unexpected(mark.error());
  evidence.flushed_on_this_disk = std::max(evidence.flushed_on_this_disk, mark->flushed);
  auto tail = judge_tail(files, evidence, visit);
  if (!tail) return std::unexpected(tail.error());
  if (auto* damage = std::get_if<Corrupt>(&tail->judgement)) return corruption(files, *damage);

  RecoveredLog recovered{.start = {}, .mark = *mark, .notes = {}};
  if (auto* torn = std::get_if<Torn>(&tail->judgement))
    recovered.notes.push_back(fmt::format(
        "cut a torn tail of {} bytes at {} ({}, offset {}): it had never been flushed", torn->bytes,
        to_string(torn->from), torn->file, file_offset(tail->segments.back(), torn->from)));

  drop_superseded(tail->segments);
  if (auto done = remove_leftovers(files, tail->segments); !done) return std::unexpected(done.error());
  uint64_t last_file_size = 0;
  if (!tail->segments.empty()) {
    auto size = proper_size(files, tail->segments.back(), tail->end, options.segment_file_size);
    if (!size) return std::unexpected(size.error());
    last_file_size = *size;
  }
  if (auto done = settle(files, *tail, mark->flushed, last_file_size); !done)
    return std::unexpected(done.error());
  auto settled = settle_mark(files, *mark, tail->end);
  if (!settled) return std::unexpected(settled.error());
  recovered.start = LogStart{.cluster = evidence.cluster,
                             .timeline = tail->timeline,
                             .segments = std::move(tail->segments),
                             .end = tail->end,
                             .end_checksum = tail->end_checksum,
                             .mark = *settled,
                             .last_file_size = last_file_size};
  return recovered;
}

Result<LogStart> create_log(FileSystem& files, ClusterId cluster, Lsn first, uint64_t previous_checksum) {
  if (auto done = files.make_directory(kWalDirectory); !done) return std::unexpected(done.error());
  if (auto done = files.sync_directory(""); !done) return std::unexpected(done.error());
  auto mark = create_mark(files);
  if (!mark) return std::unexpected(mark.error());
  return LogStart{.cluster = cluster,
                  .timeline = {},
                  .segments = {},
                  .end = first,
                  .end_checksum = previous_checksum,
                  .mark = *mark,
                  .last_file_size = 0};
}

}  // namespace wallaby::wal
