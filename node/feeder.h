// node/feeder.h
//
// Feeds replicas: takes their Hello, decides (replication/handshake.h), and runs a Sender for each link. Both roles have
// one: a primary feeds its replicas, and a replica can feed replicas of its own.
//
//     Hello --> judging (a checksum may have to be read) --> Answer --> streaming | copying a checkpoint
//
// The Feeder moves bytes: it answers the senders' reads from memory or with file jobs, pins what a base copy needs, and keeps
// the slots. What a report means for acknowledgement is the primary's business: it takes the FeedNews.
//
// Invariants: one link a directory id (a second replaces the first), one a name; a pinned checkpoint or segment is not removed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/identity.h"
#include "base/time.h"
#include "node/checkpointer.h"
#include "node/local.h"
#include "node/node_status.h"
#include "replication/handshake.h"
#include "replication/lag.h"
#include "replication/messages.h"
#include "replication/sender.h"
#include "replication/slots.h"

namespace wallaby::node {

/// What happened to a replica's link, for the primary's commit gate and member list.
struct FeedNews {
  enum class Kind : uint8_t { kJoined, kReported, kLeft, kCaughtUp, kAhead };
  Kind kind = Kind::kJoined;
  NodeName name;
  DirectoryId directory;
  replication::Positions positions;
  std::string reason;  ///< of kAhead
};

class Feeder {
 public:
  Feeder(Local& local, Checkpointer& checkpointer)
      : local_(local), checkpointer_(checkpointer), slots_(local.options.max_slot_keep) {}

  /// Where writes go, for the Answer; and whether we are the primary.
  void set_primary(bool is_primary, std::string primary_address) {
    is_primary_ = is_primary;
    primary_address_ = std::move(primary_address);
  }

  void hello(TimePoint now, ConnectionId connection, replication::Hello hello);
  void message(TimePoint now, ConnectionId connection, const replication::Message& message);
  void bytes_sent(TimePoint now, ConnectionId connection, uint64_t bytes);
  void connection_lost(TimePoint now, ConnectionId connection);
  /// Our log was flushed further, more was acknowledged, or a ceiling on `sent` changed. `awaited`: what promises wait
  /// for on replicas.
  void flushed(TimePoint now, std::optional<replication::Stage> awaited);
  void tick(TimePoint now);
  /// Ends a replica's link (and drops its slot).
  void drop(TimePoint now, const NodeName& name, replication::GoodbyeKind kind, const std::string& reason);
  void end_all(TimePoint now, replication::GoodbyeKind kind, const std::string& reason);

  std::vector<FeedNews> take_news() { return std::exchange(news_, {}); }
  TimePoint next_deadline() const;

  /// Slots and base copies need the log from here on; releases what nothing needs.
  void release_log();
  /// Members that are away keep a slot.
  void set_members(const std::map<NodeName, DirectoryId>& members);
  /// Every streaming member among `names` has all of our log (while held: flushed it).
  bool all_have(Lsn lsn, const std::set<NodeName>& names) const;
  /// A link of this replica streams (or copies), and how far it reported to be.
  bool streams(const NodeName& name) const;
  /// The furthest that was shipped to this replica, or to any (empty name).
  Lsn furthest_sent(const NodeName& name) const;
  /// The furthest that any replica is known to hold: what one that streams has received, or what a member that is away
  /// had on its disk when it was last heard.
  Lsn furthest_held() const;
  replication::Positions positions(const NodeName& name) const;
  /// What it says that it holds back; nothing when no link of it streams.
  replication::ReplicaHolds holds(const NodeName& name) const;
  std::vector<ReplicaStatus> status(TimePoint now) const;
  void check_invariants() const;

 private:
  struct Feed {
    ConnectionId connection = 0;
    replication::Hello hello;
    bool judging = false;  ///< a read or a checkpoint is awaited before the answer
    std::optional<replication::Sender> sender;
    replication::LagTracker lag;
    std::string way;
    std::optional<Lsn> pinned_checkpoint;
    std::optional<Lsn> pinned_log;  ///< until the replica reports beyond it
    Lsn pinned_at;                  ///< end of the log when it was pinned
    uint64_t number = 0;            ///< tells a finished read whether its feed is still the same
  };

  Feed* find(ConnectionId connection);
  Feed* find_number(uint64_t number);
  /// The link of this name that streams (or copies).
  const Feed* streaming(const NodeName& name) const;
  Lsn copy_limit(const Feed& feed) const;
  Lsn acknowledged() const;
  void judge(TimePoint now, Feed& feed, const std::optional<replication::ChecksumFound>& found);
  void look_up_checksum(TimePoint now, Feed& feed, Lsn at);
  void accept(TimePoint now, Feed& feed, replication::Answer answer, std::string way);
  void start_snapshot(TimePoint now, Feed& feed, const std::string& reason);
  void copy_checkpoint(TimePoint now, Feed& feed, const std::string& reason);
  void refuse(TimePoint now, Feed& feed, replication::Answer answer);
  replication::Answer answer_of(Feed& feed) const;
  void send(ConnectionId connection, const replication::Message& message,
            const std::vector<SharedBytes>& attachment);
  void pump(TimePoint now, Feed& feed);
  void read_log(TimePoint now, Feed& feed, const replication::ReadLog& read);
  void read_checkpoint(Feed& feed, const replication::ReadCheckpoint& read);
  void remove(TimePoint now, ConnectionId connection);
  void news(FeedNews::Kind kind, const Feed& feed, std::string reason = {});

  Local& local_;
  Checkpointer& checkpointer_;
  replication::Slots slots_;
  bool is_primary_ = true;
  std::string primary_address_;
  std::map<ConnectionId, Feed> feeds_;
  std::map<NodeName, DirectoryId> members_;
  std::map<NodeName, std::pair<std::string, replication::Positions>>
      last_seen_;                                ///< of links that ended: why, how far
  std::map<DirectoryId, std::string> refusals_;  ///< the last reason told of each
  std::vector<FeedNews> news_;
  uint64_t next_number_ = 1;
};

}  // namespace wallaby::node
