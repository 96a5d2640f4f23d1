// sim/ack_checker.h
//
// Was that acknowledgement true? Follows what the primary has heard from its replicas, beside the primary's own gate
// and by the simplest arithmetic: per link the last report; per promise the n-th furthest of its members, or (FIRST) the
// least far of the first n in the list that stream.
//
//   - the visible position never goes beyond what the promise that governs covers at that moment, nor back while a process
//     lives. What governs is the policy's rung, or async between a degrade record and the re-arm (or policy) behind it;
//     only under `off` may it pass what is flushed;
//   - a client is told "written" only when the promise named in the answer is met, and, unless its session asked for a
//     weaker rung than the switch's, when the write is visible;
//   - PostgreSQL's door names no promise in its answer: there it is what the session asked for, or that the write is visible;
//   - an answer without a record waits until what it read is visible;
//   - when the loss meter says that nothing would be lost, some replica has all that clients were told of;
//   - replicas never acknowledge writes.
// Whether the replicas' reports are true is LogWatch's business; both together are the promise.
//
// A policy governs from the flush of its record on. Within one turn of the node reports may come before that flush or after it,
// one flush may bring several policies, and links may come and go, so all that held in the turn is accepted.
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
    on_disks_.clear();
    visible_ = told_ = {};
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
  void judge(Lsn appended, Lsn flushed, Lsn visible);
  /// A write was answered. `rung`: asked for by the session. `read_end`: end of the log when it came.
  void written(const node::Written& reply, std::optional<replication::Rung> asked, Lsn read_end);
  /// The same at a door that does not say which promise was met.
  void committed(Lsn lsn, std::optional<replication::Rung> asked);
  /// An answer without a record. `read_end`: end of the log when it was asked for.
  void changed_nothing(Lsn read_end) const;
  /// After the answers of a turn: what its loss meter says.
  void judge_loss(const node::LossStatus& loss) const;

  Lsn furthest_visible() const { return furthest_visible_; }

 private:
  struct Link {
    NodeName name;
    DirectoryId directory;
    replication::Positions positions;
    bool lost = false, fresh = true;  ///< in this turn
  };
  /// Of the primary's own log.
  struct Own {
    Lsn appended, flushed;
  };
  /// Where each member is; nullopt: it does not stream.
  using Standing = std::map<NodeName, std::optional<Lsn>>;

  /// The strongest promise that governed in this turn.
  replication::Rung strongest() const;
  void expect_met(Lsn lsn, replication::Rung rung) const;
  Lsn met(replication::Rung rung, const replication::ClusterState& state, const Own& own) const;
  Lsn met_by(const replication::SyncReplicas& set, const replication::ClusterState& state,
             replication::Stage stage) const;

  const Canon& canon_;
  std::map<node::ConnectionId, replication::Hello> hellos_;
  std::map<node::ConnectionId, Link> links_;
  std::map<DirectoryId, Lsn> on_disks_;  ///< flushed there, by the last report
  Lsn flushed_before_, flushed_, visible_, furthest_visible_;
  Lsn told_;                               ///< the furthest that a client of this process was told of
  std::map<replication::Rung, Lsn> best_;  ///< furthest that each rung was met in this process's life
  bool first_turn_ = true;
};

}  // namespace wallaby::sim
