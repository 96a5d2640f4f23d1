// cli/command.h
//
// What every subcommand of `wallaby` stands on: the global options, the connection, and how it ends.
//
//     void add_get(CLI::App& app, Context& context) {
//       auto options = std::make_shared<GetOptions>();
//       auto* command = app.add_subcommand("get", "...");
//       command->add_option("TABLE", options->table, "...")->required();
//       on_run(command, context, [options, &context] { return get(context, *options); });
//     }
//
// A command parses and prints; what there is to decide is decided by the node. Answers go to stdout, everything that is said
// about them to stderr, so that a script can use the one and a person read the other.
#pragma once

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/identity.h"
#include "base/units.h"
#include "cli/exit_status.h"
#include "cli/units.h"
#include "replication/ack_mode.h"
#include "server/client.h"

namespace wallaby::cli {

struct Context {
  Address node{"127.0.0.1", 7400};
  bool tls = false;
  std::string tls_ca, user, password_file;
  bool json = false;
  /// What the chosen subcommand does; set while the command line is parsed.
  std::function<ExitStatus()> run;

  /// Certificates and password, read from where the options say. kInvalidArgument.
  Result<server::Entrance> entrance() const;
  /// Ctrl-C ends its waits.
  Result<server::Client> connect() const;
};

void on_run(CLI::App* command, Context& context, std::function<ExitStatus()> run);

/// Prints the error's sentence on stderr; returns what it means.
ExitStatus fail(const Error& error);
/// One line on stderr.
void tell(std::string_view text);
/// On stdout, with its newline, at once: who reads a pipe sees it now.
void print_line(std::string_view text);

/// From the first call on, Ctrl-C and SIGTERM set this instead of ending the program, so that it can still say what
/// became of a write that is under way. A second one ends it at once.
const volatile std::sig_atomic_t* catch_interrupts();
bool interrupted();

/// A node's notice goes to stderr while the answer is on its way; other replies are passed over.
void show_notice(const node::ReplyBody& body);
/// fail(), for an answer that does not fit the question.
ExitStatus wrong_answer();
/// Sends a command that is answered with a sentence (Done), and prints that. `timeout` zero: wait for ever.
ExitStatus command_done(const Context& context, node::RequestBody request, Duration timeout);

/// An option whose text is parsed by one of our parse functions; an error there is a usage error.
template <typename Target, typename Parse>
CLI::Option* add_parsed(CLI::App* command, const std::string& name, Target& target, Parse parse,
                        const std::string& help) {
  auto set = [&target, parse, name](const std::string& text) {
    auto value = parse(text);
    if (!value) throw CLI::ValidationError(name, value.error().message);
    target = std::move(*value);
  };
  return command->add_option_function<std::string>(name, set, help);
}

/// --timeout DURATION; zero: wait for ever.
CLI::Option* add_timeout(CLI::App* command, Duration& timeout, const std::string& help);
/// The same, for commands that only wait for an answer.
CLI::Option* add_answer_timeout(CLI::App* command, Duration& timeout);
/// --ack RUNG
CLI::Option* add_ack(CLI::App* command, std::optional<replication::Rung>& rung);
/// Examples at the end of a command's help.
void add_examples(CLI::App* command, const std::string& text);

// One function a subcommand, in the order of `wallaby --help`.
void add_put(CLI::App& app, Context& context);
void add_get(CLI::App& app, Context& context);
void add_del(CLI::App& app, Context& context);
void add_scan(CLI::App& app, Context& context);
void add_tables(CLI::App& app, Context& context);
void add_batch(CLI::App& app, Context& context);
void add_load(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_commit_status(CLI::App& app, Context& context);
void add_trace(CLI::App& app, Context& context);
void add_events(CLI::App& app, Context& context);
void add_ack_switch(CLI::App& app, Context& context);
void add_drop_replica(CLI::App& app, Context& context);
void add_hold(CLI::App& app, Context& context);
void add_release(CLI::App& app, Context& context);
void add_step(CLI::App& app, Context& context);
void add_pause(CLI::App& app, Context& context);
void add_resume(CLI::App& app, Context& context);
void add_checkpoint(CLI::App& app, Context& context);
void add_bench(CLI::App& app, Context& context);
void add_waldump(CLI::App& app, Context& context);
void add_verify(CLI::App& app, Context& context);
void add_salvage(CLI::App& app, Context& context);

}  // namespace wallaby::cli
