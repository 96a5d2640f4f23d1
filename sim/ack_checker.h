// sim/ack_checker.h
//
// Was that acknowledgement true? Follows what the primary has heard from its replicas, beside the primary's own gate
// and by the simplest arithmetic: per link the last report, per promise the n-th furthest of its members.
//
//   - the visible position never goes beyond what the policy's promise covers at that moment, nor back while a process lives;
//   - a client is told "written" only when the promise named in the answer is met, and, unless its session asked for a
//     weaker rung than the switch's, when the write is visible;
//   - an answer without a record waits until what it read is visible;
//   - replicas never acknowledge writes.
// Whether the replicas' reports are true is LogWatch's business; both together are the promise.
//
// A policy governs from the flush of its record on. Within one turn of the node reports may come before that flush or
// after it, so both what held before the flush and what holds after it is accepted.
//
// Threads: none. Knows one primary.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "node/client_messages.h"
#include "node/events.h"
#include "replication/messages.h"
#include "sim/canon.h"

namespace wallaby::sim {

class AckChecker {
 public:
  explicit AckChecker(const Canon& canon) : canon_(canon) {}

  // --- what the primary hears and says ---
  void process_began() {
    links_.clear();
    visible_ = {};
    best_.clear();
    first_turn_ = true;
  }
  void turn_begins(Lsn flushed);
  void hello(node::ConnectionId link, const replication::Hello& hello) { hellos_[link] = hello; }
  void answered(node::ConnectionId link, const replication::Answer& answer);
  void reported(node::ConnectionId link, const replication::Report& report);
  void link_lost(node::ConnectionId link);

  // --- what it does with it ---
  /// At the end of a turn, after all messages between nodes. Judges visibility.
  void judge(Lsn flushed, Lsn visible);
  /// A write was answered. `rung`: asked for by the session. `read_end`: end of the log when it came.
  void written(const node::Written& reply, std::optional<replication::Rung> asked, Lsn read_end) const;

  Lsn furthest_visible() const { return furthest_visible_; }

 private:
  struct Link {
    NodeName name;
    DirectoryId directory;
    replication::Positions positions;
    bool lost = false;  ///< in this turn
  };
  Lsn met(replication::Rung rung, const replication::ClusterState& state, Lsn flushed) const;

  const Canon& canon_;
  std::map<node::ConnectionId, replication::Hello> hellos_;
  std::map<node::ConnectionId, Link> links_;
  Lsn flushed_before_, flushed_, visible_, furthest_visible_;
  std::map<replication::Rung, Lsn> best_;  ///< furthest that each rung was met in this process's life
  bool first_turn_ = true;
};

}  // namespace wallaby::sim
