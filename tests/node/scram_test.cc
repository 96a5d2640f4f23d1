#include "node/scram.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "node/scram_crypto.h"

namespace wallaby::node {
namespace {

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

const std::string kNonce = "123456789012345678";

/// Both sides, until the end or the first refusal.
Result<void> log_in(ScramServer server, ScramClient client) {
  auto first = server.first(client.first());
  if (!first) return std::unexpected(first.error());
  auto proof = client.final(*first);
  if (!proof) return std::unexpected(proof.error());
  auto last = server.final(*proof);
  if (!last) return std::unexpected(last.error());
  return client.verify(*last);
}

Result<void> log_in_with(std::string password, const ScramKeys& keys, bool real = true) {
  return log_in(ScramServer(keys, bytes_of(kNonce), real),
                ScramClient(std::move(password), bytes_of("abcdefghi")));
}

TEST(Scram, makes_the_messages_of_rfc_7677) {
  ScramClient client("pencil", "user", "rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(client.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  auto final =
      client.final("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  ASSERT_TRUE(final) << final.error();
  EXPECT_EQ(*final,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  EXPECT_TRUE(client.verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  EXPECT_FALSE(client.verify("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
}

TEST(Scram, makes_the_verifier_that_postgresql_stores) {
  // What PostgreSQL 15 stores for CREATE ROLE ... PASSWORD 'pencil' with this salt.
  auto salt = from_base64("W22ZaJ0SNY7soEsUEjb6gQ==");
  std::string verifier = scram_verifier("pencil", bytes_of(*salt), 4096);
  EXPECT_EQ(verifier,
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
            "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
  auto keys = parse_scram_verifier(verifier);
  ASSERT_TRUE(keys);
  EXPECT_EQ(to_verifier(*keys), verifier);
}

TEST(Scram, lets_in_who_knows_the_password) {
  ScramKeys keys = scram_keys("s3cret", bytes_of("0123456789abcdef"), 4096);
  EXPECT_TRUE(log_in_with("s3cret", keys));
  EXPECT_EQ(log_in_with("S3cret", keys).error().code, ErrorCode::kRefused);
  EXPECT_EQ(log_in_with("", keys).error().code, ErrorCode::kRefused);
}

TEST(Scram, an_unknown_name_looks_like_a_wrong_password) {
  ScramKeys mock = mock_scram_keys("nobody", "secret of this server");
  EXPECT_EQ(mock, mock_scram_keys("nobody", "secret of this server"));
  EXPECT_NE(mock.salt, mock_scram_keys("somebody", "secret of this server").salt);
  EXPECT_EQ(mock.salt.size(), kScramSaltBytes);
  EXPECT_EQ(log_in_with("s3cret", mock, false).error(),
            log_in_with("wrong", scram_keys("right", bytes_of("0123456789abcdef"), 4096)).error());
}

TEST(Scram, mock_keys_let_nobody_in_even_with_the_right_proof) {
  ScramKeys keys = scram_keys("s3cret", bytes_of("0123456789abcdef"), 4096);
  EXPECT_FALSE(log_in_with("s3cret", keys, false));
}

TEST(Scram, takes_clients_that_could_bind_the_channel_and_refuses_those_that_do) {
  auto server = [] { return ScramServer(scram_keys("x", bytes_of("salt"), 1), bytes_of(kNonce), true); };
  EXPECT_TRUE(server().first("y,,n=,r=abc"));
  EXPECT_TRUE(server().first("n,,n=*,r=abc"));
  EXPECT_EQ(server().first("p=tls-server-end-point,,n=,r=abc").error().code, ErrorCode::kProtocol);
}

TEST(Scram, a_proof_for_another_nonce_or_header_is_refused) {
  ScramServer server(scram_keys("x", bytes_of("salt"), 1), bytes_of(kNonce), true);
  ASSERT_TRUE(server.first("y,,n=,r=abc"));
  std::string nonce = "abc" + to_base64(kNonce);
  std::string proof = to_base64(std::string(32, 'p'));
  EXPECT_EQ(server.final("c=biws,r=" + nonce + ",p=" + proof).error().code,
            ErrorCode::kProtocol);  // said y,,
  EXPECT_EQ(server.final("c=eSws,r=abc,p=" + proof).error().code, ErrorCode::kProtocol);
  EXPECT_EQ(server.final("c=eSws,r=" + nonce + ",p=" + proof).error().code, ErrorCode::kRefused);
}

TEST(Scram, unreadable_messages_are_protocol_errors) {
  for (std::string_view message :
       {"", "n", "n,,", "n,,n=", "n,,n=,", "n,,n=,r=", "n,,r=abc", "n,a=x,n=,r=abc", "n,,n=,r=a\x01"}) {
    ScramServer server(scram_keys("x", bytes_of("salt"), 1), bytes_of(kNonce), true);
    EXPECT_EQ(server.first(message).error().code, ErrorCode::kProtocol) << message;
  }
  for (std::string_view message : {"", ",p=", "c=,r=,p=", "c=biws,r=x", "c=biws", "p=abc"}) {
    ScramServer server(scram_keys("x", bytes_of("salt"), 1), bytes_of(kNonce), true);
    ASSERT_TRUE(server.first("n,,n=,r=abc"));
    EXPECT_EQ(server.final(message).error().code, ErrorCode::kProtocol) << message;
  }
}

TEST(Scram, a_client_does_not_hash_forever_for_a_stranger) {
  ScramClient client("x", "", "abc");
  EXPECT_EQ(client.final("r=abcdef,s=c2FsdA==,i=2000000000").error().code, ErrorCode::kRefused);
  EXPECT_EQ(client.final("r=xyz,s=c2FsdA==,i=1").error().code, ErrorCode::kProtocol);
  EXPECT_FALSE(ScramClient("x", "", "abc").verify("v=" + to_base64(std::string(32, '\0'))));
}

TEST(Scram, what_is_no_verifier_is_not_read) {
  std::string good = scram_verifier("x", bytes_of("salt"), 1);
  ASSERT_TRUE(parse_scram_verifier(good));
  for (size_t length = 0; length < good.size(); ++length)
    EXPECT_FALSE(parse_scram_verifier(good.substr(0, length))) << good.substr(0, length);
  EXPECT_FALSE(parse_scram_verifier("md5a3556571e93b0d20722ba62be61e8c2d"));
}

TEST(Base64, what_was_encoded_is_decoded) {
  Random random(1);
  for (size_t length = 0; length < 100; ++length) {
    std::string bytes;
    for (size_t i = 0; i < length; ++i) bytes.push_back(static_cast<char>(random.next()));
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
  }
  EXPECT_EQ(to_base64("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
  for (std::string_view text : {"a", "ab", "abc", "a===", "ab=c", " YWJj", "YWJj ", "YW J", "YWJj\n"})
    EXPECT_FALSE(from_base64(text)) << text;
}

}  // namespace
}  // namespace wallaby::node
