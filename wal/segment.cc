#include "wal/segment.h"

#include <algorithm>
#include <charconv>
#include <ostream>

#include <fmt/format.h>
#include <xxhash.h>

#include "base/endian.h"

namespace wallaby::wal {
namespace {

constexpr std::string_view kMagic = "WALLABY1";
constexpr uint32_t kFormat = 1;
constexpr size_t kChecksumAt = kSegmentHeaderSize - sizeof(uint64_t);
constexpr size_t kNameSize = 8 + 1 + 16 + 4;

/// Exactly the digits that segment_path() prints, so that no two names stand for one segment.
template <typename T>
bool parse_hex(std::string_view text, T& value) {
  bool upper =
      std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return upper && code == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string encode_segment_header(const SegmentHeader& header) {
  std::string bytes(kSegmentHeaderSize, '\0');
  kMagic.copy(bytes.data(), kMagic.size());
  store<uint32_t>(bytes.data() + 8, kFormat);
  store<uint32_t>(bytes.data() + 12, header.timeline.value);
  store<uint64_t>(bytes.data() + 16, header.cluster.value);
  store<uint64_t>(bytes.data() + 24, header.first.value);
  store<uint64_t>(bytes.data() + 32, header.previous_checksum);
  store<uint64_t>(bytes.data() + kChecksumAt, XXH3_64bits(bytes.data(), kChecksumAt));
  return bytes;
}

Result<SegmentHeader> decode_segment_header(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderSize) return error(ErrorCode::kCorrupt, "the segment's header is cut off");
  const char* from = bytes.data();
  if (!bytes.starts_with(kMagic))
    return error(ErrorCode::kCorrupt, "the segment's header has no magic number");
  if (load<uint64_t>(from + kChecksumAt) != XXH3_64bits(from, kChecksumAt))
    return error(ErrorCode::kCorrupt, "the segment's header does not match its checksum");
  if (uint32_t format = load<uint32_t>(from + 8); format != kFormat)
    return error(ErrorCode::kCorrupt, "the segment has format {}; this program knows format {}", format,
                 kFormat);
  return SegmentHeader{.timeline = TimelineId{load<uint32_t>(from + 12)},
                       .cluster = ClusterId{load<uint64_t>(from + 16)},
                       .first = Lsn{load<uint64_t>(from + 24)},
                       .previous_checksum = load<uint64_t>(from + 32)};
}

std::string segment_path(SegmentId id) {
  return fmt::format("{}/{:08X}-{:016X}.wal", kWalDirectory, id.timeline.value, id.first.value);
}

Result<SegmentId> parse_segment_name(std::string_view name) {
  SegmentId id;
  if (name.size() != kNameSize || name[8] != '-' || !name.ends_with(".wal") ||
      !parse_hex(name.substr(0, 8), id.timeline.value) || !parse_hex(name.substr(9, 16), id.first.value))
    return error(ErrorCode::kNotFound, "'{}' is not the name of a log segment", name);
  return id;
}

Result<std::vector<SegmentId>> list_segments(FileSystem& files) {
  auto names = files.list(kWalDirectory);
  if (!names) return std::unexpected(names.error());
  std::vector<SegmentId> segments;
  for (const std::string& name : *names)
    if (auto id = parse_segment_name(name)) segments.push_back(*id);
  std::ranges::sort(segments, [](SegmentId a, SegmentId b) {
    return a.first != b.first ? a.first < b.first : a.timeline < b.timeline;
  });
  return segments;
}

std::ostream& operator<<(std::ostream& out, const SegmentHeader& header) {
  return out << fmt::format("segment of cluster {}, timeline {}, from {}, after {:016x}",
                            to_string(header.cluster), header.timeline.value, to_string(header.first),
                            header.previous_checksum);
}

std::ostream& operator<<(std::ostream& out, SegmentId id) {
  return out << segment_path(id);
}

}  // namespace wallaby::wal
