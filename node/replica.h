// node/replica.h
//
// A node that follows another: it receives the log, writes and flushes it, applies what is flushed, and reports each step.
//
//     Receiver --IngestLog--> wal::Log --flushed--> Applier --> tables
//        |  \--Snapshot--> BaseCopy                    |
//        '<------------- Progress ---------------------'
//
// It serves reads at what it has applied, also while its primary is away, and refuses writes, naming the primary.
// It stops reading from its link, on purpose, while its log has no room (a segment being prepared, `received` held, --max-log
// reached by a pause); reports go on meanwhile.
//
// Ready: a new replica when it has applied the record that names it a member; one fed by a replica when it has caught up; a
// restarted one at once.
//
// Invariants: only flushed records are applied; reads are refused while a base copy is under way.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "node/applier.h"
#include "node/backend.h"
#include "node/base_copy.h"
#include "node/checkpointer.h"
#include "node/feeder.h"
#include "node/holds.h"
#include "node/knock.h"
#include "node/local.h"
#include "node/node_status.h"
#include "replication/apply_delay.h"
#include "replication/flush_pace.h"
#include "replication/lag.h"
#include "replication/receiver.h"

namespace wallaby::node {

class Replica {
 public:
  Replica(TimePoint now, Local& local, Checkpointer& checkpointer, Feeder& feeder, Holds& holds, bool fresh);

  void tick(TimePoint now);
  void connection_made(TimePoint now, ConnectionId connection);
  void connection_lost(TimePoint now, ConnectionId connection, const std::string& reason);
  void bytes_arrived(TimePoint now);
  void message(TimePoint now, const proto::MessageView& view);
  bool owns(ConnectionId connection) const { return link_ == connection; }
  /// The log's or the tables' positions may have moved.
  void progressed(TimePoint now);
  /// End of turn: reports that are due leave.
  void finish_turn(TimePoint now);
  TimePoint next_deadline(TimePoint now) const;

  void admin(TimePoint now, Session& session, RequestId request, const AdminCommand& command);
  void stop(TimePoint now);

  /// Why reads are refused now; nullopt when they are served.
  std::optional<Error> reads_refused() const;
  Error write_refused() const;
  /// Where writes go, as far as it knows.
  std::string primary_address() const;
  /// The log's jobs must not be given out now (its files are about to go).
  bool freezes_log() const { return copy_.freezes_log(); }
  /// A flush of what was received may start now (replication/flush_pace.h); flush_started() when it did.
  bool flush_due(TimePoint now) const;
  void flush_started(TimePoint now) { pace_.flush_started(now); }
  /// For the replicas that it feeds.
  std::optional<replication::Stage> awaited() const { return pace_.awaited(); }
  /// Set when replay found the log broken: the node must stop.
  const std::optional<Error>& failure() const { return failure_; }
  void fill(TimePoint now, NodeStatus& status) const;
  void check_invariants() const;

 private:
  void pump(TimePoint now);
  void receive(TimePoint now, const replication::ReceiverEvent& event);
  void accepted(TimePoint now, const replication::Answer& answer);
  void adopt_cluster(TimePoint now, ClusterId cluster);
  void take_log(TimePoint now, SegmentId segment, std::string_view bytes);
  void take_held_back(TimePoint now);
  void knock_heard(TimePoint now, const proto::MessageView& view);
  void knocked(TimePoint now, Knock::Next next);
  void say_hello();
  void tell_unlinked(const replication::Unlinked& unlinked);
  replication::Hello hello() const;
  replication::Positions positions() const;
  replication::ReplicaHolds holds() const;
  bool log_is_full() const;
  bool keeps_back() const;
  void check_ready();
  void check_room(TimePoint now);
  void close_link();

  Local& local_;
  Checkpointer& checkpointer_;
  Feeder& feeder_;
  Holds& holds_;
  replication::Receiver receiver_;
  Applier applier_;
  replication::ApplyDelay delay_;
  replication::FlushPace pace_;
  TimePoint report_due_ = kNever;  ///< of news that the feeder has not heard
  replication::LagTracker lag_;    ///< behind what the feeder said that it has flushed
  BaseCopy copy_;
  ConnectionId link_ = 0;  ///< 0: none
  ConnectionId next_link_ = 2;
  std::optional<Knock> knock_;                        ///< until the feeder has let us in
  std::optional<replication::Answer> feeder_answer_;  ///< of the newest good handshake
  std::string way_;
  std::optional<replication::RefusalKind> refused_;
  std::string told_reason_;
  bool ready_ = false, fresh_ = false;
  bool adopting_ = false;                                     ///< the cluster's id is being made durable
  std::vector<std::pair<SegmentId, std::string>> held_back_;  ///< came meanwhile
  bool reading_stopped_ = false;
  std::optional<Lsn> caught_up_target_;
  replication::Positions told_;  ///< last told to the receiver
  replication::ReplicaHolds told_holds_;
  std::optional<Error> failure_;
};

}  // namespace wallaby::node
