#include "sim/scenario_text.h"

#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace wallaby::sim {
namespace {

constexpr size_t kLongValue = 40;

std::string value_text(const std::string& value) {
  if (value.size() <= kLongValue) return value;
  return fmt::format("{}... ({} bytes)", value.substr(0, 8), value.size());
}

struct ReplyText {
  std::vector<std::string> lines;

  void operator()(const node::Written& written) {
    if (!written.token) return lines.push_back("nothing had to change, nothing was logged");
    std::string by = written.by.empty() ? "on the primary" : fmt::format("by {}", fmt::join(written.by, " "));
    lines.push_back(fmt::format("committed {}, {}: {} {}", to_string(*written.token), to_string(written.rung),
                                to_string(replication::promised_stage(written.rung)), by));
  }
  void operator()(const node::Value& value) {
    lines.push_back(value.value ? "= " + value_text(*value.value) : "no such key");
  }
  void operator()(const node::Rows& rows) {
    for (const auto& [key, value] : rows.rows)
      lines.push_back(fmt::format("{} = {}", key, value_text(value)));
    if (rows.rows.empty() && !rows.more) lines.push_back("no rows");
  }
  void operator()(const node::TableNames& tables) {
    lines.push_back(fmt::format("tables: {}", fmt::join(tables.tables, " ")));
  }
  void operator()(const node::StatusReply& reply) {
    lines.push_back(fmt::format("{} {}", reply.status.role, reply.status.name));
  }
  void operator()(const node::PolicyReply& policy) {
    std::string logged = policy.token ? fmt::format(", logged at {}", to_string(*policy.token)) : "";
    std::string set = policy.sync_replicas.empty() ? "" : " " + policy.sync_replicas;
    std::string missing = policy.on_missing == "block" ? "" : ", on-missing " + policy.on_missing;
    lines.push_back(fmt::format("the switch is at {}{}{}{}", policy.rung, set, missing, logged));
  }
  void operator()(const node::ClientNotice& notice) { lines.push_back("notice: " + notice.text); }
  void operator()(const node::Stepped& stepped) {
    for (const node::SteppedRecord& record : stepped.records)
      lines.push_back(fmt::format("passed: {} {}", to_string(record.token), record.summary));
  }
  void operator()(const node::StageEvents&) {}
  void operator()(const node::CommitStatusReply& reply) {
    lines.push_back(fmt::format("{}: {}", to_string(reply.status.state), reply.status.text));
  }
  void operator()(const node::Traces& traces) {
    for (const replication::CommitTrace& trace : traces.traces) {
      std::string told = trace.rung ? std::string(to_string(*trace.rung)) : "nobody was told";
      std::string by = trace.by.empty() ? "" : fmt::format(" by {}", fmt::join(trace.by, " "));
      lines.push_back(fmt::format("trace of {}, {}{}{}", to_string(trace.token), told, by,
                                  trace.complete ? "" : ", not complete"));
      for (const replication::TracePoint& point : trace.points) {
        std::ostringstream line;
        line << "  " << point;
        lines.push_back(line.str());
      }
    }
    if (traces.traces.empty()) lines.push_back("no traces");
  }
  void operator()(const node::Done& done) {
    if (!done.text.empty()) lines.push_back(done.text);
  }
  void operator()(const node::Failed& failed) {
    lines.push_back(fmt::format("failed ({}): {}", to_string(failed.error.code), failed.error.message));
  }
};

std::string positions_text(const replication::Positions& at) {
  return fmt::format("received {} flushed {} applied {}", to_string(at.received), to_string(at.flushed),
                     to_string(at.applied));
}

/// Which step of connecting a link is in is a matter of milliseconds.
std::string link_text(const std::string& state) {
  if (state == "offline" || state == "connecting" || state == "introduced") return "no link";
  return state;
}

std::string primary_line(const node::NodeStatus& status) {
  std::string line =
      fmt::format("{} appended {} flushed {} visible {} | {}", status.name, to_string(status.appended),
                  to_string(status.flushed), to_string(status.visible), status.rung);
  if (!status.sync_replicas.empty()) line += " " + status.sync_replicas;
  if (status.on_missing != "block") line += ", on-missing " + status.on_missing;
  line +=
      status.members.empty() ? " | no members" : fmt::format(" | members {}", fmt::join(status.members, " "));
  if (status.waiting > 0) line += fmt::format(" | {} wait{}", status.waiting, status.waiting == 1 ? "s" : "");
  if (status.waiting > 0 && !status.missing.empty())
    line += fmt::format(" for {}", fmt::join(status.missing, " "));
  if (status.queued > 0) line += fmt::format(" | {} queue{}", status.queued, status.queued == 1 ? "s" : "");
  if (!status.writes_refused.empty()) line += " | writes refused";
  return line;
}

std::string replica_line(const node::NodeStatus& status) {
  std::string line =
      fmt::format("{} received {} flushed {} applied {} | {}", status.name, to_string(status.appended),
                  to_string(status.flushed), to_string(status.visible), link_text(status.upstream->state));
  return line;
}

std::string steps_text(const node::HoldStatus& hold) {
  if (hold.steps == 0) return "";
  return fmt::format(", {} more record{} may pass", hold.steps, hold.steps == 1 ? "" : "s");
}

std::string loss_text(const node::LossStatus& loss) {
  if (loss.commits == 0 && loss.bytes == 0) return "nothing would be lost";
  if (loss.commits == 0) return fmt::format("{} bytes of acknowledged log would be lost", loss.bytes);
  return fmt::format("{}{} commit{}, {} bytes would be lost", loss.exact ? "" : "about ", loss.commits,
                     loss.commits == 1 ? "" : "s", loss.bytes);
}

}  // namespace

