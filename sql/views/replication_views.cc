// pg_stat_replication, pg_stat_wal_receiver, pg_replication_slots: the node's status under PostgreSQL's names.
#include <algorithm>

#include "replication/ack_mode.h"
#include "replication/sync_replicas.h"
#include "sql/session/services.h"
#include "sql/views/system_views.h"

namespace wallaby::sql {
namespace {

using enum TypeId;

node::NodeStatus status_of(ViewSource& source) {
  return source.view_services().backend.status(source.view_time());
}

std::pair<std::string, int64_t> host_and_port(const std::string& address) {
  size_t colon = address.rfind(':');
  if (colon == std::string::npos) return {address, 0};
  return {address.substr(0, colon), std::atoll(address.c_str() + colon + 1)};
}

std::string_view state_of(const node::ReplicaStatus& replica) {
  if (replica.state == "catching up") return "catchup";
  if (replica.state == "copying") return "backup";
  return replica.state;
}

/// How the replica counts for the switch, in PostgreSQL's words: async, potential, sync, quorum; and its place in the list.
std::pair<std::string_view, int64_t> sync_state(const node::NodeStatus& status,
                                                const node::ReplicaStatus& replica) {
  auto rung = replication::parse_rung(status.rung);
  if (!rung || !replication::replica_stage(*rung) || !replica.member) return {"async", 0};
  auto set = replication::SyncReplicas::parse(status.sync_replicas);
  if (!set || !set->counts(replica.name)) return {"async", 0};
  if (set->method() == replication::SyncReplicas::Method::kAny) return {"quorum", 1};
  if (set->is_all()) return {"sync", 1};
  // FIRST: of those that stream, the first `count` in the list's order, else in the order of names.
  int64_t place = 1;
  size_t before = 0;
  auto comes_before = [&](const node::ReplicaStatus& other) {
    const auto& names = set->names();
    if (names.empty()) return other.name < replica.name;
    return std::ranges::find(names, other.name) < std::ranges::find(names, replica.name);
  };
  for (const node::ReplicaStatus& other : status.replicas)
    if (other.member && other.state == "streaming" && set->counts(other.name) && comes_before(other))
      ++before;
  const auto& names = set->names();
  if (!names.empty()) place = 1 + (std::ranges::find(names, replica.name) - names.begin());
  return {before < set->count() ? "sync" : "potential", place};
}

std::string holds_of(const node::ReplicaStatus& replica) {
  std::string text;
  for (replication::Stage stage : replica.holds.stages)
    text += (text.empty() ? "" : ", ") + std::string(to_string(stage));
  return text;
}

SqlResult<std::vector<Row>> stat_replication(ViewSource& source) {
  node::NodeStatus status = status_of(source);
  std::vector<Row> rows;
  for (const node::ReplicaStatus& replica : status.replicas) {
    if (replica.state == "away") continue;  // PostgreSQL has rows for those that are connected
    auto [host, port] = host_and_port(replica.address);
    auto [state, priority] = sync_state(status, replica);
    int64_t replied = source.view_wall_time() -
                      std::chrono::duration_cast<std::chrono::microseconds>(replica.last_report).count();
    rows.push_back({Value(),
                    oid_value(kOwnerOid),
                    text_value("wallaby"),
                    text_value(replica.name),
                    text_value(host),
                    Value(),
                    int_value(port),
                    Value(),
                    Value(),
                    text_value(state_of(replica)),
                    lsn_value(replica.sent),
                    lsn_value(replica.positions.received),
                    lsn_value(replica.positions.flushed),
                    lsn_value(replica.positions.applied),
                    interval_value(replica.lag.received),
                    interval_value(replica.lag.flushed),
                    interval_value(replica.lag.applied),
                    int_value(priority),
                    text_value(state),
                    time_value(replied),
                    Value(replica.member),
                    text_value(replica.way),
                    int_value(static_cast<int64_t>(replica.lag.received_bytes)),
                    int_value(static_cast<int64_t>(replica.lag.flushed_bytes)),
                    int_value(static_cast<int64_t>(replica.lag.applied_bytes)),
                    text_value(holds_of(replica))});
  }
  return rows;
}

std::string_view receiver_state(const std::string& state) {
  if (state == "copying" || state == "connecting") return "starting";
  if (state == "streaming") return "streaming";
  return "stopped";
}

SqlResult<std::vector<Row>> stat_wal_receiver(ViewSource& source) {
  node::NodeStatus status = status_of(source);
  std::vector<Row> rows;
  if (!status.upstream) return rows;
  const node::UpstreamStatus& upstream = *status.upstream;
  if (upstream.state == "offline") return rows;  // PostgreSQL has no receiver then, and no row
  auto [host, port] = host_and_port(upstream.address);
  rows.push_back({Value(),
                  text_value(receiver_state(upstream.state)),
                  Value(),
                  int_value(status.timeline.value),
                  lsn_value(status.appended),
                  lsn_value(status.flushed),
                  int_value(status.timeline.value),
                  Value(),
                  Value(),
                  lsn_value(upstream.feeder_flushed),
                  Value(),
                  text_value(status.name),
                  text_value(host),
                  int_value(port),
                  text_value("host=" + host + " port=" + std::to_string(port)),
                  text_value(upstream.primary),
                  text_value(upstream.way),
                  int_value(static_cast<int64_t>(upstream.copied_bytes)),
                  int_value(static_cast<int64_t>(upstream.copy_size)),
                  text_value(upstream.last_failure)});
  return rows;
}

SqlResult<std::vector<Row>> replication_slots(ViewSource& source) {
  node::NodeStatus status = status_of(source);
  std::vector<Row> rows;
  for (const node::ReplicaStatus& replica : status.replicas) {
    bool active = replica.state != "away";
    rows.push_back({text_value(replica.name), Value(), text_value("physical"), Value(), Value(), Value(false),
                    Value(active), Value(), Value(), Value(), lsn_value(replica.positions.flushed), Value(),
                    text_value(replica.slot_lost ? "lost" : "reserved"), Value(), Value(false)});
  }
  return rows;
}

}  // namespace

std::vector<ViewDefinition> replication_views() {
  std::vector<ViewDefinition> views;
  views.push_back(make_view("pg_catalog", "pg_stat_replication", 12380,
                            {{"pid", kInt4},
                             {"usesysid", kOid},
                             {"usename", kName},
                             {"application_name", kText},
                             {"client_addr", kText},
                             {"client_hostname", kText},
                             {"client_port", kInt4},
                             {"backend_start", kTimestamptz},
                             {"backend_xmin", kInt8},
                             {"state", kText},
                             {"sent_lsn", kPgLsn},
                             {"write_lsn", kPgLsn},
                             {"flush_lsn", kPgLsn},
                             {"replay_lsn", kPgLsn},
                             {"write_lag", kInterval},
                             {"flush_lag", kInterval},
                             {"replay_lag", kInterval},
                             {"sync_priority", kInt4},
                             {"sync_state", kText},
                             {"reply_time", kTimestamptz},
                             {"member", kBool},
                             {"joined_by", kText},
                             {"write_lag_bytes", kInt8},
                             {"flush_lag_bytes", kInt8},
                             {"replay_lag_bytes", kInt8},
                             {"holds", kText}},
                            stat_replication));
  views.push_back(make_view("pg_catalog", "pg_stat_wal_receiver", 12388,
                            {{"pid", kInt4},
                             {"status", kText},
                             {"receive_start_lsn", kPgLsn},
                             {"receive_start_tli", kInt4},
                             {"written_lsn", kPgLsn},
                             {"flushed_lsn", kPgLsn},
                             {"received_tli", kInt4},
                             {"last_msg_send_time", kTimestamptz},
                             {"last_msg_receipt_time", kTimestamptz},
                             {"latest_end_lsn", kPgLsn},
                             {"latest_end_time", kTimestamptz},
                             {"slot_name", kText},
                             {"sender_host", kText},
                             {"sender_port", kInt4},
                             {"conninfo", kText},
                             {"primary_address", kText},
                             {"joined_by", kText},
                             {"copied_bytes", kInt8},
                             {"copy_size", kInt8},
                             {"last_failure", kText}},
                            stat_wal_receiver));
  views.push_back(make_view("pg_catalog", "pg_replication_slots", 12412,
                            {{"slot_name", kName},
                             {"plugin", kName},
                             {"slot_type", kText},
                             {"datoid", kOid},
                             {"database", kName},
                             {"temporary", kBool},
                             {"active", kBool},
                             {"active_pid", kInt4},
                             {"xmin", kInt8},
                             {"catalog_xmin", kInt8},
                             {"restart_lsn", kPgLsn},
                             {"confirmed_flush_lsn", kPgLsn},
                             {"wal_status", kText},
                             {"safe_wal_size", kInt8},
                             {"two_phase", kBool}},
                            replication_slots));
  return views;
}

}  // namespace wallaby::sql
