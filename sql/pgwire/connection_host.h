// sql/pgwire/connection_host.h
//
// What a connection asks of the door that it came through. The door answers for the node; in tests a fake does.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "node/events.h"
#include "node/scram.h"
#include "sql/session/session.h"
#include "sql/sql_error.h"

namespace wallaby::sql::pgwire {

class Connection;

/// Who is at the door.
struct Visitor {
  std::string user, database;
  std::string peer;  ///< "127.0.0.1:40000"
  bool tls = false;
};

/// How a visitor has to prove who it is.
struct Login {
  bool trusted = false;  ///< not at all
  node::ScramKeys keys;
  bool real = true;  ///< false: there is no such role, or none that may log in; the keys only look like some
};

/// What a CancelRequest has to bring along.
struct CancelKey {
  int32_t pid = 0;
  uint32_t key = 0;
};

class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;

  /// FATAL errors: 53300 too many, 57P03 not serving, 28000 no TLS or no login.
  virtual SqlResult<Login> admit(TimePoint now, const Visitor& visitor) = 0;
  /// Counts the connection as a session, until it is gone.
  virtual CancelKey enroll(Connection& connection) = 0;
  /// An error ends the login: a setting of the startup packet that cannot be.
  virtual SqlResult<std::unique_ptr<Session>> open_session(TimePoint now, SessionStart start,
                                                           ClientChannel& client) = 0;
  /// Cancels the statement of another connection, if the key is right.
  virtual void cancel(TimePoint now, CancelKey key) = 0;
  virtual void fill_with_chance(std::span<uint8_t> bytes) = 0;
  /// The connection can be run again, or has something to send, although no event came for it.
  virtual void touched(Connection& connection) = 0;
  virtual void log(node::LogLevel level, std::string text) = 0;
};

}  // namespace wallaby::sql::pgwire
