#include "cli/status_text.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/table.h"
#include "cli/units.h"

namespace wallaby::cli {
namespace {

using node::NodeStatus;
using node::ReplicaStatus;

class Text {
 public:
  explicit Text(bool color) : color_(color) {}

  std::string loud(std::string_view text) const { return paint("1;31", text); }
  std::string quiet(std::string_view text) const { return paint("2", text); }
  std::string bold(std::string_view text) const { return paint("1", text); }

  void line(std::string_view label, std::string_view text) {
    out_ += fmt::format("  {:<9}{}\n", label, text);
  }
  void raw(std::string_view text) { out_ += text; }
  std::string take() { return std::move(out_); }

 private:
  std::string paint(std::string_view code, std::string_view text) const {
    return color_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
  bool color_;
  std::string out_;
};

std::string copied(uint64_t bytes, uint64_t size) {
  if (size == 0) return human_size(bytes);
  return fmt::format("{} of {}", human_size(bytes), human_size(size));
}

std::string state_of(const ReplicaStatus& replica) {
  std::string state = replica.state;
  if (replica.held) state += ", paused";
  if (replica.slot_lost) state += ", slot lost";
  if (state == "copying" || replica.copy_size > 0)
    state += fmt::format(" {}", copied(replica.copied_bytes, replica.copy_size));
  return state;
}

/// How far its tables are behind our flushed log.
std::string behind(const ReplicaStatus& replica) {
  if (replica.applied_lag_bytes == 0) return "-";
  return fmt::format("{}, {}", human_size(replica.applied_lag_bytes), to_human(replica.applied_lag));
}

void own_log(Text& text, const NodeStatus& status) {
  bool primary = status.role == "primary";
  text.line("log", fmt::format("{} {}   flushed {}   {} {}", primary ? "appended" : "received",
                               to_string(status.appended), to_string(status.flushed),
                               primary ? "acknowledged" : "applied", to_string(status.visible)));
  text.line("disk",
            fmt::format("log from {}, {} in {}; checkpoint {}{}", to_string(status.log_oldest),
                        human_size(status.log_bytes), counted(status.log_segments, "segment"),
                        status.checkpoint_newest == Lsn{} ? "none yet" : to_string(status.checkpoint_newest),
                        status.checkpoint_running ? ", another one under way" : ""));
  text.line("tables", fmt::format("{}, {}, {} of {} memory; {}", counted(status.tables, "table"),
                                  counted(status.rows, "row"), human_size(status.memory),
                                  human_size(status.memory_limit), counted(status.sessions, "session")));
}

void upstream(Text& text, const NodeStatus& status) {
  const auto& link = *status.upstream;
  std::string line = fmt::format("{}: {}", link.address, link.state);
  if (link.state == "copying") line += fmt::format(" {}", copied(link.copied_bytes, link.copy_size));
  if (!link.way.empty()) line += fmt::format(" ({})", link.way);
  line += fmt::format(", its log is flushed to {}", to_string(link.feeder_flushed));
  text.line("follows", link.state == "streaming" ? line : text.loud(line));
  if (!link.primary.empty() && link.primary != link.address) text.line("primary", link.primary);
  if (!link.last_failure.empty() && link.state != "streaming") text.line("", link.last_failure);
}

void acknowledgement(Text& text, const NodeStatus& status) {
  std::string line = status.rung;
  if (!status.sync_replicas.empty()) line += ", " + status.sync_replicas;
  line += status.members.empty() ? "; no replica has joined yet"
                                 : fmt::format("; members {}", fmt::join(status.members, ", "));
  text.line("ack", line);
  if (status.waiting > 0) {
    std::string why = status.waiting_for;
    if (why.empty() && !status.missing.empty())
      why = fmt::format("missing {}", fmt::join(status.missing, ", "));
    text.line("waiting", text.loud(counted(status.waiting, "commit") + (why.empty() ? "" : "; " + why)));
  }
  if (status.queued > 0)
    text.line("queued", fmt::format("{} wait for room in the log", counted(status.queued, "write")));
}

}  // namespace

std::string status_text(const NodeStatus& status, bool color) {
  Text text(color);
  text.raw(fmt::format("{} at {}, timeline {}, up {}\n", text.bold(status.role + " " + status.name),
                       status.address, to_string(status.timeline), to_human(status.uptime)));
  own_log(text, status);
  if (!status.rung.empty()) acknowledgement(text, status);
  if (status.upstream) upstream(text, status);
  if (status.apply_ceiling)
    text.line("paused", text.loud(fmt::format(
                            "nothing beyond {} is applied; `resume` ends it, `step` lets records through",
                            to_string(*status.apply_ceiling))));
  if (!status.reads_refused.empty()) text.line("reads", text.loud("refused: " + status.reads_refused));
  if (!status.writes_refused.empty()) text.line("writes", text.loud("refused: " + status.writes_refused));
  if (status.replicas.empty()) return text.take();

  Table table(
      {"REPLICA", "STATE", "SENT", "RECEIVED", "FLUSHED", "APPLIED", "BEHIND", "LAST REPORT", "JOINED BY"});
  for (const ReplicaStatus& replica : status.replicas) {
    bool away = replica.state == "away";
    table.row({replica.name, state_of(replica), away ? "-" : to_string(replica.sent),
               to_string(replica.positions.received), to_string(replica.positions.flushed),
               to_string(replica.positions.applied), behind(replica),
               away ? "-" : to_human(replica.last_report) + " ago", replica.way});
  }
  text.raw("\n");
  std::vector<std::string> lines = table.lines();
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string line = "  " + lines[i];
    bool loud = i > 0 && (status.replicas[i - 1].state == "away" || status.replicas[i - 1].slot_lost);
    text.raw((i == 0 ? text.quiet(line) : loud ? text.loud(line) : line) + "\n");
  }
  return text.take();
}

}  // namespace wallaby::cli
