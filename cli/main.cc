// wallaby: the client, and the tools that look at a data directory. One file a group of subcommands (command_*.cc).
#include <cstdio>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "base/version.h"
#include "cli/command.h"

namespace wallaby::cli {
namespace {

constexpr const char* kFooter =
    R"(A first minute, with the two servers running (wallaby-primary, wallaby-replica, or ./run cluster):
  wallaby put greetings hello world                        prints the write's token: its place in the log
  wallaby --node 127.0.0.1:7401 get greetings hello        reads it on the replica
  wallaby --node 127.0.0.1:7401 get greetings hello --after 0/1A8@1
                                                           ... once the replica has reached that token
  wallaby status --watch                                   who is how far behind
  wallaby ack sync                                         from now on a write waits for every replica
  wallaby --node 127.0.0.1:7401 hold received              and now that one waits, until `release`
  wallaby COMMAND --help                                   more, with examples

Answers go to stdout, everything said about them to stderr.
Exit status: 0 done; 1 not found, or a check failed; 2 usage; 3 refused; 4 the node could not be reached, nothing
was sent; 5 outcome unknown: it was sent, and no final answer came.)";

/// Several commands' help in one screen: name and one line each.
void add_commands(CLI::App& app, Context& context) {
  auto group = [&app, &context](const char* name, auto... add) {
    for (auto* one : {add...}) {
      size_t before = app.get_subcommands([](CLI::App*) { return true; }).size();
      one(app, context);
      auto all = app.get_subcommands([](CLI::App*) { return true; });
      for (size_t i = before; i < all.size(); ++i) all[i]->group(name);
    }
  };
  group("Read and write", add_put, add_get, add_del, add_scan, add_tables, add_batch, add_load);
  group("Watch", add_status, add_commit_status, add_trace, add_events, add_bench);
  group("Steer", add_ack_switch, add_drop_replica, add_checkpoint);
  group("Stop and single-step", add_hold, add_release, add_step, add_pause, add_resume);
  group("Look at a data directory", add_waldump, add_verify, add_salvage);
}

int run(int argc, char** argv) {
  CLI::App app("wallaby: talks to Wallaby's nodes, and looks into their data directories", "wallaby");
  app.get_formatter()->column_width(30);
  app.footer(kFooter);
  app.set_version_flag("--version", fmt::format("wallaby {}", kVersion), "Print the version");
  app.require_subcommand(1);
  app.fallthrough();

  Context context;
  add_parsed(&app, "--node", context.node, parse_address, "The node to talk to (default 127.0.0.1:7400)")
      ->envname("WALLABY_NODE")
      ->type_name("HOST:PORT");
  app.add_flag("--tls", context.tls,
               "Talk to it over TLS alone; its certificate must be for --node's host, and signed by "
               "somebody whom this machine trusts");
  app.add_option("--tls-ca", context.tls_ca, "The same, but signed by one of these (PEM)")
      ->envname("WALLABY_TLS_CA")
      ->type_name("FILE");
  app.add_option("--user", context.user, "Log in as this role; nodes on this machine ask for none")
      ->envname("WALLABY_USER")
      ->type_name("NAME");
  app.add_option("--password-file", context.password_file,
                 "The first line is its password; without it the variable WALLABY_PASSWORD has it")
      ->envname("WALLABY_PASSWORD_FILE")
      ->type_name("FILE");
  app.add_flag("--json", context.json, "Print for programs: JSON, one object a line");
  add_commands(app, context);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() == 0) return app.exit(problem);
    auto chosen = app.get_subcommands();
    tell(fmt::format("wallaby: {}\nSee: wallaby {}--help", problem.what(),
                     chosen.empty() ? "" : chosen[0]->get_name() + " "));
    return static_cast<int>(ExitStatus::kUsage);
  }
  ExitStatus status = context.run();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    tell("wallaby: stdout could not be written to the end");
    if (status == ExitStatus::kDone) status = ExitStatus::kNotFound;
  }
  return static_cast<int>(status);
}

}  // namespace
}  // namespace wallaby::cli

int main(int argc, char** argv) {
  return wallaby::cli::run(argc, argv);
}
