// node/login_message.h
//
// The body of the message kLogin, both ways (docs/formats/protocol.md): a role's name and a message of SCRAM-SHA-256 (scram.h).
//
//     LoginMessage{"alice", "n,,n=,r=..."}  ->  bytes of one message  ->  the same
//
// Values without ties; what cannot be read is an error, never more than its text long.
#pragma once

#include <string>

#include "base/error.h"
#include "proto/framing.h"

namespace wallaby::node {

/// What CREATE ROLE leaves of a longer name.
inline constexpr size_t kMaxRoleName = 63;

struct LoginMessage {
  std::string role;  ///< in the first one
  std::string scram;
};

/// Appends a whole message to `out`.
void encode_login(const LoginMessage& message, std::string& out);
/// kProtocol: not one, or a name that no role has.
Result<LoginMessage> decode_login(const proto::MessageView& view);

}  // namespace wallaby::node
