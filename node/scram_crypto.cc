#include "node/scram_crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "base/check.h"

namespace wallaby::node {
namespace {

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

Sha256 sha256(std::span<const uint8_t> bytes) {
  Sha256 digest;
  SHA256(bytes.data(), bytes.size(), digest.data());
  return digest;
}

Sha256 hmac_sha256(std::span<const uint8_t> key, std::string_view message) {
  Sha256 digest;
  unsigned length = 0;
  const auto* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data_of(message),
                          message.size(), digest.data(), &length);
  WALLABY_CHECK(made && length == digest.size(), "libcrypto has no HMAC-SHA-256");
  return digest;
}

Sha256 salted_password(std::string_view password, std::string_view salt, int iterations) {
  Sha256 key;
  int made = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), data_of(salt),
                               static_cast<int>(salt.size()), iterations, EVP_sha256(),
                               static_cast<int>(key.size()), key.data());
  WALLABY_CHECK(made == 1, "libcrypto has no PBKDF2");
  return key;
}

bool equal_in_constant_time(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_base64(std::string_view bytes) {
  // EVP_EncodeBlock writes a zero byte behind the text.
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), data_of(bytes),
                               static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(length));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  // libcrypto skips white space at the ends, and counts padding as bytes.
  size_t end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  size_t padding = end == std::string_view::npos ? 0 : text.size() - end;
  if (padding > 2 || text.substr(text.size() - padding) != std::string_view("==").substr(2 - padding))
    return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), data_of(text),
                               static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  bytes.resize(static_cast<size_t>(length) - padding);
  return bytes;
}

}  // namespace wallaby::node
