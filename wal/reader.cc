#include "wal/reader.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "base/check.h"
#include "wal/zeros.h"

namespace wallaby::wal {

Reader::Reader(FileSystem& files, std::vector<SegmentId> segments, std::optional<ClusterId> cluster)
    : files_(files), segments_(std::move(segments)), cluster_(cluster) {
  WALLABY_CHECK(!segments_.empty());
  position_ = segments_.front().first;
}

std::string_view Reader::rest() const {
  std::string_view bytes = bytes_;
  return bytes.substr(std::min<uint64_t>(bytes.size(), offset()));
}

void Reader::stop_with(LogStop::Kind kind, std::string file, uint64_t offset, std::string why) {
  stop_ = LogStop{kind, std::move(file), offset, position_, std::move(why)};
}

Result<void> Reader::load() {
  auto bytes = files_.read_all(segment_path(segment()));
  if (!bytes) return std::unexpected(bytes.error());
  bytes_ = std::move(*bytes);
  loaded_ = true;
  open_segment();
  return {};
}

/// Proves the header of the segment that was loaded.
void Reader::open_segment() {
  SegmentId id = segment();
  auto damaged = [&](std::string why) {
    stop_with(LogStop::Kind::kDamage, segment_path(id), 0, std::move(why));
  };
  auto header = decode_segment_header(bytes_);
  if (!header) return damaged(header.error().message);
  if (header->first != id.first || header->timeline != id.timeline)
    return damaged(fmt::format("the segment's header says that it is {}",
                               segment_path(SegmentId{header->timeline, header->first})));
  if (cluster_ && header->cluster != *cluster_)
    return damaged(fmt::format("the segment belongs to cluster {}, not to {}", to_string(header->cluster),
                               to_string(*cluster_)));
  cluster_ = header->cluster;
  if (id.first == Lsn{} && !chain_) chain_ = chain_start(header->cluster);
  if (chain_ && header->previous_checksum != *chain_) return damaged("the segment continues another history");
  chain_ = checksum_ = header->previous_checksum;
}

Result<std::optional<Frame>> Reader::next() {
  while (!stop_) {
    if (!loaded_) {
      if (auto done = load(); !done) return std::unexpected(done.error());
      continue;
    }
    auto frame = read_frame(rest(), position_, checksum_);
    if (frame && frame->header.timeline == segment().timeline) {
      position_ = frame->end;
      chain_ = checksum_ = frame->header.checksum;
      return *frame;
    }
    bool last = index_ + 1 == segments_.size();
    if (all_zero(rest())) {
      end_segment();
    } else {
      std::string why(
          frame ? fmt::format("the frame is of timeline {}, its segment is not", frame->header.timeline.value)
                : to_string(frame.error()));
      stop_with(last ? LogStop::Kind::kTail : LogStop::Kind::kDamage, segment_path(segment()), offset(),
                std::move(why));
    }
  }
  return std::nullopt;
}

/// Only zeros follow: on to the next segment, if there is one and it begins right here.
void Reader::end_segment() {
  if (index_ + 1 == segments_.size())
    return stop_with(LogStop::Kind::kEnd, segment_path(segment()), offset(), {});
  SegmentId following = segments_[index_ + 1];
  if (following.first < position_)
    return stop_with(LogStop::Kind::kDamage, segment_path(following), 0,
                     fmt::format("the segment begins before {} ends, at {}", segment_path(segment()),
                                 to_string(position_)));
  if (following.first > position_) {
    Gap gap = explain_gap(segment(), bytes_.size(), position_, following.first);
    return stop_with(LogStop::Kind::kDamage, std::move(gap.file), gap.offset, std::move(gap.why));
  }
  ++index_;
  loaded_ = false;
}

Gap explain_gap(SegmentId segment, uint64_t file_size, Lsn at, Lsn known) {
  uint64_t offset = file_offset(segment, at);
  // A segment ends because its next frame did not fit; so what is missing either fits here, or was never here.
  SegmentId following{segment.timeline, at};
  if (offset > file_size || known - at <= file_size - offset)
    return Gap{segment_path(segment), offset, "nothing is there any more where the log went on"};
  return Gap{
      segment_path(following), 0,
      fmt::format("the segment is missing, or {} was cut off at {}", segment_path(segment), file_size)};
}

std::ostream& operator<<(std::ostream& out, const LogStop& stop) {
  switch (stop.kind) {
    case LogStop::Kind::kEnd: return out << "the log ends at " << stop.at;
    case LogStop::Kind::kTail: out << "tail"; break;
    case LogStop::Kind::kDamage: out << "damage"; break;
  }
  return out << " at " << stop.at << ", " << stop.file << " offset " << stop.offset << ": " << stop.why;
}

}  // namespace wallaby::wal
