// wallaby-primary: see cli/server_options.h for its flags, server/server_process.h for what it does.
#include "cli/server_main.h"

int main(int argc, char** argv) {
  return wallaby::cli::server_main(wallaby::node::Role::kPrimary, argc, argv);
}
