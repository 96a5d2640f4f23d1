// server/entrance.h
//
// How a program comes in at a node's native door: it connects, begins TLS if it wants that, and logs in (node/knock.h). Blocks, with
// a deadline for all of it.
//
//     auto channel = enter({"db1", 7400}, {.tls = trusted, .login = {{"alice", "s3cret"}}}, 5s);
//
// Errors, each with the node's address: kUnreachable: no connection, no TLS with that host; kRefused and others: the node's own word.
#pragma once

#include <memory>
#include <optional>

#include "base/error.h"
#include "base/identity.h"
#include "base/time.h"
#include "node/knock.h"
#include "server/request_channel.h"

namespace wallaby::server {

class TlsContext;

/// What a program brings along.
struct Entrance {
  std::shared_ptr<const TlsContext> tls;  ///< null: in clear
  std::optional<node::Credentials> login;
};

Result<RequestChannel> enter(const Address& address, const Entrance& entrance, Duration timeout);

}  // namespace wallaby::server
