#include "node/login_message.h"
#include "proto/login.pb.h"

namespace wallaby::node {

void encode_login(const LoginMessage& message, std::string& out) {
  proto::login::Login to;
  to.set_role(message.role);
  to.set_scram(message.scram);
  proto::write_message(out, proto::MessageType::kLogin, to.SerializeAsString());
}

Result<LoginMessage> decode_login(const proto::MessageView& view) {
  proto::login::Login from;
  bool whole = view.type == proto::MessageType::kLogin && view.attachment.empty() &&
               from.ParseFromArray(view.body.data(), static_cast<int>(view.body.size()));
  if (!whole || from.role().size() > kMaxRoleName)
    return error(ErrorCode::kProtocol, "a login that cannot be read");
  return LoginMessage{from.role(), from.scram()};
}

}  // namespace wallaby::node
