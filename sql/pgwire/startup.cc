// From the first byte to the first ReadyForQuery.
//
//     SSLRequest -> S or N        GSSENCRequest -> N        CancelRequest: a connection of its own, never answered
//     Startup    -> (SASL -> proof -> SASL final)  AuthenticationOk  ParameterStatus...  BackendKeyData  ReadyForQuery
//
// Whoever has not logged in gets 10,000 bytes of memory and login_timeout of time. Bytes that came before TLS began are
// never taken for bytes of the client that is behind it (CVE-2021-23214).
#include <array>
#include <utility>

#include "sql/pgwire/connection.h"
#include "sql/pgwire/startup_options.h"

namespace wallaby::sql::pgwire {

using node::LogLevel;
namespace {

SqlError unencrypted_data() {
  return sql_error("08P01", "received unencrypted data after SSL request");
}

/// The second time it is no request any more, but a protocol version that nobody speaks.
SqlError asked_again(int minor) {
  return sql_error("0A000", "unsupported frontend protocol 1234.{}: server supports 3.0 to 3.0", minor);
}

}  // namespace

void Connection::received(std::string_view bytes) {
  // The answer S has not left yet.
  if (tls_start_) return fatal(unencrypted_data());
  decoder_.append(bytes);
}

void Connection::start(TimePoint now, const FrontendMessage& message) {
  if (std::holds_alternative<SslRequest>(message)) {
    if (std::exchange(ssl_asked_, true)) return fatal(asked_again(5679));
    bool accept = options_.tls && !tls_;
    out_.push_back(accept ? 'S' : 'N');
    if (!accept) return;
    if (decoder_.buffered() > 0) return fatal(unencrypted_data());
    tls_ = tls_start_ = true;
  } else if (std::holds_alternative<GssEncRequest>(message)) {
    if (std::exchange(gss_asked_, true)) return fatal(asked_again(5680));
    out_.push_back('N');
  } else if (const auto* cancel = std::get_if<CancelRequest>(&message)) {
    end();
    host_.cancel(now, {cancel->pid, cancel->key});
  } else if (const auto* startup = std::get_if<Startup>(&message)) {
    start_session_for(now, *startup);
  } else if (const auto* proof = std::get_if<PasswordMessage>(&message)) {
    check_proof(now, proof->body);
  } else {
    end();  // Terminate, in the middle of a login
  }
}

void Connection::start_session_for(TimePoint now, const Startup& startup) {
  if (startup.major != 3) {
    SqlError refusal = sql_error("0A000", "unsupported frontend protocol {}.{}: server supports 3.0 to 3.0",
                                 startup.major, startup.minor);
    if (startup.major > 3) return fatal(refusal);
    encoder().error_before_version_3(refusal);
    return end();
  }
  StartupOptions options = read_startup_options(startup);
  if (options.replication)
    return fatal(not_supported("a replication connection",
                               "Replicas of this server follow it over its native protocol."));
  if (options.user.empty())
    return fatal(sql_error("28000", "no PostgreSQL user name specified in startup packet"));
  if (startup.minor > 0 || !options.unknown_of_protocol.empty())
    encoder().negotiate_protocol_version(options.unknown_of_protocol);

  start_ = {std::move(options.user), std::move(options.database), peer_, 0, std::move(options.settings)};
  auto login = host_.admit(now, {start_.user, start_.database, peer_, tls_});
  if (!login) {
    host_.log(LogLevel::kWarning,
              fmt::format("sql: {} from {}: {}", start_.user, peer_, login.error().message()));
    return fatal(login.error());
  }
  if (login->trusted) return open(now);
  ask_for_proof(*login);
}

void Connection::ask_for_proof(const Login& login) {
  std::array<uint8_t, node::kScramNonceBytes> nonce;
  host_.fill_with_chance(nonce);
  scram_.emplace(login.keys, nonce, login.real);
  encoder().authentication_sasl();
  decoder_.set_phase(FrontendDecoder::Phase::kLogin);
}

void Connection::check_proof(TimePoint now, std::string_view body) {
  if (!proof_asked_) {
    auto first = read_sasl_initial_response(body);
    if (!first) return fatal(first.error());
    auto answer = scram_->first(*first);
    if (!answer) return fatal(sql_error("08P01", "{}", answer.error().message));
    encoder().authentication_sasl_continue(*answer);
    proof_asked_ = true;
    return;
  }
  auto answer = scram_->final(body);
  if (!answer && answer.error().code == ErrorCode::kProtocol)
    return fatal(sql_error("08P01", "{}", answer.error().message));
  if (!answer) {
    host_.log(LogLevel::kWarning,
              fmt::format("sql: password authentication failed for {} from {}", start_.user, peer_));
    return fatal(sql_error("28P01", "password authentication failed for user \"{}\"", start_.user));
  }
  encoder().authentication_sasl_final(*answer);
  open(now);
}

void Connection::open(TimePoint now) {
  scram_.reset();
  encoder().authentication_ok();
  CancelKey key = host_.enroll(*this);
  start_.pid = key.pid;
  auto session = host_.open_session(now, std::move(start_), *this);
  if (!session) return fatal(session.error());
  session_ = std::move(*session);
  for (const auto& [name, value] : session_->reported()) encoder().parameter_status(name, value);
  encoder().backend_key_data(key.pid, key.key);
  encoder().ready_for_query(static_cast<char>(session_->status()));
  decoder_.set_phase(FrontendDecoder::Phase::kOpen);
  open_ = true;
}

}  // namespace wallaby::sql::pgwire
