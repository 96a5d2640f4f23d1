#include "node/node_status.h"
#include "proto/status.pb.h"

namespace wallaby::node {

namespace pb = proto::status;

namespace {

void fill(const HoldStatus& from, pb::HoldStatus& to) {
  to.set_stage(static_cast<uint32_t>(from.name.stage));
  to.set_replica(from.name.replica);
  to.set_ceiling(from.ceiling.value);
  to.set_steps(from.steps);
  to.set_bytes(from.bytes);
}

/// A stage of a later version shows as one that we know: status must stay readable.
replication::Stage stage_from(uint32_t number) {
  using enum replication::Stage;
  bool known = number >= static_cast<uint32_t>(kAppended) && number <= static_cast<uint32_t>(kAcknowledged);
  return known ? static_cast<replication::Stage>(number) : kApplied;
}

HoldStatus read(const pb::HoldStatus& from) {
  return HoldStatus{.name = {stage_from(from.stage()), from.replica()},
                    .ceiling = Lsn{from.ceiling()},
                    .steps = from.steps(),
                    .bytes = from.bytes()};
}

void fill(const LagStatus& from, pb::LagStatus& to) {
  to.set_received_bytes(from.received_bytes);
  to.set_flushed_bytes(from.flushed_bytes);
  to.set_applied_bytes(from.applied_bytes);
  to.set_received_ns(from.received.count());
  to.set_flushed_ns(from.flushed.count());
  to.set_applied_ns(from.applied.count());
}

LagStatus read(const pb::LagStatus& from) {
  return LagStatus{
      .received_bytes = from.received_bytes(),
      .flushed_bytes = from.flushed_bytes(),
      .applied_bytes = from.applied_bytes(),
      .received = Duration(from.received_ns()),
      .flushed = Duration(from.flushed_ns()),
      .applied = Duration(from.applied_ns()),
  };
}

void fill(const ReplicaStatus& from, pb::ReplicaStatus& to) {
  to.set_name(from.name);
  to.set_address(from.address);
  to.set_state(from.state);
  to.set_way(from.way);
  to.set_member(from.member);
  for (replication::Stage stage : from.holds.stages) to.add_holds(static_cast<uint32_t>(stage));
  to.set_apply_delay_ns(from.holds.apply_delay.count());
  to.set_sent_lag_bytes(from.sent_lag_bytes);
  to.set_sent(from.sent.value);
  to.set_received(from.positions.received.value);
  to.set_flushed(from.positions.flushed.value);
  to.set_applied(from.positions.applied.value);
  fill(from.lag, *to.mutable_lag());
  to.set_last_report_ns(from.last_report.count());
  to.set_slot_lost(from.slot_lost);
  to.set_copied_bytes(from.copied_bytes);
  to.set_copy_size(from.copy_size);
}

ReplicaStatus read(const pb::ReplicaStatus& from) {
  ReplicaStatus to{
      .name = from.name(),
      .address = from.address(),
      .state = from.state(),
      .way = from.way(),
      .member = from.member(),
      .holds = {{}, Duration(from.apply_delay_ns())},
      .sent = Lsn{from.sent()},
      .positions = {Lsn{from.received()}, Lsn{from.flushed()}, Lsn{from.applied()}},
      .sent_lag_bytes = from.sent_lag_bytes(),
      .lag = read(from.lag()),
      .last_report = Duration(from.last_report_ns()),
      .slot_lost = from.slot_lost(),
      .copied_bytes = from.copied_bytes(),
      .copy_size = from.copy_size(),
  };
  for (uint32_t stage : from.holds()) to.holds.stages.push_back(stage_from(stage));
  return to;
}

void fill(const UpstreamStatus& from, pb::UpstreamStatus& to) {
  to.set_address(from.address);
  to.set_state(from.state);
  to.set_last_failure(from.last_failure);
  to.set_primary(from.primary);
  to.set_feeder_flushed(from.feeder_flushed.value);
  to.set_copied_bytes(from.copied_bytes);
  to.set_copy_size(from.copy_size);
  to.set_way(from.way);
  fill(from.lag, *to.mutable_lag());
}

UpstreamStatus read(const pb::UpstreamStatus& from) {
  return UpstreamStatus{
      .address = from.address(),
      .state = from.state(),
      .last_failure = from.last_failure(),
      .primary = from.primary(),
      .feeder_flushed = Lsn{from.feeder_flushed()},
      .copied_bytes = from.copied_bytes(),
      .copy_size = from.copy_size(),
      .way = from.way(),
      .lag = read(from.lag()),
  };
}

void fill(const RungStatus& from, pb::RungStatus& to) {
  to.set_rung(from.rung);
  to.set_acknowledged(from.acknowledged);
  to.set_waiting(from.waiting);
  to.set_abandoned(from.abandoned);
  to.set_degraded(from.degraded);
  to.set_longest_wait_ns(from.longest_wait.count());
}

RungStatus read(const pb::RungStatus& from) {
  return RungStatus{
      .rung = from.rung(),
      .acknowledged = from.acknowledged(),
      .waiting = from.waiting(),
      .abandoned = from.abandoned(),
      .degraded = from.degraded(),
      .longest_wait = Duration(from.longest_wait_ns()),
  };
}

void fill(const LossStatus& from, pb::LossStatus& to) {
  to.set_commits(from.commits);
  to.set_bytes(from.bytes);
  to.set_exact(from.exact);
}

LossStatus read(const pb::LossStatus& from) {
  return LossStatus{.commits = from.commits(), .bytes = from.bytes(), .exact = from.exact()};
}

}  // namespace

std::string encode_status(const NodeStatus& from) {
  pb::NodeStatus to;
  to.set_version(from.version);
  to.set_role(from.role);
  to.set_name(from.name);
  to.set_address(from.address);
  to.set_sql_address(from.sql_address);
  to.set_cluster(from.cluster.value);
  to.set_directory(from.directory.value);
  to.set_timeline(from.timeline.value);
  to.set_uptime_ns(from.uptime.count());
  to.set_appended(from.appended.value);
  to.set_flushed(from.flushed.value);
  to.set_flushes(from.flushes);
  to.set_visible(from.visible.value);
  to.set_reads_refused(from.reads_refused);
  to.set_writes_refused(from.writes_refused);
  to.set_rung(from.rung);
  to.set_sync_replicas(from.sync_replicas);
  to.set_on_missing(from.on_missing);
  to.set_degraded(from.degraded);
  for (const NodeName& name : from.members) to.add_members(name);
  to.set_waiting(from.waiting);
  to.set_queued(from.queued);
  for (const NodeName& name : from.missing) to.add_missing(name);
  to.set_waiting_for(from.waiting_for);
  for (const RungStatus& rung : from.rungs) fill(rung, *to.add_rungs());
  for (const ReplicaStatus& replica : from.replicas) fill(replica, *to.add_replicas());
  if (from.upstream) fill(*from.upstream, *to.mutable_upstream());
  if (from.loss) fill(*from.loss, *to.mutable_loss());
  for (const HoldStatus& hold : from.holds) fill(hold, *to.add_holds());
  to.set_apply_delay_ns(from.apply_delay.count());
  to.set_log_oldest(from.log_oldest.value);
  to.set_log_bytes(from.log_bytes);
  to.set_log_segments(from.log_segments);
  to.set_checkpoint_newest(from.checkpoint_newest.value);
  to.set_checkpoint_oldest(from.checkpoint_oldest.value);
  to.set_checkpoint_running(from.checkpoint_running);
  to.set_tables(from.tables);
  to.set_rows(from.rows);
  to.set_memory(from.memory);
  to.set_memory_limit(from.memory_limit);
  to.set_digest_position(from.digest_position.value);
  to.set_digest(from.digest);
  to.set_sessions(from.sessions);
  return to.SerializeAsString();
}

Result<NodeStatus> decode_status(std::string_view bytes) {
  pb::NodeStatus from;
  if (!from.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return error(ErrorCode::kProtocol, "these {} bytes are not a node's status", bytes.size());
  NodeStatus to{
      .version = from.version(),
      .role = from.role(),
      .name = from.name(),
      .address = from.address(),
      .sql_address = from.sql_address(),
      .cluster = ClusterId{from.cluster()},
      .directory = DirectoryId{from.directory()},
      .timeline = TimelineId{from.timeline()},
      .uptime = Duration(from.uptime_ns()),
      .appended = Lsn{from.appended()},
      .flushed = Lsn{from.flushed()},
      .flushes = from.flushes(),
      .visible = Lsn{from.visible()},
      .reads_refused = from.reads_refused(),
      .writes_refused = from.writes_refused(),
      .rung = from.rung(),
      .sync_replicas = from.sync_replicas(),
      .on_missing = from.on_missing(),
      .degraded = from.degraded(),
      .members = {from.members().begin(), from.members().end()},
      .waiting = from.waiting(),
      .queued = from.queued(),
      .missing = {from.missing().begin(), from.missing().end()},
      .waiting_for = from.waiting_for(),
      .apply_delay = Duration(from.apply_delay_ns()),
      .log_oldest = Lsn{from.log_oldest()},
      .log_bytes = from.log_bytes(),
      .log_segments = from.log_segments(),
      .checkpoint_newest = Lsn{from.checkpoint_newest()},
      .checkpoint_oldest = Lsn{from.checkpoint_oldest()},
      .checkpoint_running = from.checkpoint_running(),
      .tables = from.tables(),
      .rows = from.rows(),
      .memory = from.memory(),
      .memory_limit = from.memory_limit(),
      .digest_position = Lsn{from.digest_position()},
      .digest = from.digest(),
      .sessions = from.sessions(),
  };
  for (const auto& rung : from.rungs()) to.rungs.push_back(read(rung));
  for (const auto& replica : from.replicas()) to.replicas.push_back(read(replica));
  if (from.has_upstream()) to.upstream = read(from.upstream());
  if (from.has_loss()) to.loss = read(from.loss());
  for (const auto& hold : from.holds()) to.holds.push_back(read(hold));
  return to;
}

}  // namespace wallaby::node
