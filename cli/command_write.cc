// put, del, batch: the writes. Each is one transaction, and prints its token.
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include "cli/batch_file.h"
#include "cli/command.h"
#include "cli/write_command.h"
#include "wal/frame.h"

namespace wallaby::cli {
namespace {

struct BatchOptions : WriteOptions {
  std::string file;
};

Result<std::string> read_file(const std::string& name) {
  if (name == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(name, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) return error(ErrorCode::kNotFound, "the file '{}' cannot be read", name);
  return text;
}

ExitStatus put(const Context& context, const WriteOptions& options) {
  auto client = context.connect();
  if (!client) return fail(client.error());
  return report(context, send_write(*client, put_request(options), options.timeout));
}

ExitStatus del(const Context& context, const WriteOptions& options) {
  auto client = context.connect();
  if (!client) return fail(client.error());
  WriteOutcome outcome = send_write(*client, del_request(options), options.timeout);
  ExitStatus status = report(context, outcome);
  if (status != ExitStatus::kDone || outcome.written->rows > 0) return status;
  tell(fmt::format("wallaby: table '{}' has no key '{}'", options.table, options.key));
  return ExitStatus::kNotFound;
}

ExitStatus batch(const Context& context, const BatchOptions& options) {
  auto text = read_file(options.file);
  if (!text) return fail(text.error());
  auto changes = parse_batch(options.file == "-" ? "stdin" : options.file, *text);
  if (!changes) return fail(changes.error());
  if (changes->empty()) {
    tell(fmt::format("{} holds no changes: nothing was sent", options.file));
    return ExitStatus::kDone;
  }
  if (engine::encoded_size(*changes) > wal::kMaxPayload)
    return fail(
        {ErrorCode::kTooLarge,
         fmt::format("{} is more than one transaction holds (64 MiB); split it, or use `wallaby load`",
                     options.file)});
  auto client = context.connect();
  if (!client) return fail(client.error());
  WriteOutcome outcome = send_write(*client, {std::move(*changes), options.ack}, options.timeout);
  ExitStatus status = report(context, outcome);
  if (status == ExitStatus::kDone && !outcome.written->token)
    tell("nothing had to change: none of the deleted keys was there");
  return status;
}

}  // namespace

void add_put(CLI::App& app, Context& context) {
  auto options = std::make_shared<WriteOptions>();
  auto* command = app.add_subcommand("put", "Write one row; makes the table when there is none");
  add_put_arguments(command, *options);
  add_write_options(command, *options);
  add_examples(
      command,
      R"(Prints the write's token (its log position and timeline) once it is as safe as the switch promises (`wallaby ack`).
Ctrl-C, or --timeout, ends the wait and not the write: what is in the log stays there. Exit status 5 says so, and
`wallaby commit-status TOKEN` tells what became of it.

  wallaby put greetings hello world
  wallaby put greetings hello world --ack sync --timeout 2s
  wallaby put numbers minus-five -- -5)");
  on_run(command, context, [options, &context] { return put(context, *options); });
}

void add_del(CLI::App& app, Context& context) {
  auto options = std::make_shared<WriteOptions>();
  auto* command = app.add_subcommand("del", "Delete one row");
  add_del_arguments(command, *options);
  add_write_options(command, *options);
  add_examples(command, R"(Prints the token of the write; exits with 1 when there was no such row.

  wallaby del greetings hello)");
  on_run(command, context, [options, &context] { return del(context, *options); });
}

void add_batch(CLI::App& app, Context& context) {
  auto options = std::make_shared<BatchOptions>();
  auto* command =
      app.add_subcommand("batch", "Several puts and deletes as one transaction: all of them or none");
  command->add_option("FILE", options->file, "One change a line; - is stdin")->required();
  add_write_options(command, *options);
  add_examples(
      command,
      R"(A line is  put TABLE KEY VALUE  or  del TABLE KEY , quoted as in a shell; or the same as fields between
tabs, escaped as `scan` prints them (\t \n \\ \xNN). Empty lines and lines that begin with # are skipped.
A line that cannot be read is named, and nothing is sent.

  printf '%s\n' 'put accounts alice 90' 'put accounts bob 110' 'del pending 17' | wallaby batch -
  wallaby batch transfer.txt --ack semi-sync)");
  on_run(command, context, [options, &context] { return batch(context, *options); });
}

}  // namespace wallaby::cli
