// cli/server_options.h
//
// The command lines of the two servers, wallaby-primary and wallaby-replica: their flags, --config, --help. Flags
// and the lines of a configuration file go through the same table, so both know the same names and say the same
// about a wrong value.
//
//     wallaby-replica --data r1 --primary 127.0.0.1:7400      ->  ServerProcessOptions
//     wallaby-replica --help                                  ->  text to print
//
// Errors: kInvalidArgument, a sentence with the flag (or file and line), what was wrong, and an example.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "node/data_directory.h"
#include "server/server_process.h"

namespace wallaby::cli {

struct ServerCommand {
  server::ServerProcessOptions options;
  std::string print;  ///< not empty: --help or --version; print this and end
};
/// `arguments` without the program's name.
Result<ServerCommand> parse_server_command(node::Role role, const std::vector<std::string>& arguments);

/// "wallaby-primary"
const char* program_name(node::Role role);

}  // namespace wallaby::cli
