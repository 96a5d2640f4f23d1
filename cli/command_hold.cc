// hold, release, step, pause, resume: stop a node's work at one stage, and let it go on record by record (node/holds.h).
#include <memory>

#include "cli/command.h"
#include "cli/json.h"
#include "replication/stage.h"

namespace wallaby::cli {
namespace {

using replication::StageName;

struct HoldOptions {
  std::optional<replication::Stage> stage;
  NodeName replica;
  uint64_t records = 1;
  Duration timeout{};

  /// A replica alone can only mean `sent`.
  std::optional<StageName> name() const {
    if (!stage && replica.empty()) return std::nullopt;
    return StageName{stage.value_or(replication::Stage::kSent), replica};
  }
};

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

ExitStatus step(const Context& context, const HoldOptions& options) {
  auto client = context.connect();
  if (!client) return fail(client.error());
  auto on_reply = [&context](const node::ReplyBody& body) {
    if (const auto* stepped = std::get_if<node::Stepped>(&body)) print_records(context, *stepped);
    show_notice(body);
  };
  auto reply = client->call(node::Step{options.records, options.name()}, on_reply, options.timeout);
  if (!reply && reply.error().code == ErrorCode::kUnknownOutcome)
    return fail({reply.error().code,
                 reply.error().message +
                     "; records that the step still lets through pass, unless `release` lifts the hold"});
  if (!reply) return fail(reply.error());
  const auto* stepped = std::get_if<node::Stepped>(&*reply);
  if (!stepped) return wrong_answer();
  print_records(context, *stepped);
  return ExitStatus::kDone;
}

CLI::Option* add_stage(CLI::App* command, HoldOptions& options, const std::string& name,
                       const std::string& help) {
  return add_parsed(command, name, options.stage, replication::parse_stage, help);
}

void add_replica(CLI::App* command, HoldOptions& options) {
  add_parsed(command, "--replica", options.replica, parse_node_name,
             "Of `sent`: only what is sent to this replica")
      ->type_name("NAME");
}

/// pause or resume.
void add_plain(CLI::App& app, Context& context, const char* name, const char* help, const char* examples,
               node::RequestBody request) {
  auto options = std::make_shared<HoldOptions>();
  auto* command = app.add_subcommand(name, help);
  add_answer_timeout(command, options->timeout);
  add_examples(command, examples);
  on_run(command, context,
         [options, &context, request] { return command_done(context, request, options->timeout); });
}

}  // namespace

void add_hold(CLI::App& app, Context& context) {
  auto options = std::make_shared<HoldOptions>();
  auto* command = app.add_subcommand("hold", "Stop records at one stage of a node, until they are released");
  add_stage(command, *options, "STAGE", "Where: see below")->required()->type_name("");
  add_replica(command, *options);
  add_answer_timeout(command, options->timeout);
  add_examples(command,
               R"(A hold is a ceiling: nothing that comes from now on passes that stage on that node.

  of a primary   appended      writes queue before they run
                 flushed       in memory, not on the primary's disk
                 sent          not handed to replicas (--replica NAME: to that one)
                 acknowledged  promise met or not: no client is told, readers do not see it
  of a replica   received      not in the replica's log
                 flushed       in its log file, not on its disk
                 applied       not in its tables: the same as `pause`
                 sent          not handed to replicas that it feeds

The node goes on talking, so nobody takes it for dead. `status` shows what is held, and who waits for it. Kill a process
while a commit is held, and see what survives. A hold does not outlive its node.

  wallaby --node 127.0.0.1:7401 hold received      r1 takes nothing more into its log
  wallaby ack semi-sync
  wallaby put greetings hello world                waits for r1
  wallaby --node 127.0.0.1:7401 release            in another terminal: the put returns)");
  on_run(command, context, [options, &context] {
    return command_done(context, node::HoldStage{*options->name()}, options->timeout);
  });
}

void add_release(CLI::App& app, Context& context) {
  auto options = std::make_shared<HoldOptions>();
  auto* command = app.add_subcommand("release", "Let held records go on");
  add_stage(command, *options, "STAGE", "Which hold ends; none: all of this node's")->type_name("");
  add_replica(command, *options);
  add_answer_timeout(command, options->timeout);
  add_examples(command, R"(  wallaby release flushed
  wallaby release sent --replica r1
  wallaby --node 127.0.0.1:7401 release            all holds of r1)");
  on_run(command, context, [options, &context] {
    return command_done(context, node::ReleaseStage{options->name()}, options->timeout);
  });
}

void add_step(CLI::App& app, Context& context) {
  auto options = std::make_shared<HoldOptions>();
  auto* command = app.add_subcommand("step", "Let N more records pass a hold, and print them");
  command->add_option("N", options->records, "How many, also such that are yet to come (default 1)")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000'000}))
      ->type_name("");
  add_stage(command, *options, "--stage", "Which hold (needed when the node has several)")
      ->type_name("STAGE");
  add_replica(command, *options);
  add_timeout(command, options->timeout,
              "Wait at most this long for the records to pass (default: for ever)");
  add_examples(command, R"(  wallaby --node 127.0.0.1:7401 pause
  wallaby --node 127.0.0.1:7401 step          the next record, then it stands again
  wallaby --node 127.0.0.1:7401 step 10

  wallaby hold flushed
  wallaby step --stage flushed)");
  on_run(command, context, [options, &context] { return step(context, *options); });
}

void add_pause(CLI::App& app, Context& context) {
  add_plain(
      app, context, "pause", "A replica goes on receiving, and applies nothing",
      R"(Its readers see the past until `resume`. The log goes on arriving; `status` on the primary shows the lag.
The same as `hold applied`.

  wallaby --node 127.0.0.1:7401 pause)",
      node::HoldStage{StageName{replication::Stage::kApplied, {}}});
}

void add_resume(CLI::App& app, Context& context) {
  add_plain(app, context, "resume", "End a pause",
            "The same as `release applied`.\n\n  wallaby --node 127.0.0.1:7401 resume",
            node::ReleaseStage{StageName{replication::Stage::kApplied, {}}});
}

}  // namespace wallaby::cli
