// Functions that reach into the node: holds and steps, waits for positions, other sessions.
//
// Those whose answer comes later are asked for when the statement rests (sql/plan/waits.h):
//
//     the column calls wait("wallaby_step", {1})     it is noted
//     finish_call()                                  the node is asked, or the clock; the statement waits
//     finish_call() again                            call.value is there, and the column is evaluated with it
#include <algorithm>

#include "sql/plan/waits.h"
#include "sql/session/tasks.h"

namespace wallaby::sql {
namespace {

/// "received", "sent to r1"
SqlResult<replication::StageName> stage_named(std::string_view text) {
  replication::StageName name;
  size_t to = text.find(" to ");
  auto stage = replication::parse_stage(text.substr(0, to));
  if (!stage) return std::unexpected(from_node(stage.error()));
  name.stage = *stage;
  if (to != std::string_view::npos) {
    auto replica = parse_node_name(text.substr(to + 4));
    if (!replica) return std::unexpected(from_node(replica.error()));
    name.replica = *replica;
  }
  return name;
}

SqlResult<Token> token_of(const Value& value) {
  auto token = parse_token(value.text());
  if (!token) return std::unexpected(from_node(token.error()));
  return *token;
}

/// The node's answer as the function's value.
Value value_of(const WaitingCall& call, const node::ReplyBody& reply) {
  if (call.name.starts_with("pg_")) return Value(std::string());
  if (call.name == "wallaby_wait_for_lsn") return Value(true);
  if (const auto* status = std::get_if<node::CommitStatusReply>(&reply))
    return Value(std::string(to_string(status->status.state)));
  if (const auto* done = std::get_if<node::Done>(&reply)) return Value(done->text);
  std::string text;
  if (const auto* stepped = std::get_if<node::Stepped>(&reply))
    for (const node::SteppedRecord& record : stepped->records)
      text += (text.empty() ? "" : "\n") + fmt::format("{} {}", to_string(record.token), record.summary);
  return Value(std::move(text));
}

}  // namespace

SqlResult<Value> Conversation::wait(std::string_view name, std::span<const Value> arguments) {
  Waits* waits = evaluating ? evaluating->waits : nullptr;
  if (!waits || !waits->possible()) return std::unexpected(cannot_wait(name));
  return waits->call(name, arguments);
}

SqlResult<bool> Conversation::finish_call(WaitingCall& call) {
  if (interrupt_) return std::unexpected(*interrupt_);
  if (!call.sent) {
    call.sent = true;
    if (auto asked = ask(call); !asked) return std::unexpected(asked.error());
  }
  const bool sleeps = call.name == "pg_sleep";
  if (!sleeps && calls_.answered()) {
    node::ReplyBody reply = calls_.take();
    if (const auto* failed = std::get_if<node::Failed>(&reply))
      return std::unexpected(from_node(failed->error));
    call.value = value_of(call, reply);
  } else if (now_ >= call.until) {
    if (!sleeps) calls_.cancel(now_);
    call.value = sleeps ? Value(std::string()) : Value(false);
  }
  if (call.value) {
    show_wait("", "");
    return true;
  }
  if (call.until != kNever) wake_at(call.until);
  if (sleeps)
    show_wait("Timeout", "PgSleep");
  else
    show_wait("Extension", call.name);
  return false;
}

void Conversation::show_wait(std::string_view type, std::string_view event) {
  activity_.wait_event_type = type;
  activity_.wait_event = event;
}

SqlResult<void> Conversation::ask(WaitingCall& call) {
  using replication::Stage;
  const std::string& name = call.name;
  const Row& arguments = call.arguments;
  if (name == "pg_sleep") {
    constexpr double kLongest = 1e9;
    double seconds = std::clamp(arguments[0].real(), 0.0, kLongest);
    call.until = now_ + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    return {};
  }
  node::AdminCommand command;
  if (name == "wallaby_wait_for_lsn" || name == "commit_status") {
    auto token = token_of(arguments[0]);
    if (!token) return std::unexpected(token.error());
    if (name == "commit_status") {
      services_.backend.commit_status(now_, calls_, calls_.begin(), *token);
      return {};
    }
    if (arguments.size() > 1) call.until = now_ + std::chrono::milliseconds(arguments[1].integer());
    services_.backend.wait_for(now_, calls_, calls_.begin(), *token);
    return {};
  }
  if (name.starts_with("pg_wal_replay")) {
    if (!in_recovery())
      return sql_error("55000", "recovery is not in progress")
          .hint("Recovery control functions can only be executed during recovery.");
    bool pause = name == "pg_wal_replay_pause";
    replication::StageName applied{Stage::kApplied, {}};
    command = pause ? node::AdminCommand(node::HoldStage{applied}) : node::ReleaseStage{applied};
  } else if (name == "wallaby_step") {
    int64_t count = arguments.empty() ? 1 : arguments[0].integer();
    if (count < 1) return sql_error("22023", "wallaby_step() needs a count of 1 or more, not {}", count);
    command = node::Step{static_cast<uint64_t>(count), {}};
  } else if (name == "wallaby_checkpoint") {
    command = node::TakeCheckpoint{};
  } else if (arguments.empty()) {
    command = node::ReleaseStage{};
  } else {
    auto stage = stage_named(arguments[0].text());
    if (!stage) return std::unexpected(stage.error());
    command =
        name == "wallaby_hold" ? node::AdminCommand(node::HoldStage{*stage}) : node::ReleaseStage{*stage};
  }
  services_.backend.admin(now_, calls_, calls_.begin(), command);
  return {};
}

// --- functions that answer at once ---

SqlResult<Value> Conversation::call(std::string_view name, std::span<const Value> arguments) {
  if (name == "last_commit_lsn") return last_commit_ ? Value(to_string(*last_commit_)) : Value();
  if (name == "pg_is_wal_replay_paused" || name == "pg_get_wal_replay_pause_state") {
    if (!in_recovery())
      return sql_error("55000", "recovery is not in progress")
          .hint("Recovery control functions can only be executed during recovery.");
    node::NodeStatus status = services_.backend.status(now_);
    bool paused = std::ranges::any_of(status.holds, [](const node::HoldStatus& hold) {
      return hold.name.stage == replication::Stage::kApplied;
    });
    if (name == "pg_is_wal_replay_paused") return Value(paused);
    return Value(std::string(paused ? "paused" : "not paused"));
  }
  if (name == "pg_current_wal_insert_lsn" || name == "pg_current_wal_flush_lsn") {
    if (auto lsn = current_lsn(); !lsn) return std::unexpected(lsn.error());
    node::NodeStatus status = services_.backend.status(now_);
    Lsn lsn = name == "pg_current_wal_flush_lsn" ? status.flushed : status.appended;
    return Value(static_cast<int64_t>(lsn.value));
  }
  if (name == "pg_walfile_name") return wal_file_name(Lsn{static_cast<uint64_t>(arguments[0].integer())});
  if (name == "set_config") {
    if (arguments[0].is_null()) return sql_error("22004", "SET requires parameter name");
    std::string value = arguments[1].is_null() ? "" : arguments[1].text();
    bool local = !arguments[2].is_null() && arguments[2].boolean();
    if (auto set = settings_.set(arguments[0].text(), value, local); !set)
      return std::unexpected(set.error());
    auto now = setting(arguments[0].text());
    if (!now) return std::unexpected(now.error());
    return Value(std::move(*now));
  }
  if (name == "pg_reload_conf") return Value(true);
  if (name == "pg_cancel_backend" || name == "pg_terminate_backend") {
    auto pid = static_cast<int32_t>(arguments[0].integer());
    auto found = services_.sessions.find(pid);
    if (found == services_.sessions.end()) {
      warn("01000", fmt::format("PID {} is not a PostgreSQL backend process", pid));
      return Value(false);
    }
    if (name == "pg_cancel_backend")
      found->second->session->cancel(now_);
    else
      found->second->session->terminate(now_);
    return Value(true);
  }
  if (name == "pg_postmaster_start_time" || name == "pg_conf_load_time") {
    Duration uptime = services_.backend.status(now_).uptime;
    return Value(wall_time() - std::chrono::duration_cast<std::chrono::microseconds>(uptime).count());
  }
  return call_view_function(name, arguments, *this);
}

std::optional<int64_t> Conversation::replay_timestamp() const {
  node::NodeStatus status = services_.backend.status(now_);
  if (!status.upstream || status.visible == Lsn{}) return std::nullopt;
  // Records carry no time of day. What is known: everything that this node had heard of so long ago is applied.
  return wall_time() -
         std::chrono::duration_cast<std::chrono::microseconds>(status.upstream->lag.applied).count();
}

}  // namespace wallaby::sql
