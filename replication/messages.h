// replication/messages.h
//
// What nodes say to each other on one connection (docs/formats/protocol.md). The replica connects and speaks first:
//
//     replica                     feeder (the primary, or a replica that feeds others)
//     Hello               ->
//                         <-      Answer (continue | snapshot | wait | refuse)
//                         <-      CopyBlock* (snapshot only: the checkpoint file, byte for byte)
//                         <-      Data*, Keepalive*
//     Report*             ->
//     Goodbye             <->     ends the link with a reason
//
// Plain values; messages_codec.cc turns them into Protobuf (proto/link.proto) and back. Log bytes and file bytes
// travel behind a message as its attachment, untouched.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/identity.h"
#include "base/lsn.h"
#include "base/shared_bytes.h"
#include "base/time.h"
#include "proto/framing.h"
#include "replication/log_events.h"
#include "replication/stage.h"
#include "replication/trace.h"

namespace wallaby::replication {

inline constexpr uint32_t kLinkProtocol = 1;

struct Hello {
  uint32_t protocol = kLinkProtocol;
  std::optional<ClusterId> cluster;  ///< nullopt: an empty directory, which takes the feeder's
  NodeName name;
  DirectoryId directory;
  std::string address;  ///< its own native door, for people and status
  std::vector<Timeline> history;
  TimelineId timeline;        ///< of its last frame; 0 when the log is empty
  Lsn end;                    ///< end of its own log, where bytes may follow; 0/0 when empty
  uint64_t end_checksum = 0;  ///< chain checksum there
  bool copying = false;       ///< a base copy was cut off: what is there is worthless
  bool operator==(const Hello&) const = default;
};

struct Continue {
  Lsn from;  ///< the log follows from here: the replica's end
  bool operator==(const Continue&) const = default;
};
struct Snapshot {
  Lsn position;  ///< of the checkpoint that follows
  uint64_t file_size = 0;
  SegmentId log_from;              ///< then the log, from this segment's beginning
  uint64_t log_from_checksum = 0;  ///< chain checksum there
  std::string reason;              ///< why not the log alone
  bool operator==(const Snapshot&) const = default;
};
struct Wait {
  std::string reason;  ///< the feeder is itself behind; ask again
  bool operator==(const Wait&) const = default;
};
enum class RefusalKind : uint8_t {
  kOther = 1,
  kCluster,   ///< another cluster's node
  kProtocol,  ///< versions do not fit
  kName,      ///< the name belongs to another directory
  kDiverged,  ///< its log is another history
  kAhead,     ///< it holds more than its primary: the primary lost flushed bytes
};
struct Refuse {
  RefusalKind kind = RefusalKind::kOther;
  std::string reason;
  bool operator==(const Refuse&) const = default;
};
std::string_view to_string(RefusalKind kind);

using Decision = std::variant<Continue, Snapshot, Wait, Refuse>;
std::ostream& operator<<(std::ostream& out, const Decision& decision);

struct Answer {
  ClusterId cluster;
  NodeName name;  ///< the feeder's
  DirectoryId directory;
  bool is_primary = false;      ///< false: a replica that feeds others
  std::string primary_address;  ///< where writes go, as far as the feeder knows
  std::vector<Timeline> history;
  Decision decision;
  bool operator==(const Answer&) const = default;
};

/// Log bytes [from, from + attachment), all within `segment`.
struct Data {
  SegmentId segment;
  Lsn from;
  Lsn feeder_flushed;            ///< end of the feeder's flushed log when this was sent
  std::vector<Lsn> traced = {};  ///< ends of the records in here that are traced, rising
  /// What a promise waits for here: kReceived, kFlushed or kApplied. nullopt: for nothing, so there is no hurry.
  std::optional<Stage> awaited = {};
  bool operator==(const Data&) const = default;
};

struct Keepalive {
  Lsn feeder_flushed;
  Lsn acknowledged;     ///< visible on the primary; 0/0 from a replica that feeds
  uint64_t number = 0;  ///< grows by one each keepalive of this link; reports echo it
  bool operator==(const Keepalive&) const = default;
};

struct Report {
  Positions positions;
  ReplicaHolds holds;
  uint64_t keepalive = 0;               ///< newest keepalive number seen on this link
  std::string way;                      ///< "streaming", or what keeps it: shown in status
  std::vector<TraceEntry> traces = {};  ///< kMaxTraceEntries at most
  bool operator==(const Report&) const = default;
};

struct CopyBlock {
  uint64_t offset = 0;  ///< in the checkpoint file
  bool last = false;
  bool operator==(const CopyBlock&) const = default;
};

enum class GoodbyeKind : uint8_t { kShutdown = 1, kDropped, kReplaced, kFailed, kSlotLost };
struct Goodbye {
  GoodbyeKind kind = GoodbyeKind::kFailed;
  std::string reason;
  bool operator==(const Goodbye&) const = default;
};
std::string_view to_string(GoodbyeKind kind);

using Message = std::variant<Hello, Answer, Data, Keepalive, Report, CopyBlock, Goodbye>;
std::ostream& operator<<(std::ostream& out, const Message& message);

/// Appends a whole message (header and body; proto/framing.h) to `out`. For Data and CopyBlock the caller sends
/// the `attachment_length` bytes right behind it.
void encode_message(const Message& message, std::string& out, size_t attachment_length = 0);
/// Bytes that it takes on the wire: header, body and attachment.
size_t wire_size(const Message& message, size_t attachment_length = 0);
/// kProtocol: no message between nodes, or one that no honest peer sends (unknown numbers, a name that is none,
/// applied past flushed, an attachment where none belongs). The attachment stays with the view.
Result<Message> decode_message(const proto::MessageView& view);

}  // namespace wallaby::replication
