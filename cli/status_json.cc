#include "cli/status_text.h"

#include <chrono>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/json.h"

namespace wallaby::cli {
namespace {

double milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

Json names(const std::vector<NodeName>& list) {
  Json array = Json::array();
  for (const NodeName& name : list) array.push(std::string_view(name));
  return array;
}

Json replica_json(const node::ReplicaStatus& replica) {
  Json json = Json::object();
  json.add("name", replica.name)
      .add("address", replica.address)
      .add("state", replica.state)
      .add("joined_by", replica.way);
  json.add("member", replica.member).add("paused", replica.held).add("slot_lost", replica.slot_lost);
  json.add("sent", replica.sent).add("received", replica.positions.received);
  json.add("flushed", replica.positions.flushed).add("applied", replica.positions.applied);
  json.add("received_lag_bytes", replica.received_lag_bytes)
      .add("flushed_lag_bytes", replica.flushed_lag_bytes);
  json.add("applied_lag_bytes", replica.applied_lag_bytes);
  json.add("received_lag_ms", milliseconds(replica.received_lag))
      .add("flushed_lag_ms", milliseconds(replica.flushed_lag));
  json.add("applied_lag_ms", milliseconds(replica.applied_lag))
      .add("last_report_ms", milliseconds(replica.last_report));
  json.add("copied_bytes", replica.copied_bytes).add("copy_size_bytes", replica.copy_size);
  return json;
}

Json upstream_json(const node::UpstreamStatus& upstream) {
  Json json = Json::object();
  json.add("address", upstream.address).add("state", upstream.state).add("joined_by", upstream.way);
  json.add("primary", upstream.primary)
      .add("flushed", upstream.feeder_flushed)
      .add("last_failure", upstream.last_failure);
  json.add("copied_bytes", upstream.copied_bytes).add("copy_size_bytes", upstream.copy_size);
  return json;
}

Json rung_json(const node::RungStatus& rung) {
  Json json = Json::object();
  json.add("rung", rung.rung).add("acknowledged", rung.acknowledged).add("waiting", rung.waiting);
  json.add("abandoned", rung.abandoned).add("longest_wait_ms", milliseconds(rung.longest_wait));
  return json;
}

}  // namespace

std::string status_json(const node::NodeStatus& status) {
  Json json = Json::object();
  json.add("role", status.role)
      .add("name", status.name)
      .add("address", status.address)
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
      .add("members", names(status.members));
  json.add("waiting", status.waiting).add("queued", status.queued).add("missing", names(status.missing));
  json.add("waiting_for", status.waiting_for);
  Json rungs = Json::array();
  for (const auto& rung : status.rungs) rungs.push(rung_json(rung));
  json.add("rungs", rungs);

  Json replicas = Json::array();
  for (const auto& replica : status.replicas) replicas.push(replica_json(replica));
  json.add("replicas", replicas);
  if (status.upstream) {
    json.add("upstream", upstream_json(*status.upstream));
  } else {
    json.add_null("upstream");
  }
  if (status.apply_ceiling) {
    json.add("apply_ceiling", *status.apply_ceiling);
  } else {
    json.add_null("apply_ceiling");
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
