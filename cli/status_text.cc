#include "cli/status_text.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/table.h"
#include "cli/units.h"

namespace wallaby::cli {
namespace {

using node::NodeStatus;
using node::ReplicaStatus;
using replication::Stage;

constexpr size_t kWidth = 138;

class Text {
 public:
  enum class Tone : uint8_t { kPlain, kLoud };

  explicit Text(bool color) : color_(color) {}

  std::string loud(std::string_view text) const { return paint("1;31", text); }
  std::string quiet(std::string_view text) const { return paint("2", text); }
  std::string bold(std::string_view text) const { return paint("1", text); }

  /// A subject, and what there is to say about it; what is too long goes on below.
  void line(std::string_view label, std::string_view text, Tone tone = Tone::kPlain) {
    do {
      std::string_view part = text.substr(0, break_at(text));
      text.remove_prefix(part.size());
      if (text.starts_with(' ')) text.remove_prefix(1);
      std::string words = fmt::format("{:<9}{}", label, part);
      out_ += fmt::format("  {}\n", tone == Tone::kLoud ? loud(words) : words);
      label = "";
    } while (!text.empty());
  }
  void raw(std::string_view text) { out_ += text; }
  std::string take() { return std::move(out_); }

 private:
  static size_t break_at(std::string_view text) {
    if (text.size() <= kWidth) return text.size();
    size_t blank = text.rfind(' ', kWidth);
    return blank == std::string_view::npos || blank == 0 ? kWidth : blank;
  }
  std::string paint(std::string_view code, std::string_view text) const {
    return color_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
  bool color_;
  std::string out_;
};
using Tone = Text::Tone;

bool is_primary(const NodeStatus& status) {
  return status.role == "primary";
}

std::string copied(uint64_t bytes, uint64_t size) {
  if (size == 0) return human_size(bytes);
  return fmt::format("{} of {}", human_size(bytes), human_size(size));
}

// --- the node itself ---------------------------------------------------------------------------------------------------

void own_log(Text& text, const NodeStatus& status) {
  bool primary = is_primary(status);
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

void hold(Text& text, const NodeStatus& status, const node::HoldStatus& hold) {
  bool pause = hold.name.stage == Stage::kApplied;
  std::string release = pause ? "resume" : fmt::format("release {}", to_string(hold.name.stage));
  if (!hold.name.replica.empty()) release += " --replica " + hold.name.replica;
  std::string waits = hold.bytes == 0 ? "nothing waits" : human_size(hold.bytes) + " wait";
  if (hold.name.stage == Stage::kAppended && status.queued > 0)
    waits = counted(status.queued, "write") + ", not run yet";
  std::string step = hold.steps == 0 ? "`step` lets records through"
                                     : "a step lets through " + counted(hold.steps, "more record");
  std::string what = pause ? fmt::format("nothing beyond {} is applied", to_string(hold.ceiling))
                           : fmt::format("`{}` at {}", to_string(hold.name), to_string(hold.ceiling));
  text.line(pause ? "paused" : "held",
            fmt::format("{}, {}; {} ends it, {}", what, waits, typed(status.address, release), step),
            Tone::kLoud);
}

// --- a primary: the promise, who waits for it, what it risks -------------------------------------------------------------

void acknowledgement(Text& text, const NodeStatus& status) {
  std::string line = status.rung;
  if (!status.sync_replicas.empty()) line += ", " + status.sync_replicas;
  if (!status.on_missing.empty() && status.on_missing != "block") line += ", on-missing " + status.on_missing;
  line += status.members.empty() ? "; no replica has joined yet"
                                 : fmt::format("; members {}", fmt::join(status.members, ", "));
  text.line("ack", line);
  if (!status.degraded.empty()) text.line("DEGRADED", "to async: " + status.degraded, Tone::kLoud);
}

void who_waits(Text& text, const NodeStatus& status) {
  std::string why = status.waiting_for;
  if (why.empty() && !status.missing.empty())
    why = fmt::format("missing {}", fmt::join(status.missing, ", "));
  // Those who gave up leave a log behind that is still not acknowledged.
  std::string who = status.waiting > 0 ? counted(status.waiting, "commit") : "no client";
  if (status.waiting > 0 || !why.empty())
    text.line("waiting", who + (why.empty() ? "" : "; " + why), Tone::kLoud);
  // A hold on `appended` has told of them already.
  bool held =
      std::ranges::any_of(status.holds, [](const auto& hold) { return hold.name.stage == Stage::kAppended; });
  if (status.queued > 0 && !held)
    text.line("queued", counted(status.queued, "write") + ", not run yet: there is no room in the log now");
}

void loss(Text& text, const node::LossStatus& loss) {
  std::string line = "if this primary died now: ";
  if (loss.commits == 0 && loss.bytes == 0) return text.line("loss", line + "0 commits");
  // Log events are acknowledged, too; and whose an older part of the log is, nobody knows after a restart.
  if (loss.commits == 0) {
    line += fmt::format("{} of acknowledged log, on no replica", human_size(loss.bytes));
  } else {
    line += fmt::format("{}{}, {}, acknowledged and on no replica", loss.exact ? "" : "about ",
                        counted(loss.commits, "commit"), human_size(loss.bytes));
  }
  text.line("loss", line, Tone::kLoud);
}

/// Only the rungs that anybody has used since the start.
void rungs(Text& text, const NodeStatus& status) {
  const char* label = "rungs";
  for (const node::RungStatus& rung : status.rungs) {
    if (rung.acknowledged + rung.waiting + rung.abandoned + rung.degraded == 0) continue;
    std::string line = fmt::format("{:<9}  {} acknowledged", rung.rung, human_count(rung.acknowledged));
    if (rung.waiting > 0) line += fmt::format(", {} waiting", human_count(rung.waiting));
    if (rung.abandoned > 0) line += fmt::format(", {} abandoned", human_count(rung.abandoned));
    if (rung.longest_wait > Duration::zero())
      line += fmt::format(", longest wait {}", to_human(rung.longest_wait));
    if (rung.degraded > 0) line += fmt::format(", degraded {}", counted(rung.degraded, "time"));
    text.line(std::exchange(label, ""), line);
  }
}

// --- distances ------------------------------------------------------------------------------------------------------------

/// "-" where there is nothing outstanding, as on an idle cluster.
std::string lag_text(uint64_t bytes, Duration time) {
  if (bytes == 0) return "-";
  return time == Duration::zero() ? human_size(bytes)
                                  : fmt::format("{}, {}", human_size(bytes), to_human(time));
}

void upstream(Text& text, const NodeStatus& status) {
  const node::UpstreamStatus& link = *status.upstream;
  std::string line = fmt::format("{}: {}", link.address, link.state);
  if (link.state == "copying") line += fmt::format(" {}", copied(link.copied_bytes, link.copy_size));
  if (!link.way.empty()) line += fmt::format(" ({})", link.way);
  line += fmt::format(", its log is flushed to {}", to_string(link.feeder_flushed));
  text.line("follows", line, link.state == "streaming" ? Tone::kPlain : Tone::kLoud);
  if (!link.last_failure.empty() && link.state != "streaming") text.line("", link.last_failure);
  if (!link.primary.empty() && link.primary != link.address) text.line("primary", link.primary);
  const node::LagStatus& lag = link.lag;
  text.line("behind",
            fmt::format("received {}   flushed {}   applied {}", lag_text(lag.received_bytes, lag.received),
                        lag_text(lag.flushed_bytes, lag.flushed), lag_text(lag.applied_bytes, lag.applied)));
  if (status.apply_delay > Duration::zero())
    text.line("delay", fmt::format("what is flushed here is applied {} later", to_human(status.apply_delay)));
}

std::string state_of(const ReplicaStatus& replica) {
  std::string state = replica.state;
  if (state == "copying" || replica.copy_size > 0)
    state += fmt::format(" {}", copied(replica.copied_bytes, replica.copy_size));
  for (Stage stage : replica.holds.stages)
    state += stage == Stage::kApplied ? ", paused" : fmt::format(", {} held", to_string(stage));
  if (replica.holds.apply_delay > Duration::zero())
    state += fmt::format(", {} delay", to_human(replica.holds.apply_delay));
  if (replica.slot_lost) state += ", slot lost";
  return state;
}

/// Two rows a replica: where it is, and how far that is behind our flushed log. Always both, so that nothing jumps under --watch.
void replicas(Text& text, const NodeStatus& status) {
  Table table({"REPLICA", "STATE", "SENT", "RECEIVED", "FLUSHED", "APPLIED", "LAST REPORT", "JOINED BY"});
  for (const ReplicaStatus& replica : status.replicas) {
    bool away = replica.state == "away";
    const node::LagStatus& lag = replica.lag;
    table.row({replica.name, state_of(replica), away ? "-" : to_string(replica.sent),
               to_string(replica.positions.received), to_string(replica.positions.flushed),
               to_string(replica.positions.applied), away ? "-" : to_human(replica.last_report) + " ago",
               replica.way});
    table.row({"", "  behind by", away ? "-" : lag_text(replica.sent_lag_bytes, {}),
               lag_text(lag.received_bytes, lag.received), lag_text(lag.flushed_bytes, lag.flushed),
               lag_text(lag.applied_bytes, lag.applied), "", ""});
  }
  text.raw("\n");
  std::vector<std::string> lines = table.lines();
  text.raw(text.quiet("  " + lines[0]) + "\n");
  for (size_t i = 1; i < lines.size(); ++i) {
    const ReplicaStatus& replica = status.replicas[(i - 1) / 2];
    std::string line = "  " + lines[i];
    text.raw((replica.state == "away" || replica.slot_lost ? text.loud(line) : line) + "\n");
  }
}

}  // namespace

std::string status_text(const NodeStatus& status, bool color) {
  Text text(color);
  std::string sql = status.sql_address.empty() ? "" : fmt::format(", sql on {}", status.sql_address);
  text.raw(fmt::format("{} at {}{}, timeline {}, up {}\n", text.bold(status.role + " " + status.name),
                       status.address, sql, to_string(status.timeline), to_human(status.uptime)));
  own_log(text, status);
  if (status.upstream) upstream(text, status);
  if (!status.rung.empty()) acknowledgement(text, status);
  for (const node::HoldStatus& each : status.holds) hold(text, status, each);
  who_waits(text, status);
  if (status.loss) loss(text, *status.loss);
  rungs(text, status);
  if (!status.reads_refused.empty()) text.line("reads", "refused: " + status.reads_refused, Tone::kLoud);
  if (!status.writes_refused.empty()) text.line("writes", "refused: " + status.writes_refused, Tone::kLoud);
  if (!status.replicas.empty()) replicas(text, status);
  return text.take();
}

}  // namespace wallaby::cli
