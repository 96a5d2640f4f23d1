#include "cli/server_main.h"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "cli/exit_status.h"
#include "cli/server_options.h"
#include "server/server_process.h"
#include "sql/storage/row_text.h"

namespace wallaby::cli {

int server_main(node::Role role, int argc, char** argv) {
  auto command = parse_server_command(role, std::vector<std::string>(argv + 1, argv + argc));
  Result<void> end;
  if (command && !command->print.empty()) {
    fmt::print("{}", command->print);
  } else if (command) {
    command->options.node.describe_row = sql::describe_row;
    end = server::run_server(std::move(command->options));
  } else {
    end = std::unexpected(command.error());
  }
  if (end) return 0;
  fmt::print(stderr, "{}: {}\n", program_name(role), end.error().message);
  return static_cast<int>(exit_status(end.error().code));
}

}  // namespace wallaby::cli
