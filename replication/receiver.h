// replication/receiver.h
//
// The replica's side of a link: connect, introduce ourselves, take what comes, and report how far we are.
//
//     offline --(backoff)--> connecting --> introduced --> [copying] --> streaming
//        ^________________________________________________________________|  any failure
//
// Reports: one at every completion (written, flushed, applied) that the node tells of, merged while a report waits to leave (the node asks for it at the end of
// its turn), one in answer to each keepalive, and one a second even when nothing moves or reading is stopped on purpose. Never before the
// completion: the node tells of a completion with Progress.
// The feeder is judged by silence: nothing for `timeout` ends the link, except while we do not read on purpose.
// Reconnects back off from 100 ms to 2 s, doubled, with a little chance; a handshake that says continue resets them, and so does
// a base copy that came through. A refusal is asked about again every 2 s: somebody may have repaired its cause.
// After a goodbye `dropped` the receiver stays out until the process is restarted.
//
// Example: connect; link up; say hello; "continue from 0/58" arrives: accepted. Data from 0/58 arrives: ingest it. The node
// tells of its progress: report received 0/1A8, flushed 0/58, applied 0/58.
//
// Invariants (check_invariants()):
//   1. Bytes are handed on only in state copying or streaming, in the order in which they came, and each right behind the one
//      before: a feeder that leaves a gap or goes back has broken the protocol, and the link ends.
//   2. Reported positions never move backwards on one link, except by a base copy's start; received >= flushed >= applied.
//
// Owns the link's state. Threads, I/O: none. Time and chance: passed in.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/identity.h"
#include "base/lsn.h"
#include "base/random.h"
#include "base/time.h"
#include "replication/messages.h"

namespace wallaby::replication {

struct ReceiverOptions {
  Duration report_interval = std::chrono::seconds(1);
  Duration timeout = std::chrono::seconds(5);
  Duration connect_timeout = std::chrono::seconds(5);
  Duration backoff_min = std::chrono::milliseconds(100);
  Duration backoff_max = std::chrono::seconds(2);
};

enum class LinkState : uint8_t { kOffline, kConnecting, kIntroduced, kCopying, kStreaming, kDropped };
std::string_view to_string(LinkState state);

// --- events ---
struct LinkUp {
  bool operator==(const LinkUp&) const = default;
};
struct LinkDown {
  std::string reason;
  bool operator==(const LinkDown&) const = default;
};
/// The feeder does not let us in: no TLS, a wrong password, a role that may not replicate.
struct TurnedAway {
  std::string reason;
  bool operator==(const TurnedAway&) const = default;
};
/// A message from the feeder.
struct MessageArrived {
  Message message;
  std::string_view attachment;  ///< valid during the step
  bool operator==(const MessageArrived&) const = default;
};
/// The replica's own positions, at a completion, and once at the start. After an accepted Snapshot: only those of the new log.
struct Progress {
  Positions positions;
  ReplicaHolds holds;
  bool operator==(const Progress&) const = default;
};
/// The node could not take what came (invalid frame, no such place): end the link and say why.
struct Rejected {
  Error error;
  bool operator==(const Rejected&) const = default;
};
/// The base copy's checkpoint file and log are in place: ordinary streaming from here.
struct CopyInstalled {
  bool operator==(const CopyInstalled&) const = default;
};
/// The next report should leave now, though no position moved: the node has something to add to it (a trace).
struct ReportWanted {
  bool operator==(const ReportWanted&) const = default;
};
/// The node stopped (true) or resumed reading log from its links on purpose. An answer to a Hello is always awaited.
struct ReadingStopped {
  bool stopped = false;
  bool operator==(const ReadingStopped&) const = default;
};
/// Bytes came in, perhaps only a part of a message: a sign of life. On a slow link a long message takes its time.
struct BytesArrived {
  bool operator==(const BytesArrived&) const = default;
};
struct ReceiverTick {
  bool operator==(const ReceiverTick&) const = default;
};
using ReceiverEvent = std::variant<LinkUp, LinkDown, TurnedAway, MessageArrived, Progress, Rejected,
                                   CopyInstalled, ReportWanted, ReadingStopped, BytesArrived, ReceiverTick>;

// --- outputs ---
struct ConnectToFeeder {
  bool operator==(const ConnectToFeeder&) const = default;
};
/// The node builds a Hello from its own state and sends it.
struct SayHello {
  bool operator==(const SayHello&) const = default;
};
/// The node adds what its traces have to say.
struct SendReport {
  Report report;
  bool operator==(const SendReport&) const = default;
};
/// The handshake went well: the feeder's identity, and what it decided (continue or snapshot).
struct Accepted {
  Answer answer;
  bool operator==(const Accepted&) const = default;
};
/// It did not (wait or refuse), or the link failed: for status and the log. A CloseLink comes before it while the
/// link is still open. `final`: never tried again.
struct Unlinked {
  std::string reason;
  std::optional<RefusalKind> refused;
  bool final = false;
  bool operator==(const Unlinked&) const = default;
};
struct IngestLog {
  Data data;
  std::string_view bytes;  ///< valid while the step's caller handles it
  bool operator==(const IngestLog&) const = default;
};
struct IngestCopy {
  CopyBlock block;
  std::string_view bytes;
  bool operator==(const IngestCopy&) const = default;
};
struct FeederProgress {
  Lsn flushed, acknowledged;
  bool operator==(const FeederProgress&) const = default;
};
struct CloseLink {
  bool operator==(const CloseLink&) const = default;
};
using ReceiverOutput = std::variant<ConnectToFeeder, SayHello, SendReport, Accepted, Unlinked, IngestLog,
                                    IngestCopy, FeederProgress, CloseLink>;
std::ostream& operator<<(std::ostream& out, const ReceiverOutput& output);

class Receiver {
 public:
  Receiver(TimePoint now, ReceiverOptions options, uint64_t random_seed);

