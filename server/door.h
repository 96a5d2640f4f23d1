// server/door.h
//
// Where a server listens, by the rules that every door follows:
//
//     a default port that is taken    the next free one of 50, and a notice
//     a given port that is taken      an error
//     port 0                          any free one
//     not loopback                    only when it is guarded (passwords and TLS are asked of who comes from elsewhere),
//                                     or with --insecure: everybody is let in, and nothing is hidden
//
// A door is open (listening) from here on, so that nobody else takes its port while the node recovers; who connects early waits
// until the node is ready to answer.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/identity.h"
#include "server/socket.h"

namespace wallaby::server {

struct DoorOptions {
  Address listen;
  bool given = false;             ///< somebody chose this address; false: it is the default
  bool insecure = false;          ///< beyond loopback is wanted, unguarded
  bool guarded = false;           ///< it has TLS, and asks who comes from elsewhere for TLS and a password
  std::string flag = "--listen";  ///< that chooses it
};

struct Door {
  ListeningSocket socket;
  bool loopback = true;              ///< nobody from elsewhere can reach it
  std::string reached_as;            ///< the address to tell others: never 0.0.0.0
  std::vector<std::string> notices;  ///< for the operator
};

/// kIo: taken, or not an address of this machine. kInvalidArgument: no such host, or not loopback, unguarded, and without --insecure.
Result<Door> open_door(const DoorOptions& options);

}  // namespace wallaby::server
