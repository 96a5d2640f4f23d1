// wal/frame.h
//
// The one place that knows what a frame looks like in bytes. Writer, reader, receiver and tools share it.
//
//     log   := frame*
//     frame := header(40) payload(length) zeros(to the next multiple of 8)
//
//     offset size field
//          0    4 payload length
//          4    4 header checksum: low half of XXH3-64 over the header without both checksums
//          8    4 timeline
//         12    2 kind of record (opaque here)
//         14    2 format of the payload (opaque here)
//         16    8 highest position known flushed by the writer, when it wrote this
//         24    8 checksum of the previous frame (for the first of the log: of the cluster id)
//         32    8 own checksum: XXH3-64 over all but itself (bytes 0 to 32 and 40 to the end, padding included,
//              as one stream)
//
// All integers are little-endian. Both checksums are seeded with the frame's start position. A frame is valid at position P if and only if
//   1. P is a multiple of 8 and the header checksum, seeded with P, is right;
//   2. the payload length is at most kMaxPayload;
//   3. the own checksum, seeded with P, is right over header, payload and padding;
//   4. the padding is zero;
//   5. its previous checksum is that of the frame that ends at P.
// So a frame proves itself, cannot be mistaken for one at another place, and the log is a hash chain: two logs
// agree up to L if and only if they carry the same checksum at L.
// A header alone (rules 1 and 2) is proved by 32 bits: enough to know how many bytes to wait for, or to skip over
// a place in a scan; never enough to apply anything.
// Source of the hash: xxHash's XXH3, https://github.com/Cyan4973/xxHash (specification in its doc folder).
#pragma once

#include <cstdint>
#include <expected>
#include <iosfwd>
#include <optional>
#include <span>
#include <string_view>

#include "base/identity.h"
#include "base/lsn.h"

namespace wallaby::wal {

inline constexpr uint64_t kFrameHeaderSize = 40;
inline constexpr uint64_t kFrameAlignment = 8;
inline constexpr uint64_t kMaxPayload = 64ull << 20;

/// What the log carries for whoever wrote the record; `kind` and `format` belong to the layers above.
struct FrameHeader {
  uint32_t payload_length = 0;
  TimelineId timeline;
  uint16_t kind = 0;
  uint16_t format = 0;
  Lsn writer_flushed;
  uint64_t previous_checksum = 0;
  uint64_t checksum = 0;
  bool operator==(const FrameHeader&) const = default;
};
std::ostream& operator<<(std::ostream& out, const FrameHeader& header);

/// Bytes that a frame with this payload takes in the log, padding included.
constexpr uint64_t frame_size(uint64_t payload_length) {
  return (kFrameHeaderSize + payload_length + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
}

/// The chain's start: the "checksum of the frame before" the first frame of a cluster.
uint64_t chain_start(ClusterId cluster);

/// Writes a whole frame to `to` (frame_size(total payload) bytes): header, the payload pieces one after the
/// other, padding. `header.payload_length` and `header.checksum` are filled in; returns the own checksum.
uint64_t write_frame(char* to, Lsn start, FrameHeader header, std::span<const std::string_view> payload);

/// A frame found in bytes. The payload is a view into them.
struct Frame {
  FrameHeader header;
  Lsn start, end;
  std::string_view payload;
  bool operator==(const Frame&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Frame& frame);

enum class FrameFault : uint8_t {
  kIncomplete,  ///< more bytes are needed to judge
  kZeros,       ///< 40 zero bytes where a header should be: nothing was ever written here
  kHeader,      ///< the header checksum or the length is wrong
  kPayload,     ///< the own checksum or the padding is wrong
  kChain,       ///< valid by itself, but it continues another history
};
std::string_view to_string(FrameFault fault);

/// The frame at the beginning of `bytes`, which lie at `start`. `previous`: the checksum of the frame that ends
/// there; nullopt leaves rule 5 unchecked (for tools that look into the middle of a log).
std::expected<Frame, FrameFault> read_frame(std::string_view bytes, Lsn start,
                                            std::optional<uint64_t> previous);

/// Reads and proves a header alone (rules 1 and 2); 40 bytes are needed.
std::expected<FrameHeader, FrameFault> read_frame_header(std::string_view bytes, Lsn start);

}  // namespace wallaby::wal
