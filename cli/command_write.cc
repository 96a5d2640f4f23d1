// put, del, batch: the writes. Each is one transaction, and prints its token.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include "cli/batch_file.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/write_text.h"
#include "wal/frame.h"

namespace wallaby::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct WriteOptions {
  std::string table, key, value, file;
  std::optional<replication::Rung> ack;
  Duration timeout{};
};

/// What becomes known of a write before its answer.
struct Watch {
  std::optional<Token> token;

  void operator()(const node::ReplyBody& body) {
    if (const auto* notice = std::get_if<node::ClientNotice>(&body)) {
      if (notice->token) token = notice->token;
      tell(notice->text);
    } else if (const auto* failed = std::get_if<node::Failed>(&body)) {
      if (failed->token) token = failed->token;
    }
  }
};

/// The token stays the only thing on stdout: with it, one can ask later what became of the write.
ExitStatus unknown(const Context& context, std::string why, const std::optional<Token>& token) {
  if (token) {
    print_line(context.json ? Json::object().add("token", to_string(*token)).add("outcome", "unknown").text()
                            : to_string(*token));
    why += fmt::format("; {} is in the primary's log, but was not acknowledged here", to_string(*token));
  }
  tell("wallaby: outcome unknown: " + why);
  return ExitStatus::kUnknown;
}

/// Ctrl-C on a waiting write. Its token comes with the node's notice after a second of waiting: have the patience to hear
/// it, if it has not come yet. The answer itself may come as well.
Result<node::ReplyBody> after_interrupt(server::Client& client, Watch& watch) {
  constexpr Duration kPatience = std::chrono::milliseconds(1500);
  client.interrupt_by(nullptr);
  for (auto end = Clock::now() + kPatience; !watch.token && Clock::now() < end;) {
    auto reply = client.receive(end - Clock::now());
    if (!reply) break;
    watch(reply->body);
    if (const auto* failed = std::get_if<node::Failed>(&reply->body)) return std::unexpected(failed->error);
    if (node::is_final(reply->body)) return std::move(reply->body);
  }
  return error(ErrorCode::kUnknownOutcome, "interrupted");
}

/// Sends the transaction and prints its token. `written`, if given, gets the answer.
ExitStatus write(const Context& context, node::Write request, Duration timeout,
                 node::Written* written = nullptr) {
  auto client = context.connect();
  if (!client) return fail(client.error());
  Watch watch;
  auto began = Clock::now();
  auto reply = client->call(std::move(request), std::ref(watch), timeout);
  if (!reply && reply.error().code == ErrorCode::kUnknownOutcome && interrupted())
    reply = after_interrupt(*client, watch);
  if (!reply && reply.error().code == ErrorCode::kUnknownOutcome) {
    bool late = timeout > Duration::zero() && Clock::now() - began >= timeout && !interrupted();
    std::string why = late ? fmt::format("no answer within {}", to_human(timeout)) : reply.error().message;
    if (!watch.token && (late || interrupted()))
      why += "; the write was sent, and may or may not take effect";
    return unknown(context, std::move(why), watch.token);
  }
  if (!reply) return fail(reply.error());
  const auto* answer = std::get_if<node::Written>(&*reply);
  if (!answer) return fail({ErrorCode::kProtocol, "the node answered a write with something else"});

  if (context.json) {
    print_line(written_json(*answer));
  } else if (answer->token) {
    print_line(to_string(*answer->token));
  }
  if (answer->token) tell(written_text(*answer));
  if (written) *written = *answer;
  return ExitStatus::kDone;
}

void add_row_options(CLI::App* command, WriteOptions& options) {
  command->add_option("TABLE", options.table, "1-63 characters without blanks and '/'")->required();
  command->add_option("KEY", options.key, "Up to 8 KiB")->required();
}

void add_write_options(CLI::App* command, WriteOptions& options) {
  add_ack(command, options.ack);
  add_timeout(command, options.timeout,
              "Wait at most this long for the answer, then exit with 5 (default: for ever)");
}

Result<std::string> read_file(const std::string& name) {
  if (name == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(name, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) return error(ErrorCode::kNotFound, "the file '{}' cannot be read", name);
  return text;
}

ExitStatus put(const Context& context, const WriteOptions& options) {
  engine::Change change{engine::ChangeKind::kPut, options.table, options.key, options.value};
  return write(context, {{std::move(change)}, options.ack}, options.timeout);
}

ExitStatus del(const Context& context, const WriteOptions& options) {
  engine::Change change{engine::ChangeKind::kDelete, options.table, options.key, {}};
  node::Written written{.rows = 1};
  ExitStatus status = write(context, {{std::move(change)}, options.ack}, options.timeout, &written);
  if (status != ExitStatus::kDone || written.rows > 0) return status;
  tell(fmt::format("wallaby: table '{}' has no key '{}'", options.table, options.key));
  return ExitStatus::kNotFound;
}

ExitStatus batch(const Context& context, const WriteOptions& options) {
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
  node::Written written;
  ExitStatus status = write(context, {std::move(*changes), options.ack}, options.timeout, &written);
  if (status == ExitStatus::kDone && !written.token)
    tell("nothing had to change: none of the deleted keys was there");
  return status;
}

}  // namespace

void add_put(CLI::App& app, Context& context) {
  auto options = std::make_shared<WriteOptions>();
  auto* command = app.add_subcommand("put", "Write one row; makes the table when there is none");
  add_row_options(command, *options);
  command->add_option("VALUE", options->value, "Up to 16 MiB; put -- before one that begins with a dash")
      ->required();
  add_write_options(command, *options);
  add_examples(
      command,
      R"(Prints the write's token (its log position and timeline) once it is as safe as the switch promises (`wallaby ack`).

  wallaby put greetings hello world
  wallaby put greetings hello world --ack sync --timeout 2s
  wallaby put numbers minus-five -- -5)");
  on_run(command, context, [options, &context] { return put(context, *options); });
}

void add_del(CLI::App& app, Context& context) {
  auto options = std::make_shared<WriteOptions>();
  auto* command = app.add_subcommand("del", "Delete one row");
  add_row_options(command, *options);
  add_write_options(command, *options);
  add_examples(command, R"(Prints the token of the write; exits with 1 when there was no such row.

  wallaby del greetings hello)");
  on_run(command, context, [options, &context] { return del(context, *options); });
}

void add_batch(CLI::App& app, Context& context) {
  auto options = std::make_shared<WriteOptions>();
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
