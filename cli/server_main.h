// cli/server_main.h
//
// main() of wallaby-primary and wallaby-replica: parse the command line, run the server, turn its end into an exit status.
//
//     0  stopped cleanly (or printed help)     2  usage
//     1  failed                                3  refused: the directory is in use, or another role's
#pragma once

#include "node/data_directory.h"

namespace wallaby::cli {

int server_main(node::Role role, int argc, char** argv);

}  // namespace wallaby::cli
