#include "wal/tail.h"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "wal/reader.h"
#include "wal/zeros.h"

namespace wallaby::wal {
namespace {

/// The highest flushed position that valid frames behind the damage tell of, in timelines that this node wrote.
Lsn flushed_in_later_frames(std::string_view bytes, Lsn start, const std::set<TimelineId>& own_timelines) {
  Lsn highest;
  for (uint64_t at = kFrameAlignment; at + kFrameHeaderSize <= bytes.size(); at += kFrameAlignment) {
    auto header = read_frame_header(bytes.substr(at, kFrameHeaderSize), start + at);
    if (!header || header->writer_flushed <= highest || !own_timelines.contains(header->timeline)) continue;
    if (read_frame(bytes.substr(at), start + at, std::nullopt)) highest = header->writer_flushed;
  }
  return highest;
}

Corrupt corrupt(const LogStop& stop) {
  return Corrupt{stop.file, stop.offset, stop.at, stop.why};
}

TailJudgement judge(const Reader& reader, const Evidence& evidence) {
  const LogStop& stop = reader.stop();
  if (stop.kind == LogStop::Kind::kDamage) return corrupt(stop);
  if (stop.at < evidence.flushed_on_this_disk) {
    if (stop.kind == LogStop::Kind::kTail) return corrupt(stop);
    Gap gap = explain_gap(reader.segment(), reader.file_size(), stop.at, evidence.flushed_on_this_disk);
    return Corrupt{gap.file, gap.offset, stop.at, gap.why};
  }
  if (stop.kind == LogStop::Kind::kEnd) return Clean{};
  if (flushed_in_later_frames(reader.rest(), stop.at, evidence.own_timelines) > stop.at) return corrupt(stop);
  return Torn{stop.at, length_before_zeros(reader.rest()), stop.file};
}

/// A log without files, or one that begins too late.
std::optional<Tail> judge_without_segment(const std::vector<SegmentId>& segments, const Evidence& evidence) {
  Tail tail{.judgement = Clean{},
            .segments = segments,
            .end = {},
            .end_checksum = chain_start(evidence.cluster),
            .timeline = {}};
  Lsn needed = segments.empty() ? std::max(evidence.from, evidence.flushed_on_this_disk) : evidence.from;
  if (!segments.empty() && segments.front().first <= needed) return std::nullopt;
  if (segments.empty() && needed == Lsn{}) return tail;
  std::string why = segments.empty()
                        ? std::string("there is no segment at all")
                        : fmt::format("the oldest segment begins at {}", to_string(segments.front().first));
  tail.judgement =
      Corrupt{kWalDirectory, 0, needed, fmt::format("the log must hold {}, but {}", to_string(needed), why)};
  return tail;
}

}  // namespace

Result<Tail> judge_tail(FileSystem& files, const Evidence& evidence, const FrameVisitor& visit) {
  auto segments = list_segments(files);
  if (!segments) return std::unexpected(segments.error());
  if (auto tail = judge_without_segment(*segments, evidence)) return *tail;

  auto begin = std::ranges::upper_bound(*segments, evidence.from, {}, &SegmentId::first) - 1;
  Reader reader(files, {begin, segments->end()}, evidence.cluster);
  Tail tail;
  while (true) {
    auto frame = reader.next();
    if (!frame) return std::unexpected(frame.error());
    if (!*frame) break;
    tail.timeline = (*frame)->header.timeline;
    if (!visit) continue;
    if (auto visited = visit(**frame); !visited) return std::unexpected(visited.error());
  }
  tail.judgement = judge(reader, evidence);
  tail.segments.assign(segments->begin(), begin + static_cast<ptrdiff_t>(reader.segment_index()) + 1);
  tail.end = reader.position();
  tail.end_checksum = reader.checksum();
  if (tail.timeline == TimelineId{} && tail.end != Lsn{}) tail.timeline = reader.segment().timeline;
  return tail;
}

std::ostream& operator<<(std::ostream& out, const TailJudgement& judgement) {
  if (std::holds_alternative<Clean>(judgement)) return out << "clean";
  if (auto* torn = std::get_if<Torn>(&judgement))
    return out << "torn tail of " << torn->bytes << " bytes at " << torn->from << " in " << torn->file;
  const auto& damage = std::get<Corrupt>(judgement);
  return out << "corrupt at " << damage.at << ", " << damage.file << " offset " << damage.offset << ": "
             << damage.why;
}

}  // namespace wallaby::wal
