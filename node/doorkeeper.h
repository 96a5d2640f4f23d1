// node/doorkeeper.h
//
// What happens at the native door before a peer's first request or hello: TLS if it asks for it, a login, and the decision
// whether it may come in. knock.h has the dialogue, admission.h the rules.
//
//     arrived      may it stand here at all?
//     message      start tls, login: answered
//     admit        its first request or hello: is it let in?
//
// A hello needs a role with REPLICATION or SUPERUSER, if it logged in with one; who is trusted needs none, as at PostgreSQL's door.
// Roles are read from the newest state: a password that was taken back lets nobody in any more, and replicas can log in to a
// primary that waits for them before it serves reads.
//
// A name that nobody has gets the same dialogue as a wrong password (scram.h).
//
// Limits: who is not in yet may have kMaxMessageBefore bytes under way, and first_message_timeout of time, login and TLS included;
// kMaxVisitors of those from elsewhere are here at once, so strangers cannot take the places of others.
#pragma once

#include <string>

#include "base/error.h"
#include "node/connections.h"
#include "node/local.h"
#include "node/login_message.h"
#include "proto/framing.h"

namespace wallaby::node {

class Doorkeeper {
 public:
  static constexpr size_t kMaxMessageBefore = 10'000;
  static constexpr size_t kMaxVisitors = 100;

  explicit Doorkeeper(Local& local) : local_(local) {}

  // Each error is the last word to that peer: kNotServing, kRefused, kProtocol.
  Result<void> arrived(Connection& connection);
  Result<void> message(Connection& connection, const proto::MessageView& view);
  Result<void> admit(const Connection& connection, proto::MessageType first) const;
  /// It has taken too long to say what it wants.
  bool overdue(const Connection& connection, TimePoint now) const;

 private:
  Admission judge(const Connection& connection) const;
  Result<void> start_tls(Connection& connection, const proto::MessageView& view);
  Result<void> begin_login(Connection& connection, const LoginMessage& message);
  Result<void> finish_login(Connection& connection, const LoginMessage& message);
  void answer(Connection& connection, std::string scram);

  Local& local_;
  std::string mock_secret_;  ///< for the salts of roles that do not exist; made when it is needed
};

}  // namespace wallaby::node
