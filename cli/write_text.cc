#include "cli/write_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/json.h"

namespace wallaby::cli {
namespace {

std::string_view deed(replication::Rung rung) {
  auto stage = replication::replica_stage(rung);
  return stage ? replication::to_string(*stage) : "flushed";
}

}  // namespace

std::string written_text(const node::Written& written) {
  return fmt::format(
      "committed, {}: {} {}", to_string(written.rung), deed(written.rung),
      written.by.empty() ? "on the primary" : fmt::format("by {}", fmt::join(written.by, ", ")));
}

std::string written_json(const node::Written& written) {
  Json json = Json::object();
  if (!written.token) return json.add_null("token").add("rows", written.rows).text();
  Json by = Json::array();
  for (const NodeName& name : written.by) by.push(std::string_view(name));
  json.add("token", to_string(*written.token)).add("rows", written.rows);
  return json.add("ack", to_string(written.rung)).add("by", by).text();
}

}  // namespace wallaby::cli
