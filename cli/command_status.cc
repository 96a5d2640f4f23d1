// status, events: what a node does, once or on and on.
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/status_text.h"

namespace wallaby::cli {
namespace {

constexpr Duration kAnswerTimeout = std::chrono::seconds(5);
constexpr int kWatchEvery_ms = 500;

struct WatchOptions {
  bool watch = false;
  uint64_t limit = 0;
};

Result<node::NodeStatus> ask(server::Client& client) {
  auto reply = client.call(node::GetStatus{}, {}, kAnswerTimeout);
  if (!reply) return std::unexpected(reply.error());
  auto* status = std::get_if<node::StatusReply>(&*reply);
  if (!status) return error(ErrorCode::kProtocol, "the node answered with something else than its status");
  return std::move(status->status);
}

std::string rendered(const Context& context, const node::NodeStatus& status, bool color) {
  return context.json ? status_json(status) + "\n" : status_text(status, color);
}

/// Ctrl-C ends it at once.
void wait_a_moment() {
  poll(nullptr, 0, kWatchEvery_ms);
}

/// Draws over the last picture instead of clearing the screen first, so that nothing flickers.
void draw(const std::string& text) {
  std::string frame = "\x1b[H";
  for (char c : text) {
    if (c == '\n') frame += "\x1b[K";
    frame += c;
  }
  frame += "\x1b[J";
  std::fwrite(frame.data(), 1, frame.size(), stdout);
  std::fflush(stdout);
}

/// On a terminal: a picture that is drawn over again, and that outlives the node. Elsewhere: one status after the other.
ExitStatus watch(const Context& context) {
  bool terminal = isatty(STDOUT_FILENO) != 0 && !context.json;
  catch_interrupts();
  if (terminal) fmt::print("\x1b[?1049h\x1b[?25l");  // the other screen, no cursor
  auto client = context.connect();
  ExitStatus result = ExitStatus::kDone;
  for (bool first = true; !interrupted(); first = false) {
    auto status = client ? ask(*client) : std::unexpected(client.error());
    if (interrupted()) break;
    if (!terminal && !status) {
      result = fail(status.error());
      break;
    }
    if (terminal) {
      draw((status ? status_text(*status, true) : status.error().message + "\n") +
           "\nEvery 0.5 s; Ctrl-C ends it.\n");
      if (!status) client = context.connect();
    } else {
      fmt::print("{}{}", first || context.json ? "" : "\n", rendered(context, *status, false));
      std::fflush(stdout);
    }
    wait_a_moment();
  }
  if (terminal) fmt::print("\x1b[?25h\x1b[?1049l");
  return result;
}

ExitStatus status(const Context& context, const WatchOptions& options) {
  if (options.watch) return watch(context);
  auto client = context.connect();
  if (!client) return fail(client.error());
  auto status = ask(*client);
  if (!status) return fail(status.error());
  fmt::print("{}", rendered(context, *status, isatty(STDOUT_FILENO) != 0));
  return ExitStatus::kDone;
}

std::string event_line(const Context& context, const replication::StageEvent& event) {
  auto at = std::chrono::duration_cast<std::chrono::microseconds>(event.at.time_since_epoch()).count();
  if (!context.json) {
    return fmt::format("{:>14.6f}  {:<10}  {:<12}  {}", static_cast<double>(at) / 1e6, event.node,
                       to_string(event.stage), to_string(event.position));
  }
  Json json = Json::object();
  json.add("at_us", at)
      .add("node", event.node)
      .add("stage", to_string(event.stage))
      .add("position", event.position);
  return json.text();
}

ExitStatus events(const Context& context, const WatchOptions& options) {
  auto client = context.connect();
  if (!client) return fail(client.error());
  client->send(node::WatchEvents{});
  uint64_t printed = 0;
  while (true) {
    auto reply = client->receive();
    if (interrupted()) return ExitStatus::kDone;
    if (!reply) return fail(reply.error());
    if (const auto* failed = std::get_if<node::Failed>(&reply->body)) return fail(failed->error);
    const auto* batch = std::get_if<node::StageEvents>(&reply->body);
    if (!batch) continue;
    for (const auto& event : batch->events) {
      fmt::print("{}\n", event_line(context, event));
      if (++printed == options.limit) return ExitStatus::kDone;
    }
    std::fflush(stdout);
    if (std::ferror(stdout)) return ExitStatus::kDone;
  }
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
  auto options = std::make_shared<WatchOptions>();
  auto* command = app.add_subcommand("status", "What the node is, and how far each replica is");
  command->add_flag("--watch", options->watch, "Show it again every half second, until Ctrl-C");
  add_examples(
      command,
      R"(A position is how many bytes of the log have come that far: appended (in the primary's memory), flushed (on
its disk), received, flushed and applied on a replica, acknowledged (the switch's promise is met, readers see it).

  wallaby status
  wallaby status --watch
  wallaby --node 127.0.0.1:7401 status --json | python3 -m json.tool)");
  on_run(command, context, [options, &context] { return status(context, *options); });
}

void add_events(CLI::App& app, Context& context) {
  auto options = std::make_shared<WatchOptions>();
  auto* command = app.add_subcommand("events", "Each step of each record through the stages, as it happens");
  command->add_option("--limit", options->limit, "End after so many (default: until Ctrl-C)")->type_name("N");
  add_examples(
      command,
      R"(One line an event: the node's clock in seconds, where, which stage, and the position that has reached it. Of a
replica the node tells what was reported, when it heard it; `sent` is told of the replica that it was sent to.
Watch a replica's positions on the primary, run `wallaby put` beside it, and see the record walk.

  wallaby events
  wallaby events --json --limit 20)");
  on_run(command, context, [options, &context] { return events(context, *options); });
}

}  // namespace wallaby::cli
