#include "node/knock.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/client_messages.h"
#include "node/login_message.h"

namespace wallaby::node {
namespace {

using proto::MessageType;
using ::testing::HasSubstr;
using Next = Knock::Next;

void sevens(std::span<uint8_t> bytes) {
  std::ranges::fill(bytes, uint8_t{7});
}

/// A knock, and what was said by it last.
struct Dialogue {
  explicit Dialogue(const Access& access) : knock(access, sevens) {}

  Next begin() { return knock.begin(said); }
  Result<Next> hears(const std::string& bytes, size_t behind = 0) {
    reader.feed(bytes);
    proto::MessageView view;
    EXPECT_TRUE(*reader.next(view));
    said.clear();
    return knock.heard(view, behind, said);
  }
  Result<Next> hears_login(std::string scram) {
    std::string bytes;
    encode_login({.role = {}, .scram = std::move(scram)}, bytes);
    return hears(bytes);
  }
  /// The one message that was said.
  LoginMessage login() {
    proto::MessageReader own;
    own.feed(said);
    proto::MessageView view;
    EXPECT_TRUE(*own.next(view));
    auto message = decode_login(view);
    EXPECT_TRUE(message) << message.error();
    return message.value_or(LoginMessage{});
  }

  Knock knock;
  proto::MessageReader reader;
  std::string said;
};

std::string message(MessageType type) {
  std::string bytes;
  proto::write_message(bytes, type, {});
  return bytes;
}

const Credentials kAlice{"alice", "s3cret"};

ScramServer server_with(std::string_view password) {
  const uint8_t salt[16] = {1, 2, 3};
  const uint8_t nonce[kScramNonceBytes] = {4, 5, 6};
  return ScramServer(scram_keys(password, salt, 1), nonce, true);
}

TEST(Knock, with_nothing_to_say_it_is_in) {
  Dialogue dialogue{Access{}};
  EXPECT_TRUE(Access{}.plain());
  EXPECT_EQ(dialogue.begin(), Next::kIn);
  EXPECT_EQ(dialogue.said, "");
}

TEST(Knock, logs_in_and_lets_the_node_prove_itself) {
  Dialogue dialogue{Access{.login = kAlice}};
  ScramServer server = server_with("s3cret");
  EXPECT_EQ(dialogue.begin(), Next::kListen);
  EXPECT_EQ(dialogue.login().role, "alice");
  auto first = server.first(dialogue.login().scram);
  ASSERT_EQ(dialogue.hears_login(*first), Next::kListen);
  auto last = server.final(dialogue.login().scram);
  ASSERT_TRUE(last) << last.error();
  EXPECT_EQ(dialogue.hears_login(*last), Next::kIn);
}

TEST(Knock, no_name_is_told_before_tls) {
  Dialogue dialogue{Access{.tls = true, .login = kAlice}};
  EXPECT_EQ(dialogue.begin(), Next::kListen);
  EXPECT_EQ(dialogue.said, message(MessageType::kStartTls));
  ASSERT_EQ(dialogue.hears(message(MessageType::kStartTls)), Next::kStartTls);
  EXPECT_EQ(dialogue.said, "");
  EXPECT_EQ(dialogue.knock.secured(dialogue.said), Next::kListen);
  EXPECT_EQ(dialogue.login().role, "alice");
}

TEST(Knock, tls_alone_is_enough_where_nothing_else_is_asked) {
  Dialogue dialogue{Access{.tls = true}};
  dialogue.begin();
  ASSERT_EQ(dialogue.hears(message(MessageType::kStartTls)), Next::kStartTls);
  EXPECT_EQ(dialogue.knock.secured(dialogue.said), Next::kIn);
}

TEST(Knock, who_wants_tls_never_goes_on_without) {
  std::string refused;
  encode_reply(Reply{0, Failed{Error{ErrorCode::kRefused, "p1 has no certificate"}, {}}}, refused);
  std::string login;
  encode_login({.role = {}, .scram = "r=x,s=c2FsdA==,i=1"}, login);
  for (const std::string& answer : {refused, login, message(MessageType::kHello)}) {
    Dialogue dialogue{Access{.tls = true, .login = kAlice}};
    dialogue.begin();
    EXPECT_FALSE(dialogue.hears(answer));
    EXPECT_EQ(dialogue.said, "");
  }
}

TEST(Knock, bytes_in_clear_behind_the_beginning_of_tls_end_it) {
  Dialogue dialogue{Access{.tls = true}};
  dialogue.begin();
  auto next = dialogue.hears(message(MessageType::kStartTls), 1);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::kProtocol);
}

TEST(Knock, a_node_that_does_not_have_the_keys_is_found_out) {
  Dialogue dialogue{Access{.login = kAlice}};
  ScramServer server = server_with("another");
  dialogue.begin();
  auto first = server.first(dialogue.login().scram);
  ASSERT_EQ(dialogue.hears_login(*first), Next::kListen);
  // It takes any proof, and makes up a signature.
  auto next = dialogue.hears_login("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::kRefused);
  EXPECT_THAT(next.error().message, HasSubstr("is it the right server?"));
}

TEST(Knock, a_node_that_skips_the_proof_is_not_believed) {
  Dialogue dialogue{Access{.login = kAlice}};
  dialogue.begin();
  EXPECT_FALSE(dialogue.hears_login("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  Dialogue another{Access{.login = kAlice}};
  another.begin();
  std::string done;
  encode_reply(Reply{0, Done{"come in", {}}}, done);
  EXPECT_FALSE(another.hears(done));
}

TEST(Knock, the_nodes_own_word_is_passed_on) {
  Error why{ErrorCode::kNotServing, "p1 is shutting down"};
  std::string refused;
  encode_reply(Reply{0, Failed{why, {}}}, refused);
  Dialogue dialogue{Access{.login = kAlice}};
  dialogue.begin();
  auto next = dialogue.hears(refused);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error(), why);
}

}  // namespace
}  // namespace wallaby::node
