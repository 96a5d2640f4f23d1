#include "cli/command.h"

#include <cstdio>

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

Result<server::Client> Context::connect() const {
  auto client = server::Client::connect(node, kConnectTimeout);
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

CLI::Option* add_timeout(CLI::App* command, Duration& timeout, const std::string& help) {
  return add_parsed(command, "--timeout", timeout, parse_duration, help)->type_name("DURATION");
}

CLI::Option* add_ack(CLI::App* command, std::optional<replication::Rung>& rung) {
  return add_parsed(command, "--ack", rung, replication::parse_rung,
                    "Answer when the write has met this rung, whatever the switch says: async, semi-sync, "
                    "durable, sync")
      ->type_name("RUNG");
}

void add_examples(CLI::App* command, const std::string& text) {
  command->footer(text + "\n\n--node HOST:PORT and --json may stand here too; see wallaby --help.");
}

}  // namespace wallaby::cli
