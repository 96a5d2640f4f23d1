#include "node/doorkeeper.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "node/roles.h"

namespace wallaby::node {
namespace {

using proto::MessageType;

constexpr size_t kSecretBytes = 32;

/// For the log and for people: a name may hold anything.
std::string shown(std::string role) {
  for (char& letter : role)
    if (static_cast<unsigned char>(letter) < ' ' || letter == 0x7f) letter = '?';
  return role;
}

}  // namespace

Admission Doorkeeper::judge(const Connection& connection) const {
  const AdmissionRules& rules = local_.options.admission;
  bool passwords = rules.trust_everybody && has_passwords(local_.store->newest_view());
  return node::judge(rules, connection.peer, connection.visitor->tls, passwords);
}

Result<void> Doorkeeper::arrived(Connection& connection) {
  connection.visitor = std::make_unique<Visitor>();
  connection.reader.set_limit(kMaxMessageBefore);
  auto unknown = [](const auto& entry) {
    return entry.second.visitor && !entry.second.visitor->role && !is_loopback(entry.second.peer);
  };
  if (is_loopback(connection.peer) || local_.options.admission.trust_everybody) return {};
  if (std::ranges::count_if(local_.connections.all(), unknown) <= static_cast<ptrdiff_t>(kMaxVisitors))
    return {};
  return error(ErrorCode::kNotServing, "{} has {} connections that have not logged in yet; try again",
               local_.identity.name, kMaxVisitors);
}

bool Doorkeeper::overdue(const Connection& connection, TimePoint now) const {
  return connection.visitor && !connection.visitor->role &&
         now - connection.since > local_.options.first_message_timeout;
}

Result<void> Doorkeeper::admit(const Connection& connection, MessageType first) const {
  const Visitor& visitor = *connection.visitor;
  if (visitor.role) {
    if (first != MessageType::kHello || visitor.may_replicate) return {};
    return error(ErrorCode::kRefused,
                 "role '{}' may not replicate: ALTER ROLE {} REPLICATION, or log in with another one",
                 shown(*visitor.role), shown(*visitor.role));
  }
  if (visitor.login) return error(ErrorCode::kProtocol, "the login has not come to its end");
  switch (judge(connection)) {
    case Admission::kTrusted: return {};
    case Admission::kNeedsTls:
      return error(ErrorCode::kRefused,
                   "{} asks who comes from elsewhere for TLS and the password of a role: give --tls-ca FILE, "
                   "--user NAME and --password-file FILE",
                   local_.identity.name);
    case Admission::kNeedsLogin:
      return error(ErrorCode::kRefused,
                   "{} asks who comes from elsewhere for the password of a role: give --user NAME and "
                   "--password-file FILE",
                   local_.identity.name);
  }
  WALLABY_CHECK(false, "an admission of no kind");
}

Result<void> Doorkeeper::message(Connection& connection, const proto::MessageView& view) {
  if (view.type == MessageType::kStartTls) return start_tls(connection, view);
  Visitor& visitor = *connection.visitor;
  if (visitor.role) return error(ErrorCode::kProtocol, "a second login");
  auto login = decode_login(view);
  if (!login) return std::unexpected(login.error());
  return visitor.login ? finish_login(connection, *login) : begin_login(connection, *login);
}

Result<void> Doorkeeper::start_tls(Connection& connection, const proto::MessageView& view) {
  Visitor& visitor = *connection.visitor;
  if (!view.body.empty() || !view.attachment.empty() || visitor.tls || visitor.login || visitor.role)
    return error(ErrorCode::kProtocol, "a request for TLS out of place");
  // They would pass for bytes of the peer that is behind TLS (CVE-2021-23214).
  if (connection.reader.buffered() > 0)
    return error(ErrorCode::kProtocol, "bytes in clear came behind the request for TLS");
  if (!local_.options.tls)
    return error(ErrorCode::kRefused,
                 "{} has no certificate, so it speaks no TLS: start it with --tls-cert and --tls-key",
                 local_.identity.name);
  visitor.tls = true;
  if (std::string* out = local_.connections.begin_message(connection.id)) {
    proto::write_message(*out, MessageType::kStartTls, {});
    local_.connections.end_message(connection.id);
  }
  local_.connections.start_tls(connection.id, std::nullopt);
  return {};
}

// --- logins ----------------------------------------------------------------------------------------------------------

Result<void> Doorkeeper::begin_login(Connection& connection, const LoginMessage& message) {
  if (judge(connection) == Admission::kNeedsTls)
    return error(ErrorCode::kRefused, "{} takes logins from elsewhere over TLS alone: give --tls-ca FILE",
                 local_.identity.name);
  if (local_.identity.copying || !local_.identity.cluster)
    return error(ErrorCode::kNotServing, "{} knows no roles yet: it has no complete copy of its own",
                 local_.identity.name);
  if (message.role.empty()) return error(ErrorCode::kProtocol, "a login without a role");
  WALLABY_CHECK(local_.options.entropy, "a login without a source of chance");
  auto found = find_role(local_.store->newest_view(), message.role);
  if (!found) {
    local_.say(LogLevel::kError, found.error().message);
    found = std::optional<RoleLogin>();
  }
  if (mock_secret_.empty()) {
    mock_secret_.resize(kSecretBytes);
    local_.options.entropy({reinterpret_cast<uint8_t*>(mock_secret_.data()), mock_secret_.size()});
  }
  const auto& role = *found;
  bool real = role && role->login && role->keys;
  std::array<uint8_t, kScramNonceBytes> nonce;
  local_.options.entropy(nonce);
  Visitor& visitor = *connection.visitor;
  visitor.login.emplace(real ? *role->keys : mock_scram_keys(message.role, mock_secret_), nonce, real);
  visitor.asked_role = message.role;
  visitor.may_replicate = real && (role->superuser || role->replication);
  auto first = visitor.login->first(message.scram);
  if (!first) return std::unexpected(first.error());
  answer(connection, std::move(*first));
  return {};
}

Result<void> Doorkeeper::finish_login(Connection& connection, const LoginMessage& message) {
  Visitor& visitor = *connection.visitor;
  auto last = visitor.login->final(message.scram);
  if (!last && last.error().code == ErrorCode::kRefused)
    return error(ErrorCode::kRefused, "password authentication failed for role '{}'",
                 shown(visitor.asked_role));
  if (!last) return std::unexpected(last.error());
  visitor.login.reset();
  visitor.role = std::move(visitor.asked_role);
  answer(connection, std::move(*last));
  return {};
}

void Doorkeeper::answer(Connection& connection, std::string scram) {
  std::string* out = local_.connections.begin_message(connection.id);
  if (!out) return;
  encode_login({.role = {}, .scram = std::move(scram)}, *out);
  local_.connections.end_message(connection.id);
}

}  // namespace wallaby::node
