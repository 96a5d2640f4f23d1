// replication/sender.h
//
// Feeds one replica over one link: decides what to ship next, how much at a time, and whether the replica still lives.
//
//     hello --judged--> [copying the checkpoint file] --> streaming ... --> ended
//
// Only bytes that this node has flushed are shipped, so a replica never holds what its feeder may lose. At most
// `window` bytes are handed to the link and not yet drained by it: a slow replica costs bounded memory and slows nobody.
// The sender asks for bytes (ReadLog, ReadCheckpoint) and the node answers from memory at once, or later from a file job;
// one such read is out at a time, so messages leave in log order.
//
// A keepalive goes out every second. The replica is judged by its reports alone, never by a full socket: no report for `timeout` ends
// the link. *Caught up*: the replica has applied (while held: flushed) all that this node had flushed at some earlier keepalive
// of this link; said once.
//
// Invariants (check_invariants()):
//   1. shipped <= flushed; shipped only grows, without gaps, from the position that the handshake agreed.
//   2. Bytes handed to the link and not drained never exceed the window by more than one message.
//   3. At most one read is out.
//
// Owns positions. Threads, I/O: none. Time: passed in. The handshake's judgement: handshake.h.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/identity.h"
#include "base/lsn.h"
#include "base/shared_bytes.h"
#include "base/time.h"
#include "replication/messages.h"

namespace wallaby::replication {

struct SenderOptions {
  uint64_t window = 1 << 20;
  uint64_t max_message = 256 << 10;
  Duration keepalive = std::chrono::seconds(1);
  Duration timeout = std::chrono::seconds(5);
};

// --- events ---
struct FeederFlushed {
  Lsn lsn;
  Lsn acknowledged;
};
struct ReportArrived {
  Report report;
};
/// The link wrote this many bytes of what it was handed.
struct LinkDrained {
  uint64_t bytes = 0;
};
/// Answer to ReadLog: bytes [from, to) of one segment.
struct LogArrived {
  SegmentId segment;
  Lsn from, to;
  std::vector<SharedBytes> pieces;
};
/// Answer to ReadLog: the log from there on is no longer kept.
struct LogGone {
  Lsn oldest;
};
/// Answer to ReadCheckpoint.
struct CheckpointArrived {
  uint64_t offset = 0;
  SharedBytes bytes;
};
struct ReadFailed {
  std::string reason;
};
struct SenderTick {};
using SenderEvent = std::variant<FeederFlushed, ReportArrived, LinkDrained, LogArrived, LogGone,
                                 CheckpointArrived, ReadFailed, SenderTick>;

// --- outputs ---
/// Put on the link: a message and the bytes behind it.
struct SendMessage {
  Message message;
  std::vector<SharedBytes> attachment;
  bool operator==(const SendMessage&) const = default;
};
struct ReadLog {
  Lsn from, until;
  uint64_t max = 0;
  bool operator==(const ReadLog&) const = default;
};
struct ReadCheckpoint {
  Lsn position;
  uint64_t offset = 0, length = 0;
  bool operator==(const ReadCheckpoint&) const = default;
};
/// `shipped` moved (stage `sent`).
struct Shipped {
  Lsn lsn;
  bool operator==(const Shipped&) const = default;
};
struct CaughtUp {
  bool operator==(const CaughtUp&) const = default;
};
/// The checkpoint file has left whole; the node may unpin it.
struct CopySent {
  bool operator==(const CopySent&) const = default;
};
/// The link is to be closed after what was sent.
struct LinkEnded {
  std::string reason;
  bool operator==(const LinkEnded&) const = default;
};
using SenderOutput =
    std::variant<SendMessage, ReadLog, ReadCheckpoint, Shipped, CaughtUp, CopySent, LinkEnded>;
std::ostream& operator<<(std::ostream& out, const SenderOutput& output);

class Sender {
 public:
  /// Starts right behind the Answer: `decision` is a Continue or a Snapshot. The node has sent the Answer itself.
  Sender(TimePoint now, SenderOptions options, const Answer& answer, Lsn feeder_flushed);

  void step(TimePoint now, const SenderEvent& event);
  /// Ends the link: a Goodbye, then LinkEnded.
  void end(GoodbyeKind kind, std::string reason);
  std::vector<SenderOutput> take_outputs();
  TimePoint next_deadline() const;

  Lsn shipped() const;
  const Positions& positions() const;  ///< as last reported
  const Report& report() const;
  TimePoint last_report() const;
  bool caught_up() const;
  bool copying() const;     ///< the checkpoint file is on its way
  uint64_t copied() const;  ///< bytes of it sent
  uint64_t copy_size() const;
  void check_invariants() const;

 private:
  struct Reading {
    Lsn from;
    bool checkpoint = false;
  };
  SenderOptions options_;
  Lsn flushed_, acknowledged_, shipped_;
  Report report_;
  TimePoint last_report_, next_keepalive_;
  uint64_t undrained_ = 0;
  uint64_t keepalive_number_ = 0;
  std::optional<Reading> reading_;
  std::vector<SenderOutput> outputs_;
};

}  // namespace wallaby::replication
