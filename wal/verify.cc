#include "wal/verify.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "wal/mark.h"

namespace wallaby::wal {
namespace {

constexpr uint64_t kPiece = 1 << 20;

/// Where the i-th segment of a verified log ends.
Lsn end_of(const VerifiedLog& log, size_t i) {
  return i + 1 < log.tail.segments.size() ? log.tail.segments[i + 1].first : log.tail.end;
}

/// Compares [offset, end) of two files of the same name.
Result<std::optional<uint64_t>> first_difference(FileSystem& a, FileSystem& b, const std::string& path,
                                                 uint64_t offset, uint64_t end) {
  while (offset < end) {
    uint64_t length = std::min(kPiece, end - offset);
    auto from_a = a.read(path, offset, length), from_b = b.read(path, offset, length);
    if (!from_a) return std::unexpected(from_a.error());
    if (!from_b) return std::unexpected(from_b.error());
    auto [at_a, at_b] = std::ranges::mismatch(*from_a, *from_b);
    uint64_t same = static_cast<uint64_t>(at_a - from_a->begin());
    if (same < length) return offset + same;
    offset += length;
  }
  return std::nullopt;
}

}  // namespace

Result<VerifiedLog> verify_log(FileSystem& files, Evidence evidence, const FrameVisitor& visit) {
  auto segments = list_segments(files);
  if (!segments) return std::unexpected(segments.error());
  auto mark = read_mark(files);
  if (!mark) return std::unexpected(mark.error());
  VerifiedLog verified;
  verified.first = segments->empty() ? Lsn{} : segments->front().first;
  evidence.from = verified.first;
  evidence.flushed_on_this_disk = std::max(evidence.flushed_on_this_disk, mark->flushed);
  auto tail = judge_tail(files, evidence, [&](const Frame& frame) -> Result<void> {
    ++verified.frames;
    return visit ? visit(frame) : Result<void>{};
  });
  if (!tail) return std::unexpected(tail.error());
  verified.tail = std::move(*tail);
  return verified;
}

Result<LogComparison> compare_logs(FileSystem& a, const VerifiedLog& log_a, FileSystem& b,
                                   const VerifiedLog& log_b) {
  LogComparison comparison{.from = std::max(log_a.first, log_b.first),
                           .to = std::min(log_a.tail.end, log_b.tail.end),
                           .first_difference = {}};
  comparison.to = std::max(comparison.from, comparison.to);
  for (size_t i = 0; i < log_a.tail.segments.size(); ++i) {
    SegmentId segment = log_a.tail.segments[i];
    Lsn from = std::max(segment.first, comparison.from), to = std::min(end_of(log_a, i), comparison.to);
    if (from >= to) continue;
    std::string path = segment_path(segment);
    auto other = std::ranges::find(log_b.tail.segments, segment);
    if (other == log_b.tail.segments.end()) {
      comparison.first_difference =
          LogDifference{path, 0, from, fmt::format("only {} has this segment", a.root())};
      return comparison;
    }
    Lsn other_end = end_of(log_b, static_cast<size_t>(other - log_b.tail.segments.begin()));
    auto header = first_difference(a, b, path, 0, kSegmentHeaderSize);
    auto content = first_difference(a, b, path, file_offset(segment, from),
                                    file_offset(segment, std::min(to, other_end)));
    if (!header || !content) return std::unexpected(header ? content.error() : header.error());
    if (*header || *content) {
      uint64_t offset = *header ? **header : **content;
      Lsn at = *header ? segment.first : segment.first + (offset - kSegmentHeaderSize);
      comparison.first_difference = LogDifference{path, offset, at, "the bytes differ"};
      return comparison;
    }
    if (other_end < to) {
      comparison.first_difference = LogDifference{path, file_offset(segment, other_end), other_end,
                                                  fmt::format("the segment ends here in {}", b.root())};
      return comparison;
    }
  }
  return comparison;
}

std::ostream& operator<<(std::ostream& out, const LogDifference& difference) {
  return out << "first difference at " << difference.at << ", " << difference.file << " offset "
             << difference.offset << ": " << difference.why;
}

std::ostream& operator<<(std::ostream& out, const LogComparison& comparison) {
  out << "compared " << comparison.from << " to " << comparison.to << ": ";
  return comparison.first_difference ? out << *comparison.first_difference : out << "equal";
}

}  // namespace wallaby::wal
