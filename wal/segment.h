// wal/segment.h
//
// The log's files. A segment holds one stretch of the log behind a header of 64 bytes; the header is not part
// of the log, and is equal on every node of the cluster, so segment files can be compared byte for byte.
//
//     wal/00000001-0000000000000000.wal        timeline 1, first position 0/0
//     wal/00000001-0000000000FFFFC0.wal        the next: 16 MiB - 64 further
//     wal/spare-0000000000000003               zeroed, waiting for its turn; does not end in .wal
//
//     offset size field
//          0    8 magic "WALLABY1"
//          8    4 format (1)
//         12    4 timeline
//         16    8 cluster id
//         24    8 first position
//         32    8 checksum of the frame before
//         40   16 zeros
//         56    8 own checksum: XXH3-64 over the 56 bytes before it
//
// Rules
//   1. A frame never straddles segments. One too large for a whole standard segment gets a segment of its own,
//      whose file is exactly header + frame.
//   2. A segment's file is zeroed before the first frame enters it, recycled files too; so flushing an
//      append changes no metadata, and after the log's end there are only zeros.
//   3. A segment ends where zeros follow its last frame and a segment with exactly that first position exists.
//      It is flushed whole before the next one takes a frame.
//   4. A timeline starts a new segment.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/identity.h"
#include "base/lsn.h"

namespace wallaby::wal {

inline constexpr uint64_t kSegmentHeaderSize = 64;
/// Size of a standard segment's file, header included.
inline constexpr uint64_t kSegmentFileSize = 16ull << 20;
inline constexpr const char* kWalDirectory = "wal";
/// Files in it that are prepared, and no part of the log.
inline constexpr const char* kSparePrefix = "spare-";

struct SegmentHeader {
  TimelineId timeline;
  ClusterId cluster;
  Lsn first;
  uint64_t previous_checksum = 0;
  bool operator==(const SegmentHeader&) const = default;
};
std::ostream& operator<<(std::ostream& out, const SegmentHeader& header);

std::string encode_segment_header(const SegmentHeader& header);
/// kCorrupt with the reason when magic, format or checksum is wrong.
Result<SegmentHeader> decode_segment_header(std::string_view bytes);

/// "wal/00000001-0000000000000000.wal"
std::string segment_path(SegmentId id);
/// Of a file name without directory; nullopt-like kNotFound when it is no segment's name.
Result<SegmentId> parse_segment_name(std::string_view name);
/// All segments of a data directory in log order (first position, then timeline).
Result<std::vector<SegmentId>> list_segments(FileSystem& files);

/// Where a log position lies in its segment's file.
constexpr uint64_t file_offset(SegmentId id, Lsn lsn) {
  return kSegmentHeaderSize + (lsn - id.first);
}

}  // namespace wallaby::wal