  void step(TimePoint now, const ReceiverEvent& event);
  /// Outputs with views must be handled before the event's bytes go.
  std::vector<ReceiverOutput> take_outputs();
  TimePoint next_deadline() const;

  LinkState state() const { return state_; }
  const std::string& last_failure() const { return last_failure_; }
  Lsn feeder_flushed() const { return feeder_flushed_; }
  void check_invariants() const;

 private:
  void on(const LinkUp& event);
  void on(const LinkDown& event);
  void on(const TurnedAway& event);
  void on(const MessageArrived& event);
  void on(const Progress& event);
  void on(const Rejected& event);
  void on(const CopyInstalled& event);
  void on(const ReportWanted& event);
  void on(const ReadingStopped& event);
  void on(const BytesArrived&);
  void on(const ReceiverTick& event);

  void take(const Answer& answer, std::string_view attachment);
  void take(const Data& data, std::string_view bytes);
  void take(const CopyBlock& block, std::string_view bytes);
  void take(const Keepalive& keepalive, std::string_view attachment);
  void take(const Goodbye& goodbye, std::string_view attachment);
  void take(const Hello& hello, std::string_view attachment);
  void take(const Report& report, std::string_view attachment);

  bool linked() const;     ///< introduced or further
  bool reporting() const;  ///< copying or streaming
  void begin(LinkState state);
  void lose(std::string reason, bool still_open, std::optional<RefusalKind> refused = {});
  void violated(std::string_view what);
  Duration next_backoff();
  TimePoint silence_deadline() const;

  ReceiverOptions options_;
  Random random_;
  TimePoint now_;  ///< of the last step
  LinkState state_ = LinkState::kOffline;
  TimePoint retry_at_;  ///< while offline
  TimePoint heard_;     ///< last sign of life of this attempt: its start, the link, bytes
  TimePoint next_report_ = kNever;
  Duration backoff_;
  std::string last_failure_;
  Lsn feeder_flushed_;
  Positions positions_;  ///< as the node told
  ReplicaHolds holds_;
  bool reading_stopped_ = false;
  bool report_due_ = false;
  uint64_t keepalive_ = 0;                  ///< newest number on this link
  Lsn expected_;                            ///< where the next log bytes begin
  std::optional<SegmentId> first_segment_;  ///< after a copy: the segment that the log begins with
  uint64_t copied_ = 0, copy_size_ = 0;
  std::vector<ReceiverOutput> outputs_;
};

}  // namespace wallaby::replication
