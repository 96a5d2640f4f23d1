#include "cli/write_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/json.h"

namespace wallaby::cli {

std::string written_text(const node::Written& written) {
  return fmt::format(
      "committed, {}: {} {}{}", to_string(written.rung), to_string(replication::promised_stage(written.rung)),
      written.by.empty() ? "on the primary" : fmt::format("by {}", fmt::join(written.by, ", ")),
      written.rung == replication::Rung::kOff ? " (its disk does not have it yet)" : "");
}

std::string written_json(const node::Written& written) {
  Json json = Json::object();
  if (!written.token) return json.add_null("token").add("rows", written.rows).text();
  Json by = Json::array();
  for (const NodeName& name : written.by) by.push(std::string_view(name));
  json.add("token", to_string(*written.token)).add("rows", written.rows);
  return json.add("ack", to_string(written.rung)).add("by", by).text();
}

std::string policy_text(const node::PolicyReply& policy) {
  std::string text = policy.rung;
  if (!policy.sync_replicas.empty()) text += ", " + policy.sync_replicas;
  if (!policy.on_missing.empty() && policy.on_missing != "block") text += ", on-missing " + policy.on_missing;
  return text;
}

std::string policy_json(const node::PolicyReply& policy) {
  Json json = Json::object();
  json.add("ack", policy.rung)
      .add("sync_replicas", policy.sync_replicas)
      .add("on_missing", policy.on_missing);
  return (policy.token ? json.add("token", to_string(*policy.token)) : json.add_null("token")).text();
}

}  // namespace wallaby::cli
