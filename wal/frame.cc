#include "wal/frame.h"

#include <algorithm>
#include <cstring>
#include <ostream>

#define XXH_STATIC_LINKING_ONLY  // for the streaming state on the stack
#include <xxhash.h>

#include "base/check.h"
#include "base/endian.h"
#include "wal/zeros.h"

namespace wallaby::wal {
namespace {

constexpr size_t kLengthAt = 0;
constexpr size_t kHeaderChecksumAt = 4;
constexpr size_t kTimelineAt = 8;
constexpr size_t kKindAt = 12;
constexpr size_t kFormatAt = 14;
constexpr size_t kWriterFlushedAt = 16;
constexpr size_t kPreviousAt = 24;
constexpr size_t kChecksumAt = 32;

uint32_t header_checksum(const char* header, Lsn start) {
  char covered[kChecksumAt - sizeof(uint32_t)];
  std::memcpy(covered, header, kHeaderChecksumAt);
  std::memcpy(covered + kHeaderChecksumAt, header + kTimelineAt, kChecksumAt - kTimelineAt);
  return static_cast<uint32_t>(XXH3_64bits_withSeed(covered, sizeof covered, start.value));
}

/// Over the bytes before and behind the field that will hold it, as one stream.
uint64_t frame_checksum(const char* frame, uint64_t size, Lsn start) {
  XXH3_state_t state;
  XXH3_INITSTATE(&state);
  XXH3_64bits_reset_withSeed(&state, start.value);
  XXH3_64bits_update(&state, frame, kChecksumAt);
  XXH3_64bits_update(&state, frame + kFrameHeaderSize, size - kFrameHeaderSize);
  return XXH3_64bits_digest(&state);
}

}  // namespace

uint64_t chain_start(ClusterId cluster) {
  char bytes[sizeof(uint64_t)];
  store<uint64_t>(bytes, cluster.value);
  return XXH3_64bits(bytes, sizeof bytes);
}

uint64_t write_frame(char* to, Lsn start, FrameHeader header, std::span<const std::string_view> payload) {
  WALLABY_CHECK(start.value % kFrameAlignment == 0, "a frame at {}", to_string(start));
  uint64_t length = 0;
  char* next = to + kFrameHeaderSize;
  for (std::string_view piece : payload) {
    std::copy(piece.begin(), piece.end(), next);
    next += piece.size();
    length += piece.size();
  }
  WALLABY_CHECK(length <= kMaxPayload, "a payload of {} bytes", length);
  uint64_t size = frame_size(length);
  std::fill(next, to + size, '\0');

  store<uint32_t>(to + kLengthAt, static_cast<uint32_t>(length));
  store<uint32_t>(to + kTimelineAt, header.timeline.value);
  store<uint16_t>(to + kKindAt, header.kind);
  store<uint16_t>(to + kFormatAt, header.format);
  store<uint64_t>(to + kWriterFlushedAt, header.writer_flushed.value);
  store<uint64_t>(to + kPreviousAt, header.previous_checksum);
  store<uint32_t>(to + kHeaderChecksumAt, header_checksum(to, start));
  uint64_t checksum = frame_checksum(to, size, start);
  store<uint64_t>(to + kChecksumAt, checksum);
  return checksum;
}

std::expected<FrameHeader, FrameFault> read_frame_header(std::string_view bytes, Lsn start) {
  if (bytes.size() < kFrameHeaderSize) return std::unexpected(FrameFault::kIncomplete);
  const char* from = bytes.data();
  if (all_zero(bytes.substr(0, kFrameHeaderSize))) return std::unexpected(FrameFault::kZeros);
  bool aligned = start.value % kFrameAlignment == 0;
  if (!aligned || load<uint32_t>(from + kHeaderChecksumAt) != header_checksum(from, start) ||
      load<uint32_t>(from + kLengthAt) > kMaxPayload)
    return std::unexpected(FrameFault::kHeader);
  return FrameHeader{.payload_length = load<uint32_t>(from + kLengthAt),
                     .timeline = TimelineId{load<uint32_t>(from + kTimelineAt)},
                     .kind = load<uint16_t>(from + kKindAt),
                     .format = load<uint16_t>(from + kFormatAt),
                     .writer_flushed = Lsn{load<uint64_t>(from + kWriterFlushedAt)},
                     .previous_checksum = load<uint64_t>(from + kPreviousAt),
                     .checksum = load<uint64_t>(from + kChecksumAt)};
}

std::expected<Frame, FrameFault> read_frame(std::string_view bytes, Lsn start,
                                            std::optional<uint64_t> previous) {
  auto header = read_frame_header(bytes, start);
  if (!header) return std::unexpected(header.error());
  uint64_t size = frame_size(header->payload_length);
  if (bytes.size() < size) return std::unexpected(FrameFault::kIncomplete);
  uint64_t unpadded = kFrameHeaderSize + header->payload_length;
  if (frame_checksum(bytes.data(), size, start) != header->checksum ||
      !all_zero(bytes.substr(unpadded, size - unpadded)))
    return std::unexpected(FrameFault::kPayload);
  if (previous && header->previous_checksum != *previous) return std::unexpected(FrameFault::kChain);
  return Frame{.header = *header,
               .start = start,
               .end = start + size,
               .payload = bytes.substr(kFrameHeaderSize, header->payload_length)};
}

std::string_view to_string(FrameFault fault) {
  switch (fault) {
    case FrameFault::kIncomplete: return "the frame is cut off";
    case FrameFault::kZeros: return "zeros where a frame should begin";
    case FrameFault::kHeader: return "the frame's header is damaged";
    case FrameFault::kPayload: return "the frame's content does not match its checksum";
    case FrameFault::kChain:
      return "the frame continues another history (wrong checksum of the frame before)";
  }
  WALLABY_CHECK(false, "frame fault {}", static_cast<int>(fault));
}

std::ostream& operator<<(std::ostream& out, const FrameHeader& header) {
  return out << fmt::format(
             "{} bytes, timeline {}, kind {}, format {}, writer flushed {}, checksum {:016x} after {:016x}",
             header.payload_length, header.timeline.value, header.kind, header.format,
             to_string(header.writer_flushed), header.checksum, header.previous_checksum);
}

std::ostream& operator<<(std::ostream& out, const Frame& frame) {
  return out << "frame " << frame.start << " to " << frame.end << ": " << frame.header;
}

}  // namespace wallaby::wal
