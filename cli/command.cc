#include "cli/command.h"

#include <cstdio>

#include "cli/json.h"
#include "server/secret_file.h"
#include "server/tls.h"

namespace wallaby::cli {
namespace {

constexpr Duration kConnectTimeout = std::chrono::seconds(5);
volatile std::sig_atomic_t interrupt_seen = 0;

extern "C" void remember_interrupt(int) {
  interrupt_seen = 1;
}

}  // namespace

const volatile std::sig_atomic_t* catch_interrupts() {
  // Without SA_RESTART a wait in the kernel ends at once; with SA_RESETHAND the second signal does what it always does.
  struct sigaction action{};
  action.sa_handler = remember_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return &interrupt_seen;
}

bool interrupted() {
  return interrupt_seen != 0;
}

Result<server::Entrance> Context::entrance() const {
  server::Entrance entrance;
  if (tls || !tls_ca.empty()) {
    auto trusted = server::TlsContext::trusting(tls_ca);
    if (!trusted) return std::unexpected(trusted.error());
    entrance.tls = std::make_shared<server::TlsContext>(std::move(*trusted));
  }
  if (user.empty() && !password_file.empty())
    return error(ErrorCode::kInvalidArgument,
                 "--password-file is the password of --user NAME, which is missing");
  if (user.empty()) return entrance;
  auto password = server::read_password(password_file);
  if (!password) return std::unexpected(password.error());
  entrance.login = {user, std::move(*password)};
  return entrance;
}

Result<server::Client> Context::connect() const {
  auto with = entrance();
  if (!with) return std::unexpected(with.error());
  auto client = server::Client::connect(node, kConnectTimeout, *with);
  if (client) client->interrupt_by(catch_interrupts());
  return client;
}

void on_run(CLI::App* command, Context& context, std::function<ExitStatus()> run) {
  command->callback([run = std::move(run), &context] { context.run = run; });
}

ExitStatus fail(const Error& error) {
  tell("wallaby: " + error.message);
  return exit_status(error.code);
}

void tell(std::string_view text) {
  std::fflush(stdout);
  fmt::print(stderr, "{}\n", text);
}

void print_line(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

void show_notice(const node::ReplyBody& body) {
  if (const auto* notice = std::get_if<node::ClientNotice>(&body)) tell(notice->text);
}

ExitStatus wrong_answer() {
  return fail({ErrorCode::kProtocol, "the node answered with something else than was asked"});
}

ExitStatus command_done(const Context& context, node::RequestBody request, Duration timeout) {
  auto client = context.connect();
  if (!client) return fail(client.error());
  auto reply = client->call(std::move(request), show_notice, timeout);
  if (!reply) return fail(reply.error());
  const auto* done = std::get_if<node::Done>(&*reply);
  if (!done) return wrong_answer();
  if (context.json) {
    Json json = Json::object();
    json.add("text", done->text);
    print_line((done->token ? json.add("token", to_string(*done->token)) : json.add_null("token")).text());
  } else {
    print_line(done->text);
  }
  return ExitStatus::kDone;
}

CLI::Option* add_timeout(CLI::App* command, Duration& timeout, const std::string& help) {
  return add_parsed(command, "--timeout", timeout, parse_duration, help)->type_name("DURATION");
}

CLI::Option* add_answer_timeout(CLI::App* command, Duration& timeout) {
  return add_timeout(command, timeout, "Wait at most this long for the answer (default: for ever)");
}

CLI::Option* add_ack(CLI::App* command, std::optional<replication::Rung>& rung) {
  return add_parsed(command, "--ack", rung, replication::parse_rung,
                    "Answer when the write has met this rung, whatever the switch says: off, async, "
                    "semi-sync, durable, sync")
      ->type_name("RUNG");
}

void add_examples(CLI::App* command, const std::string& text) {
  command->footer(text + "\n\n--node HOST:PORT and --json may stand here too; see wallaby --help.");
}

}  // namespace wallaby::cli
