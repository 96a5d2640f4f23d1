#include "cli/write_command.h"

#include <chrono>
#include <utility>

#include "cli/json.h"
#include "cli/write_text.h"

namespace wallaby::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Duration kPatience = std::chrono::milliseconds(1500);

/// The token stays the only thing on stdout: with it, one can ask later what became of the write.
ExitStatus unknown(const Context& context, std::string why, const std::optional<Token>& token) {
  if (token) {
    print_line(context.json ? Json::object().add("token", to_string(*token)).add("outcome", "unknown").text()
                            : to_string(*token));
    why += fmt::format("; {} tells what became of it",
                       typed(to_string(context.node), "commit-status " + to_string(*token)));
  }
  tell("wallaby: outcome unknown: " + why);
  return ExitStatus::kUnknown;
}

void add_row(CLI::App* command, WriteOptions& options) {
  command->add_option("TABLE", options.table, "1-63 characters without blanks and '/'")->required();
  command->add_option("KEY", options.key, "Up to 8 KiB")->required();
}

}  // namespace

void add_put_arguments(CLI::App* command, WriteOptions& options) {
  add_row(command, options);
  command->add_option("VALUE", options.value, "Up to 16 MiB; put -- before one that begins with a dash")
      ->required();
}

void add_del_arguments(CLI::App* command, WriteOptions& options) {
  add_row(command, options);
}

void add_write_options(CLI::App* command, WriteOptions& options) {
  add_ack(command, options.ack);
  add_timeout(command, options.timeout,
              "Wait at most this long for the answer, then exit with 5 (default: for ever)");
}

node::Write put_request(const WriteOptions& options) {
  return {{{engine::ChangeKind::kPut, options.table, options.key, options.value}}, options.ack};
}

node::Write del_request(const WriteOptions& options) {
  return {{{engine::ChangeKind::kDelete, options.table, options.key, {}}}, options.ack};
}

WriteOutcome send_write(server::Client& client, node::Write request, Duration timeout) {
  std::optional<Token> token;
  auto watch = [&token](const node::ReplyBody& body) {
    if (const auto* notice = std::get_if<node::ClientNotice>(&body)) {
      if (notice->token) token = notice->token;
      tell(notice->text);
    } else if (const auto* failed = std::get_if<node::Failed>(&body)) {
      token = failed->token;
    }
  };
  auto began = Clock::now();
  node::RequestId id = client.send(std::move(request));
  auto reply = client.wait(id, watch, timeout);
  bool late = timeout > Duration::zero() && Clock::now() - began >= timeout;
  if (!reply && reply.error().code == ErrorCode::kUnknownOutcome && (late || interrupted())) {
    std::string why = interrupted() ? "interrupted" : fmt::format("no answer within {}", to_human(timeout));
    reply = client.cancel(id, watch, kPatience);
    if (!reply && reply.error().code == ErrorCode::kUnknownOutcome)
      reply = error(ErrorCode::kUnknownOutcome, "{}; {}", why, reply.error().message);
  }
  if (!reply) return {std::unexpected(reply.error()), token};
  if (auto* written = std::get_if<node::Written>(&*reply)) return {std::move(*written), {}};
  return {error(ErrorCode::kProtocol, "the node answered a write with something else"), {}};
}

ExitStatus report(const Context& context, const WriteOutcome& outcome) {
  if (!outcome.written) {
    const Error& why = outcome.written.error();
    return why.code == ErrorCode::kUnknownOutcome ? unknown(context, why.message, outcome.token) : fail(why);
  }
  const node::Written& written = *outcome.written;
  if (context.json) {
    print_line(written_json(written));
  } else if (written.token) {
    print_line(to_string(*written.token));
  }
  if (written.token) tell(written_text(written));
  return ExitStatus::kDone;
}

}  // namespace wallaby::cli
