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
// A keepalive goes out at the start, then every second, except while the window is full (nobody would read it). The replica is
// judged by its reports alone, never by a full socket: no report for `timeout` ends the link, and so does one that cannot be true.
// *Caught up*: the replica has applied (while held: flushed) all that this node had flushed at some earlier keepalive of this
// link; said once. Only the newest kRemembered keepalives are remembered, so a replica that stays further behind than
// that many seconds is not called caught up.
//
// Example: the log is flushed to 0/1A8, the replica's answer was "continue from 0/58". The sender says: keepalive 1, flushed 0/1A8;
// read log from 0/58. The node answers with the bytes: data from 0/58, shipped 0/1A8. The replica reports applied 0/1A8,
// keepalive 1: caught up.
//
// Invariants (check_invariants()):
//   1. shipped <= flushed; shipped only grows, without gaps, from the position that the handshake agreed.
//   2. Bytes handed to the link and not drained never exceed the window by more than one message.
//   3. At most one read is out. None is asked for past the ceiling.
//
// Owns positions. Threads, I/O: none. Time: passed in. The handshake's judgement: handshake.h.
#pragma once

#include <cstdint>
#include <deque>
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
  std::optional<Stage> awaited = {};  ///< what promises wait for on replicas
  bool operator==(const FeederFlushed&) const = default;
};
struct ReportArrived {
  Report report;
  bool operator==(const ReportArrived&) const = default;
};
/// A hold on `sent`: nothing beyond is shipped. kMaxLsn lifts it. What has left cannot be called back.
struct SendCeiling {
  Lsn lsn;
  bool operator==(const SendCeiling&) const = default;
};
/// The link wrote this many bytes of what it was handed: whole messages, their headers and bodies included.
struct LinkDrained {
  uint64_t bytes = 0;
  bool operator==(const LinkDrained&) const = default;
};
/// Answer to ReadLog: bytes [from, to) of one segment.
struct LogArrived {
  SegmentId segment;
  Lsn from, to;
  std::vector<SharedBytes> pieces;
  std::vector<Lsn> traced = {};  ///< ends of the traced records in it
  bool operator==(const LogArrived&) const = default;
};
/// Answer to ReadLog: the log from there on is no longer kept.
struct LogGone {
  Lsn oldest;
  bool operator==(const LogGone&) const = default;
};
/// Answer to ReadCheckpoint.
struct CheckpointArrived {
  uint64_t offset = 0;
  SharedBytes bytes;
  bool operator==(const CheckpointArrived&) const = default;
};
struct ReadFailed {
  std::string reason;
  bool operator==(const ReadFailed&) const = default;
};
struct SenderTick {
  bool operator==(const SenderTick&) const = default;
};
using SenderEvent = std::variant<FeederFlushed, SendCeiling, ReportArrived, LinkDrained, LogArrived, LogGone,
                                 CheckpointArrived, ReadFailed, SenderTick>;

// --- outputs ---
/// Put on the link: a message and the bytes behind it.
struct SendMessage {
  Message message;
  std::vector<SharedBytes> attachment;
  bool operator==(const SendMessage&) const = default;
};
/// `max` bytes at most, none past `until`.
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

  /// Events for a link that has ended are ignored: answers to reads may still be on their way.
  void step(TimePoint now, const SenderEvent& event);
  /// Ends the link: a Goodbye, then LinkEnded.
  void end(GoodbyeKind kind, std::string reason);
  /// Asks for the next read, if one is due: events of one turn lead to one read.
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
    Lsn from;             ///< of the log
    uint64_t offset = 0;  ///< in the checkpoint file
    bool checkpoint = false;
  };
  struct Copy {
    Lsn position;
    uint64_t size = 0, sent = 0;
  };
  struct RememberedKeepalive {
    uint64_t number = 0;
    Lsn flushed;
  };
  static constexpr size_t kRemembered = 16;

  void on(TimePoint now, const FeederFlushed& event);
  void on(TimePoint now, const SendCeiling& event);
  void on(TimePoint now, const ReportArrived& event);
  void on(TimePoint now, const LinkDrained& event);
  void on(TimePoint now, const LogArrived& event);
  void on(TimePoint now, const LogGone& event);
  void on(TimePoint now, const CheckpointArrived& event);
  void on(TimePoint now, const ReadFailed& event);
  void on(TimePoint now, const SenderTick& event);
  void send(Message message, std::vector<SharedBytes> attachment = {});
  void send_keepalive(TimePoint now);
  void judge_caught_up();
  void read_next();
  bool has_room() const;

  SenderOptions options_;
  Lsn flushed_, acknowledged_, shipped_;
  Lsn ceiling_ = kMaxLsn;
  std::optional<Stage> awaited_;
  Report report_;
  TimePoint last_report_, next_keepalive_;
  uint64_t undrained_ = 0;
  uint64_t keepalive_number_ = 0;
  std::deque<RememberedKeepalive> keepalives_;  ///< until caught up; oldest first
  std::optional<Copy> copy_;                    ///< a base copy precedes the log
  std::optional<Reading> reading_;
  bool caught_up_ = false;
  bool ended_ = false;
  std::vector<SenderOutput> outputs_;
};

}  // namespace wallaby::replication
