#include "tests/server/certificate.h"

#include <sys/stat.h>
#include <array>
#include <cstdio>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/check.h"

namespace wallaby::server {

TestCertificate::TestCertificate() {
  EVP_PKEY* key_pair = EVP_EC_gen("P-256");
  X509* certificate_made = X509_new();
  X509_set_version(certificate_made, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate_made), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate_made), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate_made), 3600);
  X509_set_pubkey(certificate_made, key_pair);
  X509_NAME* name = X509_get_subject_name(certificate_made);
  const unsigned char host[] = "localhost";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host, -1, -1, 0);
  X509_set_issuer_name(certificate_made, name);
  X509_EXTENSION* hosts =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  WALLABY_CHECK(hosts && X509_add_ext(certificate_made, hosts, -1) == 1);
  X509_EXTENSION_free(hosts);
  WALLABY_CHECK(X509_sign(certificate_made, key_pair, EVP_sha256()) > 0);

  std::FILE* file = std::fopen(certificate().c_str(), "w");
  WALLABY_CHECK(file && PEM_write_X509(file, certificate_made) == 1);
  std::fclose(file);
  file = std::fopen(key().c_str(), "w");
  WALLABY_CHECK(file && PEM_write_PrivateKey(file, key_pair, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  std::fclose(file);
  WALLABY_CHECK(chmod(key().c_str(), 0600) == 0);
  X509_free(certificate_made);
  EVP_PKEY_free(key_pair);
}

TestTlsClient::TestTlsClient() : context_(SSL_CTX_new(TLS_client_method())), stream_(SSL_new(context_)) {
  SSL_set_bio(stream_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(stream_);
  go_on();
}

TestTlsClient::~TestTlsClient() {
  SSL_free(stream_);
  SSL_CTX_free(context_);
}

void TestTlsClient::go_on() {
  std::array<char, 4096> buffer;
  for (int size; (size = SSL_read(stream_, buffer.data(), buffer.size())) > 0;)
    heard.append(buffer.data(), static_cast<size_t>(size));
  ERR_clear_error();
}

void TestTlsClient::receive(std::string_view wire) {
  BIO_write(SSL_get_rbio(stream_), wire.data(), static_cast<int>(wire.size()));
  go_on();
}

void TestTlsClient::say(std::string_view plain) {
  int size = SSL_write(stream_, plain.data(), static_cast<int>(plain.size()));
  WALLABY_CHECK(size == static_cast<int>(plain.size()), "the handshake is not over");
}

std::string TestTlsClient::take_wire() {
  BIO* out = SSL_get_wbio(stream_);
  std::string wire(BIO_ctrl_pending(out), '\0');
  if (!wire.empty()) BIO_read(out, wire.data(), static_cast<int>(wire.size()));
  return wire;
}

bool TestTlsClient::ready() const {
  return SSL_is_init_finished(stream_) == 1;
}

bool TestTlsClient::goodbye() const {
  return (SSL_get_shutdown(stream_) & SSL_RECEIVED_SHUTDOWN) != 0;
}

}  // namespace wallaby::server
