// server/server_process.h
//
// A server program from start to end: take the directory, open the door, recover, run the node, stop cleanly.
//
//     make the directory (0700) and lock it      two processes on one directory: refused
//     open the doors                             the ports are ours from here on
//     open the data directory                    recovery, with progress on stderr
//     run the node                               "ready: ..." on stdout when it is
//     SIGTERM or SIGINT                          a clean stop; a second one ends at once
//
// The loop runs on a thread with a large stack: PostgreSQL's grammar recurses, and a statement of some kilobytes may nest some
// thousand levels deep (sql/parser/parser.h says how deep it may get there).
//
// The programs in cli/ only fill in the options.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "node/data_directory.h"
#include "node/options.h"
#include "server/door.h"

namespace wallaby::server {

struct ServerProcessOptions {
  node::Role role = node::Role::kPrimary;
  std::string data;
  DoorOptions door;
  std::optional<DoorOptions> sql;  ///< the PostgreSQL door; nullopt: it stays shut
  // Files. Certificate and key: both or none; with them the doors are guarded.
  std::string tls_cert, tls_key;
  bool tls = false;           ///< replica: to its primary; whose certificate is signed by...
  std::string tls_ca;         ///< ... these, or (empty) by somebody whom the machine trusts
  std::string user;           ///< replica: logs in there as this role; empty: does not
  std::string init_role;      ///< primary: the first role, made while there is none; empty: is not
  std::string password_file;  ///< of either; empty: the environment has the password (secret_file.h)
  node::NodeOptions node;     ///< its addresses, rules and secrets are filled in here
};

/// Returns when the node has stopped cleanly, or with the reason why it could not run.
/// A node that had to stop because its disk failed ends the process from in here, with status 1: a thread may still
/// hang in that disk.
Result<void> run_server(ServerProcessOptions options);

}  // namespace wallaby::server
