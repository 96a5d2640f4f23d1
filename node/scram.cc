#include "node/scram.h"

#include <charconv>
#include <utility>
#include <vector>

#include "node/scram_crypto.h"

namespace wallaby::node {
namespace {

constexpr int kMaxIterations = 1'000'000;

std::string_view view_of(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::optional<int> parse_iterations(std::string_view text) {
  int value = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size() || value < 1 || value > kMaxIterations)
    return std::nullopt;
  return value;
}

std::optional<ScramKey> parse_key(std::string_view text) {
  auto bytes = from_base64(text);
  ScramKey key;
  if (!bytes || bytes->size() != key.size()) return std::nullopt;
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>((*bytes)[i]);
  return key;
}

/// Takes "x=VALUE" and the comma behind it from the front; nullopt when the front is something else.
std::optional<std::string_view> take_attribute(std::string_view& message, char name) {
  if (message.size() < 2 || message[0] != name || message[1] != '=') return std::nullopt;
  size_t end = message.find(',');
  std::string_view value = message.substr(2, end == std::string_view::npos ? end : end - 2);
  message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
  return value;
}

/// PostgreSQL's rule for nonces: printable, no comma.
bool is_nonce(std::string_view nonce) {
  if (nonce.empty()) return false;
  for (char c : nonce) {
    if (c < 0x21 || c > 0x7e || c == ',') return false;
  }
  return true;
}

ScramKey exclusive_or(const ScramKey& a, const ScramKey& b) {
  ScramKey result;
  for (size_t i = 0; i < result.size(); ++i) result[i] = a[i] ^ b[i];
  return result;
}

std::unexpected<Error> malformed(std::string_view what) {
  return error(ErrorCode::kProtocol, "malformed SCRAM message: {}", what);
}

}  // namespace

// --- keys ---

ScramKeys scram_keys(std::string_view password, std::span<const uint8_t> salt, int iterations) {
  ScramKey salted = salted_password(password, view_of(salt), iterations);
  return {iterations, std::string(view_of(salt)), sha256(hmac_sha256(salted, "Client Key")),
          hmac_sha256(salted, "Server Key")};
}

std::string to_verifier(const ScramKeys& keys) {
  return fmt::format("SCRAM-SHA-256${}:{}${}:{}", keys.iterations, to_base64(keys.salt),
                     to_base64(view_of(keys.stored_key)), to_base64(view_of(keys.server_key)));
}

std::string scram_verifier(std::string_view password, std::span<const uint8_t> salt, int iterations) {
  return to_verifier(scram_keys(password, salt, iterations));
}

std::optional<ScramKeys> parse_scram_verifier(std::string_view verifier) {
  constexpr std::string_view kScheme = "SCRAM-SHA-256$";
  if (!verifier.starts_with(kScheme)) return std::nullopt;
  verifier.remove_prefix(kScheme.size());
  size_t colon = verifier.find(':'), dollar = verifier.find('$');
  if (colon == std::string_view::npos || dollar == std::string_view::npos || colon > dollar)
    return std::nullopt;
  std::string_view keys = verifier.substr(dollar + 1);
  size_t between = keys.find(':');
  if (between == std::string_view::npos) return std::nullopt;
  auto iterations = parse_iterations(verifier.substr(0, colon));
  auto salt = from_base64(verifier.substr(colon + 1, dollar - colon - 1));
  auto stored = parse_key(keys.substr(0, between)), server = parse_key(keys.substr(between + 1));
  if (!iterations || !salt || salt->empty() || !stored || !server) return std::nullopt;
  return ScramKeys{*iterations, std::move(*salt), *stored, *server};
}

ScramKeys mock_scram_keys(std::string_view name, std::string_view secret) {
  ScramKey chance = hmac_sha256({reinterpret_cast<const uint8_t*>(secret.data()), secret.size()}, name);
  ScramKeys keys;
  keys.salt = view_of(chance).substr(0, kScramSaltBytes);
  return keys;
}

// --- the server's side ---

ScramServer::ScramServer(ScramKeys keys, std::span<const uint8_t> nonce, bool real)
    : keys_(std::move(keys)), real_(real), nonce_(to_base64(view_of(nonce))) {}

Result<std::string> ScramServer::first(std::string_view message) {
  // The header: may the channel be bound, and for whom is the login ("n,a=other," is not for us).
  if (message.starts_with("p=")) return malformed("channel binding was not offered");
  if (!message.starts_with("n,,") && !message.starts_with("y,,"))
    return malformed("no GS2 header n,, or y,,");
  channel_ = to_base64(message.substr(0, 3));
  message.remove_prefix(3);
  std::string_view bare = message;
  if (!take_attribute(message, 'n')) return malformed("n= is missing");
  auto theirs = take_attribute(message, 'r');
  if (!theirs || !is_nonce(*theirs)) return malformed("r= is missing or no nonce");
  nonce_ = std::string(*theirs) + nonce_;
  std::string answer = fmt::format("r={},s={},i={}", nonce_, to_base64(keys_.salt), keys_.iterations);
  auth_message_ = fmt::format("{},{}", bare, answer);
  return answer;
}

Result<std::string> ScramServer::final(std::string_view message) {
  size_t proof_at = message.rfind(",p=");
  if (proof_at == std::string_view::npos) return malformed("p= is missing");
  std::string_view signed_part = message.substr(0, proof_at), fields = signed_part;
  auto channel = take_attribute(fields, 'c'), nonce = take_attribute(fields, 'r');
  if (!channel || *channel != channel_) return malformed("c= is not what was said first");
  if (!nonce || *nonce != nonce_) return malformed("r= is not the nonce of this login");
  auto proof = parse_key(message.substr(proof_at + 3));
  if (!proof) return malformed("p= is no proof");

  std::string all = fmt::format("{},{}", auth_message_, signed_part);
  ScramKey client_key = exclusive_or(*proof, hmac_sha256(keys_.stored_key, all));
  bool right = equal_in_constant_time(sha256(client_key), keys_.stored_key);
  if (!right || !real_) return error(ErrorCode::kRefused, "password authentication failed");
  return "v=" + to_base64(view_of(hmac_sha256(keys_.server_key, all)));
}

// --- the client's side ---

ScramClient::ScramClient(std::string password, std::span<const uint8_t> nonce)
    : ScramClient(std::move(password), "", to_base64(view_of(nonce))) {}

ScramClient::ScramClient(std::string password, std::string user, std::string nonce)
    : password_(std::move(password)),
      nonce_(std::move(nonce)),
      first_bare_(fmt::format("n={},r={}", user, nonce_)) {}

Result<std::string> ScramClient::final(std::string_view server_first) {
  std::string_view fields = server_first;
  auto nonce = take_attribute(fields, 'r'), salt_text = take_attribute(fields, 's'),
       count = take_attribute(fields, 'i');
  if (!nonce || !nonce->starts_with(nonce_) || nonce->size() == nonce_.size())
    return malformed("r= does not continue our nonce");
  auto salt = salt_text ? from_base64(*salt_text) : std::nullopt;
  if (!salt || salt->empty()) return malformed("s= is no salt");
  auto iterations = count ? parse_iterations(*count) : std::nullopt;
  if (!iterations)
    return error(ErrorCode::kRefused, "the server asks for no, or for more than {} hashes", kMaxIterations);

  std::string message = fmt::format("c=biws,r={}", *nonce);
  std::string all = fmt::format("{},{},{}", first_bare_, server_first, message);
  ScramKey salted = salted_password(password_, *salt, *iterations);
  ScramKey client_key = hmac_sha256(salted, "Client Key");
  ScramKey proof = exclusive_or(client_key, hmac_sha256(sha256(client_key), all));
  server_signature_ = hmac_sha256(hmac_sha256(salted, "Server Key"), all);
  return fmt::format("{},p={}", message, to_base64(view_of(proof)));
}

Result<void> ScramClient::verify(std::string_view server_final) const {
  auto signature = take_attribute(server_final, 'v');
  auto key = signature ? parse_key(*signature) : std::nullopt;
  if (!key || !server_signature_ || !equal_in_constant_time(*key, *server_signature_))
    return error(ErrorCode::kRefused, "the server does not have this user's keys: is it the right server?");
  return {};
}

}  // namespace wallaby::node
