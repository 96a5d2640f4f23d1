// Reading the log back: from memory where it is near the end, else as a read that the file lane does.
#include <algorithm>
#include <ostream>

#include "base/check.h"
#include "wal/log.h"

namespace wallaby::wal {

Lsn Log::oldest() const {
  if (!segments_.kept().empty()) return segments_.kept().front().first;
  return segments_.has_next() ? segments_.next_first() : appended();
}

SegmentId Log::segment_at(Lsn lsn) const {
  WALLABY_CHECK(lsn <= appended(), "{} is past the end of the log, {}", to_string(lsn),
                to_string(appended()));
  if (!segments_.filling()) return SegmentId{timeline_, lsn};
  return segments_.at(lsn);
}

LogRead Log::read(Lsn from, Lsn until, uint64_t max) const {
  WALLABY_CHECK(from <= appended(), "{} is past the end of the log, {}", to_string(from),
                to_string(appended()));
  if (from < oldest()) return Released{oldest()};
  SegmentId segment = segment_at(from);
  Lsn to = std::max(from, std::min({until, appended(), segments_.end_of_segment_at(from, appended()),
                                    max < kMaxLsn - from ? from + max : kMaxLsn}));
  if (from >= memory_.begin()) return InMemory{segment, from, to, memory_.slice(from, to)};
  to = std::min(to, progress().written);
  return OnDisk{segment, from, to, ReadStep{segment_path(segment), file_offset(segment, from), to - from}};
}

std::variant<Log::Known, OnDisk, Released> Log::checksum_at(Lsn lsn) const {
  WALLABY_CHECK(lsn <= appended(), "{} is past the end of the log, {}", to_string(lsn),
                to_string(appended()));
  if (lsn == appended()) return Known{end_checksum_};
  if (lsn < oldest()) return Released{oldest()};
  if (lsn >= memory_.begin()) {
    std::string bytes;
    for (const SharedBytes& piece : memory_.slice(lsn, std::min(appended(), lsn + kFrameHeaderSize)))
      bytes += piece.view();
    if (auto header = read_frame_header(bytes, lsn)) return Known{header->previous_checksum};
  }
  SegmentId segment = segment_at(lsn);
  if (segment.first == lsn)
    return OnDisk{segment, lsn, lsn, ReadStep{segment_path(segment), 0, kSegmentHeaderSize}};
  return OnDisk{segment, lsn, lsn + kFrameHeaderSize,
                ReadStep{segment_path(segment), file_offset(segment, lsn), kFrameHeaderSize}};
}

std::optional<uint64_t> Log::checksum_from(const OnDisk& read, std::string_view bytes) {
  if (read.step.offset == 0) {
    auto header = decode_segment_header(bytes);
    if (!header || header->first != read.from || header->timeline != read.segment.timeline)
      return std::nullopt;
    return header->previous_checksum;
  }
  auto header = read_frame_header(bytes, read.from);
  if (!header) return std::nullopt;
  return header->previous_checksum;
}

std::ostream& operator<<(std::ostream& out, const InMemory& read) {
  return out << "in memory " << read.from << " to " << read.to << " of " << read.segment;
}

std::ostream& operator<<(std::ostream& out, const OnDisk& read) {
  return out << "on disk " << read.from << " to " << read.to << ": " << FileStep{read.step};
}

std::ostream& operator<<(std::ostream& out, const Released& read) {
  return out << "released; the log begins at " << read.oldest;
}

}  // namespace wallaby::wal
