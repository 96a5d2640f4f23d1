// wal/frame_assembler.h
//
// Turns a stream of log bytes, cut anywhere, back into proved frames.
//
//     feed("...48 bytes, half a frame")   ->  take(frame 1); 20 bytes wait
//     feed("the other half")              ->  take(frame 2)
//
// Each frame is proved (wal/frame.h) as the continuation of the one before, and handed out once. A frame that came
// in one piece is handed out where it lies, without a copy. An incomplete one is kept until its rest comes; a
// header is proved as soon as it is there, so what is kept is at most one frame of the largest size.
//
// An invalid frame is an error, and nothing of it is kept: the stream stands again where that frame began.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/lsn.h"
#include "wal/frame.h"

namespace wallaby::wal {

class FrameAssembler {
 public:
  FrameAssembler(Lsn start, uint64_t checksum) : proved_(start), checksum_(checksum) {}

  /// Takes a whole frame and the bytes it is made of; an error stops the stream before that frame.
  using Take = std::function<Result<void>(const Frame& frame, std::string_view bytes)>;
  Result<void> feed(std::string_view bytes, const Take& take);

  /// Where the next byte belongs.
  Lsn position() const { return proved_ + incomplete_.size(); }
  /// The end of the last whole frame, and the chain checksum there.
  Lsn proved() const { return proved_; }
  uint64_t checksum() const { return checksum_; }
  bool has_incomplete() const { return !incomplete_.empty(); }
  void forget_incomplete() { std::string().swap(incomplete_); }
  /// Frames came from elsewhere: go on behind them. Requires that nothing is incomplete.
  void restart(Lsn start, uint64_t checksum);

 private:
  Lsn proved_;
  uint64_t checksum_;
  std::string incomplete_;
};

}  // namespace wallaby::wal
