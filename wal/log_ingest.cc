// A replica's side of the log: frames that its primary made come in as a stream of bytes.
#include <algorithm>
#include <ostream>

#include "base/check.h"
#include "wal/log.h"

namespace wallaby::wal {

Result<void> Log::ingest(SegmentId segment, std::string_view bytes) {
  if (failure_) return std::unexpected(*failure_);
  if (bytes.empty()) return {};
  if (auto continues = check_continues(segment); !continues) return continues;
  incomplete_segment_ = segment;
  return assembler_.feed(
      bytes, [&](const Frame& frame, std::string_view whole) { return take_proved(segment, frame, whole); });
}

/// The stream goes on in the segment where it stands, or in one that begins right here.
Result<void> Log::check_continues(SegmentId segment) const {
  std::optional<SegmentId> last = waiting_.empty() ? segments_.filling() : waiting_.back().segment;
  if (assembler_.has_incomplete()) last = incomplete_segment_;
  bool begins_here = segment.first == assembler_.position() && (!last || segment.timeline >= last->timeline);
  if (last == segment || (begins_here && !assembler_.has_incomplete())) return {};
  return error(ErrorCode::kProtocol, "log bytes for {} in {} do not follow from {}",
               to_string(assembler_.position()), segment_path(segment),
               last ? segment_path(*last) : "an empty log");
}

Result<void> Log::take_proved(SegmentId segment, const Frame& frame, std::string_view bytes) {
  if (frame.header.timeline != segment.timeline)
    return error(ErrorCode::kCorrupt, "the frame at {} is of timeline {}, but came in {}",
                 to_string(frame.start), frame.header.timeline.value, segment_path(segment));
  bool same = (waiting_.empty() ? segments_.filling() : waiting_.back().segment) == segment;
  bool fits = waiting_.empty() ? segments_.fits(frame.start, bytes.size()) : bytes.size() <= waiting_room_;
  bool begins = segment.first == frame.start;
  if (!begins && !(same && fits))
    return error(ErrorCode::kProtocol,
                 "the frame at {} has no room in {}; the primary's segments are of another size",
                 to_string(frame.start), segment_path(segment));
  if (waiting_.empty() && segments_.reserve(segment, frame.start, bytes.size())) {
    place(segment, frame.header, bytes);
    return {};
  }
  if (begins) {
    waiting_room_ = segment_file_size(options_.segment_file_size, bytes.size()) - kSegmentHeaderSize;
  }
  waiting_.push_back(WaitingFrame{segment, std::string(bytes), frame.header});
  waiting_room_ -= bytes.size();
  return {};
}

void Log::forget_waiting() {
  waiting_.clear();
  assembler_.forget_incomplete();
  assembler_.restart(appended(), end_checksum_);
}

void Log::place(SegmentId segment, const FrameHeader& header, std::string_view bytes) {
  char* room = extend(segment, bytes.size());
  std::copy(bytes.begin(), bytes.end(), room);
  extended(header.timeline, header.checksum);
}

void Log::place_waiting() {
  while (!waiting_.empty()) {
    const WaitingFrame& frame = waiting_.front();
    if (!segments_.reserve(frame.segment, appended(), frame.bytes.size())) return;
    place(frame.segment, frame.header, frame.bytes);
    waiting_.pop_front();
  }
}

}  // namespace wallaby::wal
