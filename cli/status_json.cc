#include "cli/status_text.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/json.h"

namespace wallaby::cli {
namespace {

using replication::Stage;

double milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

Json names(const std::vector<NodeName>& list) {
  Json array = Json::array();
  for (const NodeName& name : list) array.push(std::string_view(name));
  return array;
}

Json lag_json(const node::LagStatus& lag, Json json) {
  json.add("received_lag_bytes", lag.received_bytes).add("flushed_lag_bytes", lag.flushed_bytes);
  json.add("applied_lag_bytes", lag.applied_bytes).add("received_lag_ms", milliseconds(lag.received));
  return json.add("flushed_lag_ms", milliseconds(lag.flushed))
      .add("applied_lag_ms", milliseconds(lag.applied));
}

Json replica_json(const node::ReplicaStatus& replica) {
  const auto& held = replica.holds.stages;
  Json holds = Json::array();
  for (Stage stage : held) holds.push(to_string(stage));
  Json json = Json::object();
  json.add("name", replica.name)
      .add("address", replica.address)
      .add("state", replica.state)
      .add("joined_by", replica.way);
  json.add("member", replica.member)
      .add("paused", std::ranges::find(held, Stage::kApplied) != held.end())
      .add("slot_lost", replica.slot_lost);
  json.add("sent", replica.sent).add("received", replica.positions.received);
  json.add("flushed", replica.positions.flushed).add("applied", replica.positions.applied);
  json.add("holds", holds).add("apply_delay_ms", milliseconds(replica.holds.apply_delay));
  json.add("sent_lag_bytes", replica.sent_lag_bytes);
  json = lag_json(replica.lag, std::move(json));
  json.add("last_report_ms", milliseconds(replica.last_report));
  json.add("copied_bytes", replica.copied_bytes).add("copy_size_bytes", replica.copy_size);
  return json;
}

Json upstream_json(const node::UpstreamStatus& upstream) {
  Json json = Json::object();
  json.add("address", upstream.address).add("state", upstream.state).add("joined_by", upstream.way);
  json.add("primary", upstream.primary)
      .add("flushed", upstream.feeder_flushed)
      .add("last_failure", upstream.last_failure);
  json = lag_json(upstream.lag, std::move(json));
  json.add("copied_bytes", upstream.copied_bytes).add("copy_size_bytes", upstream.copy_size);
  return json;
}

Json rung_json(const node::RungStatus& rung) {
  Json json = Json::object();
  json.add("rung", rung.rung).add("acknowledged", rung.acknowledged).add("waiting", rung.waiting);
  json.add("abandoned", rung.abandoned).add("degraded", rung.degraded);
  return json.add("longest_wait_ms", milliseconds(rung.longest_wait));
}

Json holds_json(const std::vector<node::HoldStatus>& holds) {
  Json list = Json::array();
  for (const node::HoldStatus& hold : holds) {
    Json json = Json::object();
    json.add("stage", to_string(hold.name.stage)).add("replica", hold.name.replica);
    list.push(json.add("ceiling", hold.ceiling).add("steps", hold.steps).add("bytes", hold.bytes));
  }
  return list;
}

}  // namespace

std::string status_json(const node::NodeStatus& status) {
  Json json = Json::object();
  json.add("role", status.role)
      .add("name", status.name)
      .add("address", status.address)
      .add("sql_address", status.sql_address)
      .add("version", status.version);
  json.add("cluster", to_string(status.cluster)).add("directory", to_string(status.directory));
  json.add("timeline", status.timeline.value).add("uptime_ms", milliseconds(status.uptime));

  bool primary = status.role == "primary";
  json.add(primary ? "appended" : "received", status.appended).add("flushed", status.flushed);
  json.add(primary ? "acknowledged" : "applied", status.visible).add("visible", status.visible);
  json.add("flushes", status.flushes);
  json.add("reads_refused", status.reads_refused).add("writes_refused", status.writes_refused);

  json.add("ack", status.rung)
      .add("sync_replicas", status.sync_replicas)
      .add("on_missing", status.on_missing);
  json.add("degraded", status.degraded).add("members", names(status.members));
  json.add("waiting", status.waiting).add("queued", status.queued).add("missing", names(status.missing));
  json.add("waiting_for", status.waiting_for);
  Json rungs = Json::array();
  for (const auto& rung : status.rungs) rungs.push(rung_json(rung));
  json.add("rungs", rungs);
  if (const auto& loss = status.loss) {
    Json object = Json::object();
    json.add("loss",
             object.add("commits", loss->commits).add("bytes", loss->bytes).add("exact", loss->exact));
  } else {
    json.add_null("loss");
  }
  json.add("holds", holds_json(status.holds)).add("apply_delay_ms", milliseconds(status.apply_delay));

  Json replicas = Json::array();
  for (const auto& replica : status.replicas) replicas.push(replica_json(replica));
  json.add("replicas", replicas);
  if (status.upstream) {
    json.add("upstream", upstream_json(*status.upstream));
  } else {
    json.add_null("upstream");
  }

  json.add("log_oldest", status.log_oldest)
      .add("log_bytes", status.log_bytes)
      .add("log_segments", status.log_segments);
  json.add("checkpoint_newest", status.checkpoint_newest).add("checkpoint_oldest", status.checkpoint_oldest);
  json.add("checkpoint_running", status.checkpoint_running);
  json.add("tables", status.tables).add("rows", status.rows);
  json.add("memory_bytes", status.memory).add("memory_limit_bytes", status.memory_limit);
  json.add("digest_position", status.digest_position).add("digest", fmt::format("{:016x}", status.digest));
  json.add("sessions", status.sessions);
  return json.text();
}

}  // namespace wallaby::cli
