#include "node/knock.h"

#include <array>
#include <utility>

#include "base/check.h"
#include "node/client_messages.h"
#include "node/login_message.h"

namespace wallaby::node {

using proto::MessageType;

Knock::Knock(const Access& access, const Entropy& entropy) : tls_(access.tls) {
  if (!access.login) return;
  WALLABY_CHECK(entropy, "a login without a source of chance");
  std::array<uint8_t, kScramNonceBytes> nonce;
  entropy(nonce);
  role_ = access.login->role;
  scram_.emplace(access.login->password, nonce);
}

Knock::Next Knock::begin(std::string& out) {
  if (!tls_) return secured(out);
  proto::write_message(out, MessageType::kStartTls, {});
  await_ = Await::kTls;
  return Next::kListen;
}

Knock::Next Knock::secured(std::string& out) {
  await_ = Await::kNothing;
  if (!scram_) return Next::kIn;
  encode_login({role_, scram_->first()}, out);
  await_ = Await::kFirst;
  return Next::kListen;
}

Result<Knock::Next> Knock::heard(const proto::MessageView& view, size_t behind, std::string& out) {
  if (view.type == MessageType::kReply) {
    auto reply = decode_reply(view);
    if (!reply) return std::unexpected(reply.error());
    if (auto* failed = std::get_if<Failed>(&reply->body)) return std::unexpected(std::move(failed->error));
  }
  MessageType wanted = await_ == Await::kTls ? MessageType::kStartTls : MessageType::kLogin;
  if (await_ == Await::kNothing || view.type != wanted)
    return error(ErrorCode::kProtocol, "the node answered out of place, before it let us in");
  if (await_ == Await::kTls) {
    if (behind > 0)
      return error(ErrorCode::kProtocol, "bytes in clear came behind the node's word that TLS begins");
    return Next::kStartTls;
  }
  auto login = decode_login(view);
  if (!login) return std::unexpected(login.error());
  if (std::exchange(await_, Await::kFinal) == Await::kFirst) {
    auto proof = scram_->final(login->scram);
    if (!proof) return std::unexpected(proof.error());
    encode_login({.role = {}, .scram = std::move(*proof)}, out);
    return Next::kListen;
  }
  await_ = Await::kNothing;
  if (auto real = scram_->verify(login->scram); !real) return std::unexpected(real.error());
  return Next::kIn;
}

}  // namespace wallaby::node
