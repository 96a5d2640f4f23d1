// ack, commit-status, drop-replica, checkpoint: the switch, its members, and what it promised.
#include <chrono>
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/write_text.h"
#include "replication/sync_replicas.h"

namespace wallaby::cli {
namespace {

struct ControlOptions {
  node::SetPolicy policy;
  NodeName name;
  Token token;
  Duration timeout{};
};

ExitStatus ack(const Context& context, const ControlOptions& options) {
  auto client = context.connect();
  if (!client) return fail(client.error());
  auto reply = client->call(options.policy, show_notice, options.timeout);
  if (!reply) return fail(reply.error());
  const auto* policy = std::get_if<node::PolicyReply>(&*reply);
  if (!policy) return wrong_answer();
  print_line(context.json ? policy_json(*policy) : policy_text(*policy));
  if (policy->token && !context.json) tell(fmt::format("logged as {}", to_string(*policy->token)));
  return ExitStatus::kDone;
}

ExitStatus commit_status(const Context& context, const ControlOptions& options) {
  auto client = context.connect();
  if (!client) return fail(client.error());
  auto reply = client->call(node::GetCommitStatus{options.token}, show_notice, options.timeout);
  if (!reply) return fail(reply.error());
  const auto* answer = std::get_if<node::CommitStatusReply>(&*reply);
  if (!answer) return wrong_answer();
  const replication::CommitStatus& status = answer->status;
  if (context.json) {
    print_line(Json::object()
                   .add("token", to_string(options.token))
                   .add("state", to_string(status.state))
                   .add("text", status.text)
                   .text());
  } else {
    print_line(fmt::format("{}: {}", to_string(status.state), status.text));
  }
  return status.state == replication::CommitState::kUnknown ? ExitStatus::kNotFound : ExitStatus::kDone;
}

Result<std::string> parse_sync_replicas(const std::string& text) {
  if (text == "DEFAULT" || text == "default") return std::string("DEFAULT");
  auto set = replication::SyncReplicas::parse(text);
  if (!set) return std::unexpected(set.error());
  return to_string(*set);
}

Result<std::string> parse_on_missing(const std::string& text) {
  auto rule = replication::parse_on_missing(text);
  if (!rule) return std::unexpected(rule.error());
  return to_string(*rule);
}

}  // namespace

void add_ack_switch(CLI::App& app, Context& context) {
  auto options = std::make_shared<ControlOptions>();
  auto* command = app.add_subcommand("ack", "Show or throw the switch: when is a commit acknowledged?");
  add_parsed(command, "RUNG", options->policy.rung, replication::parse_rung,
             "off, async, semi-sync, durable or sync; none: show it")
      ->type_name("");
  add_parsed(
      command, "--sync-replicas", options->policy.sync_replicas, parse_sync_replicas,
      "Which replicas count: \"ANY 1 (*)\", \"ANY 2 (r1,r2,r3)\", \"FIRST 1 (r1,r2)\", ALL; DEFAULT takes it "
      "back")
      ->type_name("SET");
  add_parsed(command, "--on-missing", options->policy.on_missing, parse_on_missing,
             "When replicas are missing: block, reject or degrade=10s; see below")
      ->type_name("RULE");
  add_answer_timeout(command, options->timeout);
  add_examples(command,
               R"(  off        appended in the primary's memory  (PostgreSQL: synchronous_commit = off)
  async      flushed on the primary            (local)
  semi-sync  and received by one replica       (remote_write)
  durable    and flushed by one replica        (on)
  sync       and applied by every member       (remote_apply)

When replicas that the promise needs are missing: `block` lets writes wait; `reject` refuses new ones at once, and nothing
of them is logged; `degrade=10s` falls back to async when a write has waited for so long, until they keep up again.

The switch is a record in the log. It governs all that is not yet acknowledged: `ack async` releases writes that wait.

  wallaby ack
  wallaby ack semi-sync
  wallaby ack sync --sync-replicas 'ANY 2 (r1,r2,r3)'
  wallaby ack sync --on-missing degrade=2s)");
  on_run(command, context, [options, &context] { return ack(context, *options); });
}

void add_commit_status(CLI::App& app, Context& context) {
  auto options = std::make_shared<ControlOptions>();
  auto* command = app.add_subcommand("commit-status", "What became of a write whose outcome was unknown?");
  add_parsed(command, "TOKEN", options->token, parse_token, "As the write printed it")
      ->required()
      ->type_name("");
  add_answer_timeout(command, options->timeout);
  add_examples(
      command,
      R"(  visible    it met the switch's promise (on a replica: it is applied); readers of this node see it
  pending    it is in this node's log, and not visible; it will be, or a failover discards it
  discarded  a failover left it behind
  unknown    this node cannot tell (exit status 1)

  token=$(wallaby put greetings hello world --timeout 1s)      exit status 5: outcome unknown
  wallaby commit-status "$token")");
  on_run(command, context, [options, &context] { return commit_status(context, *options); });
}

void add_drop_replica(CLI::App& app, Context& context) {
  auto options = std::make_shared<ControlOptions>();
  auto* command = app.add_subcommand("drop-replica", "Take a member out: nothing waits for it any more");
  add_parsed(command, "NAME", options->name, parse_node_name, "As `status` shows it")
      ->required()
      ->type_name("");
  add_answer_timeout(command, options->timeout);
  add_examples(
      command,
      R"(For a replica that will not come back. Its log is not kept for it any longer; should it be started again, it
joins like a new one.

  wallaby drop-replica r2)");
  on_run(command, context, [options, &context] {
    return command_done(context, node::DropReplica{options->name}, options->timeout);
  });
}

void add_checkpoint(CLI::App& app, Context& context) {
  auto options = std::make_shared<ControlOptions>();
  auto* command =
      app.add_subcommand("checkpoint", "Write the tables to a file now, so that recovery begins there");
  add_answer_timeout(command, options->timeout);
  add_examples(
      command,
      R"(Nodes do this by themselves when the log has grown enough; the log before the older of two checkpoints goes.

  wallaby checkpoint)");
  on_run(command, context,
         [options, &context] { return command_done(context, node::TakeCheckpoint{}, options->timeout); });
}

}  // namespace wallaby::cli