std::vector<std::string> reply_lines(const node::ReplyBody& reply) {
  ReplyText text;
  std::visit(text, reply);
  return text.lines;
}

std::string state_line(Host& host) {
  if (!host.up()) {
    std::string line = fmt::format("{} {}", host.place(), host.powered() ? "down" : "off");
    if (host.open_error()) line += " | refused to start";
    if (host.ending() == Ending::kFailed) line += " | stopped by itself: " + host.stop_reason();
    return line;
  }
  const node::NodeStatus& status = host.status();
  std::string line = host.role() == node::Role::kPrimary ? primary_line(status) : replica_line(status);
  for (const node::HoldStatus& hold : status.holds) {
    bool pause = hold.name.stage == replication::Stage::kApplied;
    line += fmt::format(" | {} at {}", pause ? "paused" : to_string(hold.name) + " held",
                        to_string(hold.ceiling));
  }
  if (!status.degraded.empty()) line += " | DEGRADED";
  if (host.place() != status.name) line = fmt::format("{}: {}", host.place(), line);
  if (!status.reads_refused.empty()) line += " | reads refused";
  return line;
}

std::vector<std::string> status_lines(Host& host) {
  if (!host.up()) return {state_line(host)};
  const node::NodeStatus& status = host.status();
  std::vector<std::string> lines;
  std::string newest = status.checkpoint_newest == Lsn{}
                           ? "no checkpoint"
                           : fmt::format("checkpoints {} and {}", to_string(status.checkpoint_oldest),
                                         to_string(status.checkpoint_newest));
  if (status.checkpoint_newest != Lsn{} && status.checkpoint_oldest == status.checkpoint_newest)
    newest = fmt::format("checkpoint {}", to_string(status.checkpoint_newest));
  lines.push_back(fmt::format("{} {}: timeline {}, log kept from {}, {}, {} row{}", status.role, status.name,
                              to_string(status.timeline), to_string(status.log_oldest), newest, status.rows,
                              status.rows == 1 ? "" : "s"));
  for (const node::HoldStatus& hold : status.holds)
    lines.push_back(fmt::format("  holds `{}` at {}: {} bytes wait there{}", to_string(hold.name),
                                to_string(hold.ceiling), hold.bytes, steps_text(hold)));
  if (!status.degraded.empty()) lines.push_back("  DEGRADED to async: " + status.degraded);
  if (status.loss) lines.push_back("  if it died now: " + loss_text(*status.loss));
  if (!status.waiting_for.empty()) lines.push_back("  waits: " + status.waiting_for);
  if (!status.reads_refused.empty()) lines.push_back("  reads refused: " + status.reads_refused);
  if (!status.writes_refused.empty()) lines.push_back("  writes refused: " + status.writes_refused);
  for (const node::ReplicaStatus& replica : status.replicas) {
    std::string line = fmt::format("  feeds {}: {}, {}, sent {} {}", replica.name, replica.state,
                                   replica.member ? "member" : "no member", to_string(replica.sent),
                                   positions_text(replica.positions));
    if (replica.lag.applied_bytes > 0) line += fmt::format(", {} bytes to apply", replica.lag.applied_bytes);
    for (replication::Stage stage : replica.holds.stages) line += fmt::format(", {} held", to_string(stage));
    if (replica.holds.apply_delay > Duration::zero())
      line += ", applies after " + to_human(replica.holds.apply_delay);
    if (replica.slot_lost) line += ", slot lost";
    if (!replica.way.empty()) line += fmt::format(" ({})", replica.way);
    lines.push_back(std::move(line));
  }
  if (status.upstream) {
    std::string line =
        fmt::format("  follows {}: {}", status.upstream->address, link_text(status.upstream->state));
    if (!status.upstream->way.empty()) line += fmt::format(" ({})", status.upstream->way);
    lines.push_back(std::move(line));
    if (status.upstream->state != "streaming" && !status.upstream->last_failure.empty())
      lines.push_back("  last failure: " + status.upstream->last_failure);
  }
  return lines;
}

void IdNames::learn(Host& host) {
  auto identity = node::read_identity(host.disk());
  if (!identity) return;
  if (identity->cluster) names_.try_emplace(to_string(*identity->cluster), "cluster-" + host.place());
  auto [entry, is_new] = names_.try_emplace(to_string(identity->directory), "");
  if (!is_new) return;
  int nth = ++directories_[host.place()];
  entry->second = nth == 1 ? "dir-" + host.place() : fmt::format("dir{}-{}", nth, host.place());
}

std::string IdNames::masked(std::string text) const {
  for (const auto& [id, name] : names_)
    for (size_t at = text.find(id); at != std::string::npos; at = text.find(id, at + name.size()))
      text.replace(at, id.size(), name);
  return text;
}

}  // namespace wallaby::sim
