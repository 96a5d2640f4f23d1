#include "node/node_status.h"

#include <ostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace wallaby::node {

LagStatus lag_status(TimePoint now, const replication::LagTracker& tracker, const replication::Positions& at,
                     Lsn end) {
  using enum replication::Stage;
  auto behind = [end](Lsn position) { return position < end ? end - position : 0; };
  return {.received_bytes = behind(at.received),
          .flushed_bytes = behind(at.flushed),
          .applied_bytes = behind(at.applied),
          .received = tracker.lag(now, kReceived),
          .flushed = tracker.lag(now, kFlushed),
          .applied = tracker.lag(now, kApplied)};
}

// One line a subject, and only what there is: a trace or a golden file prints many of these.
std::ostream& operator<<(std::ostream& out, const NodeStatus& status) {
  out << status.role << " " << status.name << " timeline " << status.timeline << " appended "
      << status.appended << " flushed " << status.flushed << " visible " << status.visible;
  if (!status.rung.empty()) out << " ack " << status.rung;
  if (!status.sync_replicas.empty()) out << " " << status.sync_replicas;
  if (!status.members.empty()) out << fmt::format(" members {}", fmt::join(status.members, ","));
  if (status.waiting > 0) out << " waiting " << status.waiting;
  if (status.queued > 0) out << " queued " << status.queued;
  if (!status.missing.empty()) out << fmt::format(" missing {}", fmt::join(status.missing, ","));
  if (!status.degraded.empty()) out << " degraded";
  for (const HoldStatus& hold : status.holds) {
    out << " hold " << hold.name << " at " << hold.ceiling;
  }
  if (!status.reads_refused.empty()) out << "\n  reads refused: " << status.reads_refused;
  if (!status.writes_refused.empty()) out << "\n  writes refused: " << status.writes_refused;
  for (const ReplicaStatus& replica : status.replicas) {
    out << "\n  replica " << replica.name << " " << replica.state << (replica.member ? " member" : "")
        << " sent " << replica.sent << " received " << replica.positions.received << " flushed "
        << replica.positions.flushed << " applied " << replica.positions.applied;
    if (replica.holds != replication::ReplicaHolds{}) out << " " << replica.holds;
    if (replica.slot_lost) out << " slot-lost";
    if (!replica.way.empty()) out << " (" << replica.way << ")";
  }
  if (const auto& upstream = status.upstream) {
    out << "\n  upstream " << upstream->address << " " << upstream->state << " flushed "
        << upstream->feeder_flushed;
    if (!upstream->way.empty()) out << " (" << upstream->way << ")";
    if (!upstream->last_failure.empty()) out << ": " << upstream->last_failure;
  }
  return out;
}

}  // namespace wallaby::node
