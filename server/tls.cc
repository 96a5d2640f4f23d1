#include "server/tls.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/check.h"
#include "server/secret_file.h"

namespace wallaby::server {
namespace {

/// The newest entry of OpenSSL's list of errors, which is empty afterwards.
std::string reason() {
  unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* text = ERR_reason_error_string(code);
  return text ? text : "unknown reason";
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

Result<TlsContext> TlsContext::load(const std::string& certificate_file, const std::string& key_file) {
  if (auto secret = check_private("--tls-key", key_file); !secret) return std::unexpected(secret.error());
  TlsContext made;
  made.context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = made.context_.get();
  WALLABY_CHECK(context, "no TLS: {}", reason());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
    return error(ErrorCode::kInvalidArgument, "--tls-cert {}: this is no certificate in PEM form ({})",
                 certificate_file, reason());
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return error(ErrorCode::kInvalidArgument,
                 "--tls-key {}: this is not the key of {}, or no key in PEM form ({})", key_file,
                 certificate_file, reason());
  return made;
}

Result<TlsContext> TlsContext::trusting(const std::string& ca_file) {
  TlsContext made;
  made.context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = made.context_.get();
  WALLABY_CHECK(context, "no TLS: {}", reason());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  ERR_clear_error();
  if (ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    return error(ErrorCode::kInvalidArgument, "--tls-ca {}: there are no certificates in PEM form ({})",
                 ca_file, reason());
  }
  ERR_clear_error();
  return made;
}

void TlsStream::Free::operator()(ssl_st* stream) const {
  SSL_free(stream);
}

TlsStream::TlsStream(const TlsContext& context) : stream_(SSL_new(context.context_.get())) {
  WALLABY_CHECK(stream_, "no TLS: {}", reason());
  SSL_set_bio(stream_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(stream_.get());
}

TlsStream::TlsStream(const TlsContext& context, std::string host)
    : stream_(SSL_new(context.context_.get())), host_(std::move(host)) {
  WALLABY_CHECK(stream_, "no TLS: {}", reason());
  SSL_set_bio(stream_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(stream_.get());
  // An address is looked for among the certificate's addresses, a name among its names.
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(stream_.get()), host_.c_str()) != 1) {
    WALLABY_CHECK(SSL_set1_host(stream_.get(), host_.c_str()) == 1, "no TLS: {}", reason());
    SSL_set_tlsext_host_name(stream_.get(), host_.c_str());
  }
  SSL_do_handshake(stream_.get());
  ERR_clear_error();
}

/// Why it went wrong, in a person's words where there are some.
std::string TlsStream::failure() const {
  std::string why = reason();
  long verdict = SSL_get_verify_result(stream_.get());
  if (host_.empty() || verdict == X509_V_OK) return why;
  const char* text = X509_verify_cert_error_string(verdict);
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
    return fmt::format("the certificate is not for {} ({}): use a name or an address that stands in it",
                       host_, text);
  return fmt::format("the certificate of {} is not trusted ({}): --tls-ca FILE names who signed it", host_,
                     text);
}

Result<void> TlsStream::receive(std::string_view wire, std::string& plain) {
  auto fail = [this](std::string why) {
    failed_ = true;
    return error(ErrorCode::kProtocol, "TLS: {}", why);
  };
  if (failed_) return error(ErrorCode::kProtocol, "TLS has failed before");
  ERR_clear_error();
  if (!ready_ && (handshake_bytes_ += wire.size()) > kMaxHandshake) return fail("the handshake does not end");
  WALLABY_CHECK(wire.size() <= std::numeric_limits<int>::max());
  int taken = BIO_write(SSL_get_rbio(stream_.get()), wire.data(), static_cast<int>(wire.size()));
  WALLABY_CHECK(wire.empty() || taken == static_cast<int>(wire.size()), "memory takes all bytes");
  std::array<char, 16 << 10> record;
  for (;;) {
    // Reading finishes the handshake first, when it is not over yet.
    int size = SSL_read(stream_.get(), record.data(), static_cast<int>(record.size()));
    ready_ = ready_ || SSL_is_init_finished(stream_.get());
    if (size > 0) {
      plain.append(record.data(), static_cast<size_t>(size));
      continue;
    }
    switch (SSL_get_error(stream_.get(), size)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_ZERO_RETURN: return {};  // a peer that says goodbye closes the socket next
      default: return fail(failure());
    }
  }
}

void TlsStream::send(std::string_view plain) {
  WALLABY_CHECK(ready_, "words before the handshake is over");
  while (!plain.empty() && !failed_) {
    int size = static_cast<int>(std::min<size_t>(plain.size(), 1 << 20));
    int taken = SSL_write(stream_.get(), plain.data(), size);
    WALLABY_CHECK(taken > 0, "memory takes all bytes: {}", reason());
    plain.remove_prefix(static_cast<size_t>(taken));
  }
}

void TlsStream::say_goodbye() {
  if (ready_ && !failed_) SSL_shutdown(stream_.get());
  ERR_clear_error();
}

bool TlsStream::ended() const {
  return (SSL_get_shutdown(stream_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string TlsStream::take_wire() {
  BIO* out = SSL_get_wbio(stream_.get());
  std::string wire(BIO_ctrl_pending(out), '\0');
  if (wire.empty()) return wire;
  int size = BIO_read(out, wire.data(), static_cast<int>(wire.size()));
  WALLABY_CHECK(size == static_cast<int>(wire.size()), "memory gives all bytes");
  return wire;
}

}  // namespace wallaby::server
