#include "wal/frame_assembler.h"

#include "base/check.h"

namespace wallaby::wal {
namespace {

std::unexpected<Error> invalid(Lsn at, FrameFault fault) {
  return error(ErrorCode::kCorrupt, "the log bytes received for {} are invalid: {}", to_string(at),
               to_string(fault));
}

/// How long the frame is of which `begun` is the beginning; only as far as can be told yet.
uint64_t wanted_size(std::string_view begun, Lsn start) {
  auto header = read_frame_header(begun, start);
  return header ? frame_size(header->payload_length) : kFrameHeaderSize;
}

}  // namespace

Result<void> FrameAssembler::feed(std::string_view bytes, const Take& take) {
  while (!bytes.empty()) {
    std::string_view source = bytes;
    if (!incomplete_.empty()) {
      uint64_t missing = wanted_size(incomplete_, proved_) - incomplete_.size();
      std::string_view more = bytes.substr(0, missing);
      incomplete_ += more;
      bytes.remove_prefix(more.size());
      source = incomplete_;
    }
    auto frame = read_frame(source, proved_, checksum_);
    if (!frame && frame.error() == FrameFault::kIncomplete) {
      if (!incomplete_.empty()) continue;
      incomplete_ = bytes;
      return {};
    }
    if (!frame) {
      Lsn at = proved_;
      forget_incomplete();
      return invalid(at, frame.error());
    }
    bool in_one_piece = incomplete_.empty();
    std::string_view whole = source.substr(0, frame->end - frame->start);
    auto taken = take(*frame, whole);
    if (in_one_piece) bytes.remove_prefix(whole.size());
    forget_incomplete();
    if (!taken) return taken;
    proved_ = frame->end;
    checksum_ = frame->header.checksum;
  }
  return {};
}

void FrameAssembler::restart(Lsn start, uint64_t checksum) {
  WALLABY_CHECK(incomplete_.empty(), "{} bytes of an ingested frame wait at {}", incomplete_.size(),
                to_string(proved_));
  proved_ = start;
  checksum_ = checksum;
}

}  // namespace wallaby::wal
