// node/scram_crypto.h
//
// The few primitives that SCRAM is made of, on OpenSSL's libcrypto: the only file pair that knows it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wallaby::node {

using Sha256 = std::array<uint8_t, 32>;

Sha256 sha256(std::span<const uint8_t> bytes);
Sha256 hmac_sha256(std::span<const uint8_t> key, std::string_view message);
/// PBKDF2 with HMAC-SHA-256 and one block: RFC 5802's Hi().
Sha256 salted_password(std::string_view password, std::string_view salt, int iterations);
/// Takes the same time wherever they differ.
bool equal_in_constant_time(std::span<const uint8_t> a, std::span<const uint8_t> b);

std::string to_base64(std::string_view bytes);
/// nullopt: not base64 with its padding.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace wallaby::node
