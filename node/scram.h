// node/scram.h
//
// SCRAM-SHA-256 (RFC 5802, RFC 7677): a login that proves that the client knows the password without telling it, to a server that does not
// know it either. The server keeps two keys that were made from the password; whoever reads them can neither log in nor
// find the password, except by trying words, 4096 hashes each.
//
//     client                                   server
//     n,,n=,r=NONCE                  ->                                          client first
//                                    <-        r=NONCE+MORE,s=SALT,i=4096        server first
//     c=biws,r=NONCE+MORE,p=PROOF    ->                                          client final: knows the password
//                                    <-        v=SIGNATURE                       server final: has the keys
//
// The verifier is stored as PostgreSQL stores it in pg_authid, so the two could be exchanged:
//
//     SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY          (SALT and keys in base64)
//
// A name that nobody has gets the same dialogue, with a salt made from the name, and fails only at the proof: so names
// cannot be found out by asking. The user name inside of the message is ignored (libpq sends none): the startup packet has it.
//
// Left out: channel binding (`p=...` is refused; `y` and `n` are taken), and SASLprep: a password's bytes are taken as they are. Clients that
// normalize change nothing about ASCII and about text that is normalized already (NFKC).
//
// Chance is passed in: nonces and salts are the caller's. Threads: none. Comparisons take the same time whatever differs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace wallaby::node {

inline constexpr int kScramIterations = 4096;
inline constexpr size_t kScramSaltBytes = 16;
/// Unpredictable bytes that a nonce is made of.
inline constexpr size_t kScramNonceBytes = 18;

using ScramKey = std::array<uint8_t, 32>;

/// What the server keeps of a password.
struct ScramKeys {
  int iterations = kScramIterations;
  std::string salt;  ///< raw bytes
  ScramKey stored_key{}, server_key{};
  bool operator==(const ScramKeys&) const = default;
};

/// Costs `iterations` hashes, some milliseconds.
ScramKeys scram_keys(std::string_view password, std::span<const uint8_t> salt, int iterations);
std::string scram_verifier(std::string_view password, std::span<const uint8_t> salt, int iterations);
std::string to_verifier(const ScramKeys& keys);
/// nullopt: not a verifier.
std::optional<ScramKeys> parse_scram_verifier(std::string_view verifier);
/// For a name that has no keys: always the same for one name and secret, and no password fits.
ScramKeys mock_scram_keys(std::string_view name, std::string_view secret);

/// The server's side of one login.
class ScramServer {
 public:
  /// `nonce`: kScramNonceBytes of chance. `real`: false makes every proof wrong (mock keys).
  ScramServer(ScramKeys keys, std::span<const uint8_t> nonce, bool real);

  /// The server's first message; kProtocol when the client's cannot be read.
  Result<std::string> first(std::string_view client_first);
  /// The server's last message; kRefused when the proof is wrong, kProtocol when it cannot be read.
  Result<std::string> final(std::string_view client_final);

 private:
  ScramKeys keys_;
  bool real_ = false;
  std::string nonce_;         ///< ours in base64, then both
  std::string channel_;       ///< what `c=` has to say
  std::string auth_message_;  ///< what proof and signature sign
};

/// The client's side, for our own programs and replicas.
class ScramClient {
 public:
  ScramClient(std::string password, std::span<const uint8_t> nonce);
  /// For the vectors of RFC 7677, which name a user and a nonce.
  ScramClient(std::string password, std::string user, std::string nonce);

  std::string first() const { return "n,," + first_bare_; }
  /// kProtocol when the server's message cannot be read, kRefused when it asks for more than a million hashes.
  Result<std::string> final(std::string_view server_first);
  /// kRefused: whoever it is, it does not have this user's keys.
  Result<void> verify(std::string_view server_final) const;

 private:
  std::string password_, nonce_, first_bare_;
  std::optional<ScramKey> server_signature_;  ///< once final() has made it
};

}  // namespace wallaby::node
