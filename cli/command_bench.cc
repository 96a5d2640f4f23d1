// bench: how fast is a node today, and how fast could it be on this disk?
#include <chrono>
#include <cstdio>
#include <memory>

#include "base/random.h"
#include "cli/bench_text.h"
#include "cli/command.h"
#include "cli/disk_probe.h"
#include "server/load_generator.h"

namespace wallaby::cli {
namespace {

constexpr Duration kProbeFor = std::chrono::seconds(1);
constexpr Duration kAnswerTimeout = std::chrono::seconds(5);

struct BenchOptions {
  BenchPlan plan;
  std::string table = "bench";
  uint64_t keys = 10'000;
  std::string probe_directory = ".";
  bool probe_given = false;
};

std::string key(uint64_t number) {
  return fmt::format("key{:010}", number);
}

/// Also after Ctrl-C, which ends the measurement early: what was measured until then is shown.
Result<node::NodeStatus> ask_status(const Context& context) {
  auto client = context.connect();
  if (!client) return std::unexpected(client.error());
  client->interrupt_by(nullptr);
  auto reply = client->call(node::GetStatus{}, {}, kAnswerTimeout);
  if (!reply) return std::unexpected(reply.error());
  auto* status = std::get_if<node::StatusReply>(&*reply);
  if (!status) return error(ErrorCode::kProtocol, "the node answered with something else than its status");
  return std::move(status->status);
}

/// Rows for gets to find.
Result<void> fill_table(const Context& context, const BenchOptions& options) {
  auto client = context.connect();
  if (!client) return std::unexpected(client.error());
  node::Write write;
  uint64_t bytes = 0;
  for (uint64_t number = 0; number < options.keys; ++number) {
    write.changes.push_back(
        {engine::ChangeKind::kPut, options.table, key(number), std::string(options.plan.size, 'x')});
    bytes += options.plan.size;
    if (write.changes.size() < 1000 && bytes < (8 << 20) && number + 1 < options.keys) continue;
    auto reply = client->call(std::move(write));
    if (!reply) return std::unexpected(reply.error());
    write = {};
    bytes = 0;
  }
  return {};
}

ExitStatus bench(const Context& context, const BenchOptions& options) {
  const BenchPlan& plan = options.plan;
  if (plan.size > engine::kMaxValue)
    return fail({ErrorCode::kInvalidArgument, "--size: a value takes at most 16 MiB"});
  if (plan.get) {
    if (auto filled = fill_table(context, options); !filled) return fail(filled.error());
  }
  BenchFigures figures;
  auto disk = probe_disk(options.probe_directory, kProbeFor);
  if (disk) {
    figures.disk = *disk;
  } else if (options.probe_given) {
    return fail(disk.error());
  } else {
    tell(disk.error().message + " (--disk-probe names another directory)");
  }

  auto before = ask_status(context);
  if (!before) return fail(before.error());
  auto entrance = context.entrance();
  if (!entrance) return fail(entrance.error());
  server::LoadOptions load{.address = context.node,
                           .entrance = *entrance,
                           .clients = plan.clients,
                           .depth = plan.depth,
                           .duration = plan.duration};
  load.stop = catch_interrupts();
  // A sequence of its own for each client, the same in each run.
  std::vector<Random> random;
  for (size_t client = 0; client < plan.clients; ++client) random.emplace_back(client + 1);
  std::string value(plan.size, 'v');
  load.make = [&](size_t client, uint64_t) -> std::optional<node::RequestBody> {
    std::string row = key(random[client].below(options.keys));
    if (plan.get) return node::Get{options.table, std::move(row), {}};
    return node::Write{{{engine::ChangeKind::kPut, options.table, std::move(row), value}}, plan.ack};
  };
  auto result = server::run_load(load);
  if (!result) return fail(result.error());
  auto after = ask_status(context);
  if (!after) return fail(after.error());

  figures.rung = plan.ack ? std::string(to_string(*plan.ack)) : after->rung;
  figures.done = result->done;
  figures.failed = result->failed;
  figures.seconds = std::chrono::duration<double>(result->elapsed).count();
  figures.flushes = after->flushes - before->flushes;
  figures.p50 = result->latency.percentile(50);
  figures.p99 = result->latency.percentile(99);
  figures.p999 = result->latency.percentile(99.9);
  if (context.json) {
    print_line(bench_json(plan, figures));
  } else {
    fmt::print("{}", bench_text(plan, figures));
  }
  if (result->failed == 0) return ExitStatus::kDone;
  tell(fmt::format("wallaby: {} requests failed{}", human_count(result->failed),
                   result->first_error ? ", the first with: " + result->first_error->message : ""));
  return result->first_error ? exit_status(result->first_error->code) : ExitStatus::kUnknown;
}

}  // namespace

void add_bench(CLI::App& app, Context& context) {
  auto options = std::make_shared<BenchOptions>();
  BenchPlan& plan = options->plan;
  auto* command = app.add_subcommand("bench", "How fast is the node, beside the disk's own limit");
  command->add_option("--clients", plan.clients, "Connections (default 16)")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N");
  command->add_option("--depth", plan.depth, "Requests under way on each (default 1)")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N");
  add_parsed(command, "--size", plan.size, parse_size, "Of a value (default 100)")->type_name("SIZE");
  add_parsed(command, "--duration", plan.duration, parse_duration, "Of the measurement (default 5s)")
      ->type_name("DURATION");
  add_ack(command, plan.ack);
  command->add_option("--keys", options->keys, "Different keys, chosen at random (default 10000)")
      ->check(CLI::Range(uint64_t{1}, uint64_t{100'000'000}))
      ->type_name("N");
  command->add_option("--table", options->table, "Where the rows go (default bench)")->type_name("TABLE");
  auto set_op = [&plan](const std::string& op) { plan.get = op == "get"; };
  command->add_option_function<std::string>("--op", set_op, "put or get (default put)")
      ->check(CLI::IsMember({"put", "get"}))
      ->type_name("OP");
  auto set_probe = [shared = options.get()](const std::string& directory) {
    shared->probe_directory = directory;
    shared->probe_given = true;
  };
  command
      ->add_option_function<std::string>(
          "--disk-probe", set_probe,
          "Measure the disk here for a second first; name a place on the disk where the "
          "node's data directory is (default: the current directory)")
      ->type_name("DIR");
  add_examples(
      command,
      R"(Commits share flushes: the more clients, the more commits fit into one. Compare commits per flush, and the disk's
own rate, with one client and with many; then look at what the rungs cost.

  wallaby bench --clients 1 --ack async
  wallaby bench --clients 64 --ack sync --duration 10s
  wallaby bench --clients 8 --depth 16 --size 1K --json)");
  on_run(command, context, [options, &context] { return bench(context, *options); });
}

}  // namespace wallaby::cli
