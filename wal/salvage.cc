#include "wal/salvage.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "wal/mark.h"
#include "wal/zeros.h"

namespace wallaby::wal {
namespace {

/// Counts the valid frames in bytes that begin at `start`, wherever they lie.
void count_frames(std::string_view bytes, Lsn start, SalvagePlan& plan) {
  uint64_t at = 0;
  while (at + kFrameHeaderSize <= bytes.size()) {
    auto frame = read_frame(bytes.substr(at), start + at, std::nullopt);
    if (frame) {
      ++plan.frames_lost;
      plan.lost_until = std::max(plan.lost_until, frame->end);
    }
    at += frame ? frame->end - frame->start : kFrameAlignment;
  }
  plan.bytes_lost += length_before_zeros(bytes);
}

Result<void> look_behind(FileSystem& files, SegmentId segment, Lsn from, SalvagePlan& plan) {
  auto bytes = files.read_all(segment_path(segment));
  if (!bytes) return std::unexpected(bytes.error());
  std::string_view rest = *bytes;
  count_frames(rest.substr(std::min<uint64_t>(rest.size(), file_offset(segment, from))), from, plan);
  return {};
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// A name under salvaged/ that is not taken: an earlier, interrupted salvage may have left its own.
std::string place_aside(FileSystem& files, const std::string& name) {
  std::string path = fmt::format("{}/{}", kSalvagedDirectory, name);
  for (int copy = 2; files.exists(path); ++copy)
    path = fmt::format("{}/{}.{}", kSalvagedDirectory, name, copy);
  return path;
}

Result<void> copy_aside(FileSystem& files, SegmentId segment, Lsn from) {
  uint64_t offset = file_offset(segment, from);
  auto bytes = files.read(segment_path(segment), offset, kMaxLsn.value);
  if (!bytes) return std::unexpected(bytes.error());
  bytes->resize(length_before_zeros(*bytes));
  if (bytes->empty()) return {};
  return files.replace(
      place_aside(files, fmt::format("{}-from-{}", file_name(segment_path(segment)), offset)),
      std::move(*bytes));
}

Result<void> move_aside(FileSystem& files, const std::string& path) {
  if (auto done = files.rename(path, place_aside(files, file_name(path))); !done) return done;
  if (auto done = files.sync_directory(kSalvagedDirectory); !done) return done;
  return files.sync_directory(parent_directory(path));
}

Result<void> zero_behind(FileSystem& files, SegmentId segment, Lsn from) {
  std::string path = segment_path(segment);
  auto size = files.size(path);
  if (!size) return std::unexpected(size.error());
  uint64_t offset = file_offset(segment, from);
  if (offset >= *size) return {};
  if (auto done = files.zero(path, offset, *size - offset); !done) return done;
  return files.sync(path);
}

}  // namespace

Result<std::optional<SalvagePlan>> plan_salvage(FileSystem& files, Evidence evidence) {
  SalvagePlan plan;
  auto mark = read_mark(files);
  if (!mark && mark.error().code != ErrorCode::kCorrupt) return std::unexpected(mark.error());
  plan.mark_damaged = !mark;
  if (mark) evidence.flushed_on_this_disk = std::max(evidence.flushed_on_this_disk, mark->flushed);
  auto tail = judge_tail(files, evidence, {});
  if (!tail) return std::unexpected(tail.error());
  if (auto* damage = std::get_if<Corrupt>(&tail->judgement)) {
    plan.damage = *damage;
  } else {
    if (!plan.mark_damaged) return std::nullopt;
    plan.damage = Corrupt{kMarkPath, 0, tail->end, "neither slot is valid"};
  }
  // Without the segment where the log must begin, what is left is a log that begins too late.
  bool begins_too_late = plan.damage.file == kWalDirectory;
  bool begins_damaged = plan.damage.offset == 0 && tail->segments.size() == 1 && tail->end != Lsn{} &&
                        plan.damage.file == segment_path(tail->segments.front());
  if (begins_too_late || begins_damaged)
    return error(ErrorCode::kRefused,
                 "nothing of the log in {} can be kept ({}: {}); replace the node by a fresh replica, or "
                 "restore a backup",
                 files.root(), plan.damage.file, plan.damage.why);
  plan.cut = tail->end;
  plan.lost_until = std::max(plan.cut, evidence.flushed_on_this_disk);

  auto segments = list_segments(files);
  if (!segments) return std::unexpected(segments.error());
  for (SegmentId segment : *segments) {
    bool holds_cut = !tail->segments.empty() && segment == tail->segments.back();
    bool header_damaged = holds_cut && plan.damage.file == segment_path(segment) && plan.damage.offset == 0;
    if (holds_cut && !header_damaged) plan.cut_segment = segment;
    bool before = std::ranges::find(tail->segments, segment) != tail->segments.end() && !holds_cut;
    if (before) continue;
    if (plan.cut_segment != segment) plan.moved_segments.push_back(segment);
    if (auto done = look_behind(files, segment, holds_cut ? plan.cut : segment.first, plan); !done)
      return std::unexpected(done.error());
  }
  return plan;
}

Result<void> salvage(FileSystem& files, const SalvagePlan& plan) {
  if (auto done = files.make_directory(kSalvagedDirectory); !done) return done;
  if (auto done = files.sync_directory(""); !done) return done;
  if (plan.cut_segment) {
    if (auto done = copy_aside(files, *plan.cut_segment, plan.cut); !done) return done;
  }
  auto mark = plan.mark_damaged ? create_mark(files) : read_mark(files);
  if (!mark) return std::unexpected(mark.error());
  auto lowered =
      lower_mark(files, *mark, std::min(mark->flushed, plan.cut), std::min(mark->acknowledged, plan.cut));
  if (!lowered) return std::unexpected(lowered.error());
  for (const std::string& path : plan.also_set_aside)
    if (auto done = move_aside(files, path); !done) return done;
  for (auto segment = plan.moved_segments.rbegin(); segment != plan.moved_segments.rend(); ++segment)
    if (auto done = move_aside(files, segment_path(*segment)); !done) return done;
  return plan.cut_segment ? zero_behind(files, *plan.cut_segment, plan.cut) : Result<void>{};
}

std::ostream& operator<<(std::ostream& out, const SalvagePlan& plan) {
  out << "cut the log at " << plan.cut << " (" << TailJudgement{plan.damage}
      << "); lost: " << plan.frames_lost << " readable records behind it, " << plan.bytes_lost
      << " bytes, up to " << plan.lost_until;
  for (SegmentId segment : plan.moved_segments) out << "; set aside " << segment;
  for (const std::string& path : plan.also_set_aside) out << "; set aside " << path;
  return out;
}

}  // namespace wallaby::wal
