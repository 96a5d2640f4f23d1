// ack, drop-replica, pause, resume, step, checkpoint: what an operator tells a node.
#include <chrono>
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/json.h"
#include "replication/sync_replicas.h"

namespace wallaby::cli {
namespace {

struct ControlOptions {
  std::optional<replication::Rung> rung;
  std::optional<std::string> sync_replicas;
  std::string name;
  uint64_t records = 1;
  Duration timeout{};
};

/// Notices go to stderr while the answer is on its way.
void show_notices(const node::ReplyBody& body) {
  if (const auto* notice = std::get_if<node::ClientNotice>(&body)) tell(notice->text);
}

ExitStatus wrong_answer() {
  return fail({ErrorCode::kProtocol, "the node answered with something else than was asked"});
}

/// Sends a command that is answered with a sentence.
ExitStatus command_done(const Context& context, node::RequestBody request, Duration timeout) {
  auto client = context.connect();
  if (!client) return fail(client.error());
  auto reply = client->call(std::move(request), show_notices, timeout);
  if (!reply) return fail(reply.error());
  const auto* done = std::get_if<node::Done>(&*reply);
  if (!done) return wrong_answer();
  if (context.json) {
    Json json = Json::object();
    json.add("text", done->text);
    print_line((done->token ? json.add("token", to_string(*done->token)) : json.add_null("token")).text());
  } else {
    print_line(done->text);
  }
  return ExitStatus::kDone;
}

ExitStatus ack(const Context& context, const ControlOptions& options) {
  auto client = context.connect();
  if (!client) return fail(client.error());
  auto reply =
      client->call(node::SetPolicy{options.rung, options.sync_replicas}, show_notices, options.timeout);
  if (!reply) return fail(reply.error());
  const auto* policy = std::get_if<node::PolicyReply>(&*reply);
  if (!policy) return wrong_answer();
  if (context.json) {
    Json json = Json::object();
    json.add("ack", policy->rung).add("sync_replicas", policy->sync_replicas);
    print_line(
        (policy->token ? json.add("token", to_string(*policy->token)) : json.add_null("token")).text());
  } else {
    print_line(policy->sync_replicas.empty() ? policy->rung : policy->rung + ", " + policy->sync_replicas);
    if (policy->token) tell(fmt::format("logged as {}", to_string(*policy->token)));
  }
  return ExitStatus::kDone;
}

void print_records(const Context& context, const node::Stepped& stepped) {
  for (const node::SteppedRecord& record : stepped.records) {
    if (context.json) {
      Json json = Json::object();
      print_line(json.add("token", to_string(record.token))
                     .add("kind", record.kind)
                     .add("summary", record.summary)
                     .text());
    } else {
      print_line(fmt::format("{}  {}  {}", to_string(record.token), record.kind, record.summary));
    }
  }
}

ExitStatus step(const Context& context, const ControlOptions& options) {
  auto client = context.connect();
  if (!client) return fail(client.error());
  auto on_reply = [&context](const node::ReplyBody& body) {
    if (const auto* stepped = std::get_if<node::Stepped>(&body)) print_records(context, *stepped);
    show_notices(body);
  };
  auto reply = client->call(node::Step{options.records}, on_reply, options.timeout);
  if (!reply) return fail(reply.error());
  const auto* stepped = std::get_if<node::Stepped>(&*reply);
  if (!stepped) return wrong_answer();
  print_records(context, *stepped);
  return ExitStatus::kDone;
}

Result<std::string> parse_sync_replicas(const std::string& text) {
  if (text == "DEFAULT" || text == "default") return std::string("DEFAULT");
  auto set = replication::SyncReplicas::parse(text);
  if (!set) return std::unexpected(set.error());
  return to_string(*set);
}

/// One of the commands that take nothing.
void add_plain(CLI::App& app, Context& context, const char* name, const char* help, const char* examples,
               node::RequestBody request) {
  auto options = std::make_shared<ControlOptions>();
  auto* command = app.add_subcommand(name, help);
  add_timeout(command, options->timeout, "Wait at most this long for the answer (default: for ever)");
  add_examples(command, examples);
  on_run(command, context,
         [options, &context, request] { return command_done(context, request, options->timeout); });
}

}  // namespace

void add_ack_switch(CLI::App& app, Context& context) {
  auto options = std::make_shared<ControlOptions>();
  auto* command = app.add_subcommand("ack", "Show or throw the switch: when is a commit acknowledged?");
  add_parsed(command, "RUNG", options->rung, replication::parse_rung,
             "async, semi-sync, durable or sync; none: show it")
      ->type_name("");
  add_parsed(command, "--sync-replicas", options->sync_replicas, parse_sync_replicas,
             "Which replicas count: \"ANY 1 (*)\", \"ANY 2 (r1,r2,r3)\", ALL; DEFAULT takes it back")
      ->type_name("SET");
  add_timeout(command, options->timeout, "Wait at most this long for the answer (default: for ever)");
  add_examples(command,
               R"(  async      flushed on the primary            (PostgreSQL: synchronous_commit = local)
  semi-sync  and received by one replica       (remote_write)
  durable    and flushed by one replica        (on)
  sync       and applied by every member       (remote_apply)

The switch is a record in the log. It governs all that is not yet acknowledged: `ack async` releases writes that wait.

  wallaby ack
  wallaby ack semi-sync
  wallaby ack sync --sync-replicas 'ANY 2 (r1,r2,r3)')");
  on_run(command, context, [options, &context] { return ack(context, *options); });
}

void add_drop_replica(CLI::App& app, Context& context) {
  auto options = std::make_shared<ControlOptions>();
  auto* command = app.add_subcommand("drop-replica", "Take a member out: nothing waits for it any more");
  add_parsed(command, "NAME", options->name, parse_node_name, "As `status` shows it")
      ->required()
      ->type_name("");
  add_timeout(command, options->timeout, "Wait at most this long for the answer (default: for ever)");
  add_examples(
      command,
      R"(For a replica that will not come back. Its log is not kept for it any longer; should it be started again, it
joins like a new one.

  wallaby drop-replica r2)");
  on_run(command, context, [options, &context] {
    return command_done(context, node::DropReplica{options->name}, options->timeout);
  });
}

void add_pause(CLI::App& app, Context& context) {
  add_plain(
      app, context, "pause", "A replica goes on receiving, and applies nothing",
      R"(Its readers see the past until `resume`. The log goes on arriving; `status` on the primary shows the lag.

  wallaby --node 127.0.0.1:7401 pause)",
      node::Pause{});
}

void add_resume(CLI::App& app, Context& context) {
  add_plain(app, context, "resume", "End a pause", "  wallaby --node 127.0.0.1:7401 resume", node::Resume{});
}

void add_step(CLI::App& app, Context& context) {
  auto options = std::make_shared<ControlOptions>();
  auto* command = app.add_subcommand("step", "Let N more records through a pause, and print them");
  command->add_option("N", options->records, "How many, also such that are yet to come (default 1)")
      ->check(CLI::PositiveNumber)
      ->type_name("");
  add_timeout(command, options->timeout,
              "Wait at most this long for the records to pass (default: for ever)");
  add_examples(command, R"(  wallaby --node 127.0.0.1:7401 pause
  wallaby --node 127.0.0.1:7401 step          the next record, then it stands again
  wallaby --node 127.0.0.1:7401 step 10)");
  on_run(command, context, [options, &context] { return step(context, *options); });
}

void add_checkpoint(CLI::App& app, Context& context) {
  add_plain(
      app, context, "checkpoint", "Write the tables to a file now, so that recovery begins there",
      R"(Nodes do this by themselves when the log has grown enough; the log before the older of two checkpoints goes.

  wallaby checkpoint)",
      node::TakeCheckpoint{});
}

}  // namespace wallaby::cli
