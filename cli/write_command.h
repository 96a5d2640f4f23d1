// cli/write_command.h
//
// A write, from the words on the command line to the exit status: what every command that writes shares.
//
//     WriteOptions options;                        // filled by add_put_arguments(), add_write_options()
//     WriteOutcome outcome = send_write(*client, put_request(options), options.timeout);
//     return report(context, outcome);
//
// When the timeout has come, or Ctrl-C, the node is asked to end the wait, and the write's own last word counts:
//
//     it is in the log          outcome unknown, with its token    exit 5
//     it was never run          refused: nothing was logged        exit 3
//     it was answered by then   committed                          exit 0
//
// A node that does not answer that either gets a second and a half; then the outcome is unknown, without a token.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "base/lsn.h"
#include "cli/command.h"
#include "node/client_messages.h"

namespace wallaby::cli {

struct WriteOptions {
  std::string table, key, value;
  std::optional<replication::Rung> ack;
  Duration timeout{};
};
/// TABLE KEY VALUE
void add_put_arguments(CLI::App* command, WriteOptions& options);
/// TABLE KEY
void add_del_arguments(CLI::App* command, WriteOptions& options);
/// --ack, --timeout
void add_write_options(CLI::App* command, WriteOptions& options);
node::Write put_request(const WriteOptions& options);
node::Write del_request(const WriteOptions& options);

struct WriteOutcome {
  Result<node::Written> written;
  std::optional<Token> token;  ///< of a write that is not answered, if the node could tell it
};
/// Notices go to stderr while it waits. `timeout` zero: for ever.
WriteOutcome send_write(server::Client& client, node::Write request, Duration timeout);

/// The token alone on stdout (--json: an object), and on stderr what became of the write.
ExitStatus report(const Context& context, const WriteOutcome& outcome);

}  // namespace wallaby::cli
