// replication/receiver.h
//
// The replica's side of a link: connect, introduce ourselves, take what comes, and report how far we are.
//
//     offline --(backoff)--> connecting --> introduced --> [copying] --> streaming
//        ^________________________________________________________________|  any failure
//
// Reports: one at every completion (written, flushed, applied), merged while a report waits to leave (the node asks for it at the end of
// its turn), and one a second even when nothing moves or reading is stopped on purpose. Never before the completion.
// The feeder is judged by silence: nothing for `timeout` ends the link, except while we do not read on purpose.
// Reconnects back off from 100 ms to 2 s, doubled; a successful handshake resets them.
// After a goodbye `dropped` the receiver stays out until the process is restarted.
//
// Invariants (check_invariants()):
//   1. Bytes are handed on only in state copying or streaming, in the order in which they came.
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
struct LinkUp {};
struct LinkDown {
  std::string reason;
};
/// The node was asked for a Hello (see output SayHello) and has sent it; nothing to do. Messages from the feeder:
struct MessageArrived {
  Message message;
  std::string_view attachment;  ///< valid during the step
};
/// The replica's own positions, at a completion.
struct Progress {
  Positions positions;
  bool held = false;
};
/// The node could not take what came (invalid frame, no such place): end the link and say why.
struct Rejected {
  Error error;
};
/// The base copy's checkpoint file and log are in place: ordinary streaming from here.
struct CopyInstalled {};
/// The node stopped (true) or resumed reading from the link on purpose.
struct ReadingStopped {
  bool stopped = false;
};
struct ReceiverTick {};
using ReceiverEvent = std::variant<LinkUp, LinkDown, MessageArrived, Progress, Rejected, CopyInstalled,
                                   ReadingStopped, ReceiverTick>;

// --- outputs ---
struct ConnectToFeeder {
  bool operator==(const ConnectToFeeder&) const = default;
};
/// The node builds a Hello from its own state and sends it.
struct SayHello {
  bool operator==(const SayHello&) const = default;
};
struct SendReport {
  Report report;
  bool operator==(const SendReport&) const = default;
};
/// The handshake went well: the feeder's identity, and what it decided (continue or snapshot).
struct Accepted {
  Answer answer;
  bool operator==(const Accepted&) const = default;
};
/// It did not (wait or refuse), or the link failed: for status and the log. `final`: never tried again.
struct Unlinked {
  std::string reason;
  std::optional<RefusalKind> refused;
  bool final = false;
  bool operator==(const Unlinked&) const = default;
};
struct IngestLog {
  Data data;
  std::string_view bytes;  ///< valid while the step's caller handles it
};
struct IngestCopy {
  CopyBlock block;
  std::string_view bytes;
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
  ReceiverOptions options_;
  Random random_;
  LinkState state_ = LinkState::kOffline;
  std::string last_failure_;
  Lsn feeder_flushed_;
  std::vector<ReceiverOutput> outputs_;
};

}  // namespace wallaby::replication
