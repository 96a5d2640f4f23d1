// Positions and frames: what is appended, and where it goes. Jobs: log_jobs.cc. A replica's side: log_ingest.cc.
// Reading: log_reading.cc.
#include "wal/log.h"

#include <algorithm>
#include <ostream>

#include "base/check.h"

namespace wallaby::wal {
namespace {

constexpr uint64_t kSmallestChunk = 4 << 10;
constexpr uint64_t kLargestChunk = 1 << 20;
/// Memory is given back a chunk at a time, so that a chunk must be a small part of it.
constexpr uint64_t kChunksInMemory = 16;

uint64_t payload_size(std::span<const std::string_view> payload) {
  uint64_t size = 0;
  for (std::string_view piece : payload) size += piece.size();
  return size;
}

}  // namespace

Log::Log(LogStart start, LogOptions options)
    : cluster_(start.cluster),
      options_(options),
      timeline_(start.timeline),
      end_checksum_(start.end_checksum),
      commit_(start.end),
      memory_(start.end, std::clamp(options.memory_size / kChunksInMemory, kSmallestChunk, kLargestChunk)),
      segments_(start.segments, start.last_file_size ? start.last_file_size : options.segment_file_size,
                options.segment_file_size),
      mark_(start.mark),
      acknowledged_(start.mark.acknowledged),
      assembler_(start.end, start.end_checksum) {}

Room Log::room_for(uint64_t payload_length, TimelineId timeline) {
  WALLABY_CHECK(payload_length <= kMaxPayload, "a payload of {} bytes", payload_length);
  if (failure_) return Room::kFailed;
  uint64_t size = frame_size(payload_length);
  bool below = append_ceiling_ >= appended() && append_ceiling_ - appended() >= size;
  if (!below && append_allowance_ == 0) return Room::kHeld;
  if (timeline == TimelineId{}) timeline = segments_.filling() ? segments_.filling()->timeline : timeline_;
  if (segments_.reserve(segments_.segment_for(timeline, appended(), size), appended(), size))
    return Room::kReady;
  return segments_.blocked_by_full_disk() ? Room::kDiskFull : Room::kPreparing;
}

Lsn Log::append(TimelineId timeline, uint16_t kind, uint16_t format,
                std::span<const std::string_view> payload) {
  WALLABY_CHECK(!failure_ && waiting_.empty(), "append to a log that failed or is being fed");
  WALLABY_CHECK(timeline >= timeline_, "timeline {} after {}", timeline.value, timeline_.value);
  Lsn start = appended();
  uint64_t size = frame_size(payload_size(payload));
  FrameHeader header{.payload_length = 0,
                     .timeline = timeline,
                     .kind = kind,
                     .format = format,
                     .writer_flushed = flushed(),
                     .previous_checksum = end_checksum_,
                     .checksum = 0};
  char* room = extend(segments_.segment_for(timeline, start, size), size);
  extended(timeline, write_frame(room, start, header, payload));
  assembler_.restart(appended(), end_checksum_);
  if (append_allowance_ > 0) {
    --append_allowance_;
    append_ceiling_ = std::max(append_ceiling_, appended());
  }
  return appended();
}

char* Log::extend(SegmentId segment, uint64_t size) {
  WALLABY_CHECK(segments_.reserve(segment, appended(), size), "no room for {} bytes at {}", size,
                to_string(appended()));
  segments_.take(segment, appended(), size, end_checksum_);
  return memory_.extend(size);
}

void Log::extended(TimelineId timeline, uint64_t checksum) {
  timeline_ = timeline;
  end_checksum_ = checksum;
  commit_.append(memory_.end());
}

void Log::set_acknowledged(Lsn lsn) {
  acknowledged_ = std::max(acknowledged_, lsn);
}

uint64_t Log::bytes_in_memory() const {
  return memory_.capacity() + bytes_waiting();
}

void Log::check_invariants() const {
  commit_.check_invariants();
  segments_.check_invariants();
  WALLABY_CHECK(memory_.begin() <= progress().written, "memory begins at {}, written {}",
                to_string(memory_.begin()), to_string(progress().written));
  WALLABY_CHECK(memory_.end() == appended(), "memory ends at {}, appended {}", to_string(memory_.end()),
                to_string(appended()));
  if (segments_.has_next())
    WALLABY_CHECK(progress().written <= segments_.next_first(), "written {} into a segment that begins at {}",
                  to_string(progress().written), to_string(segments_.next_first()));
  if (segments_.kept().size() > 1)
    WALLABY_CHECK(flushed() >= segments_.kept().back().first, "flushed {}, but {} is in use",
                  to_string(flushed()), segment_path(segments_.kept().back()));
  WALLABY_CHECK(mark_.newest().flushed <= flushed(), "the mark says {}, flushed {}",
                to_string(mark_.newest().flushed), to_string(flushed()));
  Lsn proved = waiting_.empty() ? appended() : assembler_.proved();
  WALLABY_CHECK(assembler_.proved() == proved && proved >= appended(), "ingested up to {}, appended {}",
                to_string(assembler_.proved()), to_string(appended()));
}

std::ostream& operator<<(std::ostream& out, Room room) {
  switch (room) {
    case Room::kReady: return out << "ready";
    case Room::kPreparing: return out << "preparing";
    case Room::kDiskFull: return out << "disk full";
    case Room::kHeld: return out << "held";
    case Room::kFailed: return out << "failed";
  }
  WALLABY_CHECK(false, "room {}", static_cast<int>(room));
}

}  // namespace wallaby::wal
