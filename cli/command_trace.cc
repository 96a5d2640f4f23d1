// trace: a commit's way through the stages of all nodes. Of a write that it sends itself, of one by its token, of the newest.
#include <chrono>
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/trace_text.h"
#include "cli/write_command.h"
#include "replication/trace_log.h"

namespace wallaby::cli {
namespace {

using replication::TraceLog;
static_assert(TraceLog::kKept == 256 && TraceLog::kPerSecond == 100, "the help names both");

constexpr Duration kAnswerTimeout = std::chrono::seconds(5);
/// For the answer of a node that was told to wait no longer.
constexpr Duration kLastWord = std::chrono::seconds(1);

struct TraceOptions : WriteOptions {
  Duration patience = std::chrono::seconds(2);
};
struct LookOptions {
  std::optional<Token> token;
  uint64_t last = 1;
};

Result<node::Traces> traces_in(Result<node::ReplyBody> reply) {
  if (!reply) return std::unexpected(reply.error());
  if (auto* traces = std::get_if<node::Traces>(&*reply)) return std::move(*traces);
  return error(ErrorCode::kProtocol, "the node answered with something else than traces");
}

/// Waits for the last replica, `patience` at most (Ctrl-C ends it as well), then takes the trace as it is.
Result<node::Traces> ask_when_complete(server::Client& client, Token token, Duration patience) {
  bool wait = patience > Duration::zero();
  node::RequestId id = client.send(node::GetTraces{.token = token, .wait = wait});
  auto reply = client.wait(id, {}, wait ? patience : kAnswerTimeout);
  bool out_of_patience = !reply && reply.error().code == ErrorCode::kUnknownOutcome;
  return traces_in(out_of_patience ? client.cancel(id, {}, kLastWord) : std::move(reply));
}

/// On stdout or on stderr. Returns false when there is nothing to show.
bool show(const Context& context, const Result<node::Traces>& traces, std::FILE* out) {
  if (!traces) return false;
  bool first = true;
  for (const replication::CommitTrace& trace : traces->traces) {
    if (context.json)
      fmt::print(out, "{}\n", trace_json(trace));
    else
      fmt::print(out, "{}{}", first ? "" : "\n", trace_text(trace));
    first = false;
  }
  std::fflush(out);
  return !traces->traces.empty();
}

void explain_no_trace(Token token) {
  tell(fmt::format(
      "wallaby: the primary keeps no trace of {}: it keeps the newest {} since its start, and above {} "
      "commits a second only some are traced",
      to_string(token), TraceLog::kKept, TraceLog::kPerSecond));
}

/// The write's outcome decides the exit status; its trace is what is printed.
ExitStatus trace_write(const Context& context, const TraceOptions& options, node::Write request) {
  auto client = context.connect();
  if (!client) return fail(client.error());
  request.trace = true;
  WriteOutcome outcome = send_write(*client, std::move(request), options.timeout);
  if (!outcome.written) {
    ExitStatus status = report(context, outcome);
    if (outcome.token) show(context, ask_when_complete(*client, *outcome.token, {}), stderr);
    return status;
  }
  const std::optional<Token>& token = outcome.written->token;
  if (!token) {
    tell("wallaby: nothing had to change, so nothing was logged and there is nothing to trace");
    return ExitStatus::kNotFound;
  }
  auto traces = ask_when_complete(*client, *token, options.patience);
  if (!show(context, traces, stdout)) {
    // The commit stands, whatever became of its trace.
    report(context, outcome);
    if (!traces) return fail(traces.error());
    explain_no_trace(*token);
    return ExitStatus::kNotFound;
  }
  if (!traces->traces.front().complete)
    tell(fmt::format("not everybody has it yet; `wallaby trace {}` shows more later", to_string(*token)));
  return ExitStatus::kDone;
}

ExitStatus look(const Context& context, const LookOptions& options) {
  auto client = context.connect();
  if (!client) return fail(client.error());
  auto traces = traces_in(
      client->call(node::GetTraces{.last = options.last, .token = options.token}, {}, kAnswerTimeout));
  if (!traces) return fail(traces.error());
  if (show(context, traces, stdout)) return ExitStatus::kDone;
  if (options.token)
    explain_no_trace(*options.token);
  else
    tell("wallaby: no commit since this primary started");
  return ExitStatus::kNotFound;
}

void add_patience(CLI::App* command, TraceOptions& options) {
  add_parsed(command, "--patience", options.patience, parse_duration,
             "After its answer, wait at most this long for the slowest replica (default 2s; 0s: not at all)")
      ->type_name("DURATION");
}

void add_trace_put(CLI::App* trace, Context& context) {
  auto options = std::make_shared<TraceOptions>();
  auto* command = trace->add_subcommand("put", "Write one row, and draw its way");
  add_put_arguments(command, *options);
  add_write_options(command, *options);
  add_patience(command, *options);
  on_run(command, context,
         [options, &context] { return trace_write(context, *options, put_request(*options)); });
}

void add_trace_del(CLI::App* trace, Context& context) {
  auto options = std::make_shared<TraceOptions>();
  auto* command = trace->add_subcommand("del", "Delete one row, and draw its way");
  add_del_arguments(command, *options);
  add_write_options(command, *options);
  add_patience(command, *options);
  on_run(command, context,
         [options, &context] { return trace_write(context, *options, del_request(*options)); });
}

}  // namespace

void add_trace(CLI::App& app, Context& context) {
  auto options = std::make_shared<LookOptions>();
  auto* command = app.add_subcommand("trace", "A commit's way: when it reached each stage, at each node");
  auto* token =
      add_parsed(command, "TOKEN", options->token, parse_token, "Of an earlier write")->type_name("");
  command->add_option("--last", options->last, "The newest N commits that were traced (default 1)")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000'000}))
      ->type_name("N")
      ->excludes(token);
  command->require_subcommand(0, 1);
  add_examples(
      command,
      R"(Time counts from `appended`, on the primary's clock; what happened on replicas is put on it with durations that
they measured themselves, so no two clocks need agree. A bar begins where the stage before was reached and ends at the
row's own time: its length is what this step took. A dash: not reached yet, as far as the primary knows.

The primary keeps the newest 256 traces. Above 100 commits a second it traces only some; `trace put` is always traced.
A write whose outcome is unknown (exit status 5: Ctrl-C, --timeout) prints its token, and its way so far on stderr.

  wallaby trace put greetings hello world
  wallaby trace put greetings hello moon --ack sync --patience 10s
  wallaby trace --last 5
  wallaby trace 0/1A8@1 --json)");
  add_trace_put(command, context);
  add_trace_del(command, context);
  // The callback of a command runs after those of its subcommands, and would take their place.
  command->callback([command, options, &context] {
    if (command->get_subcommands().empty())
      context.run = [options, &context] { return look(context, *options); };
  });
}

}  // namespace wallaby::cli
