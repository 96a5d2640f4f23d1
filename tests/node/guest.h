// tests/node/guest.h
//
// Who knocks at a node's native door from elsewhere: a cluster on a network that is not loopback, with roles, and a visitor whose every
// word is the test's own.
#pragma once

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "engine/reserved.h"
#include "node/client_messages.h"
#include "node/knock.h"
#include "node/login_message.h"
#include "tests/node/test_cluster.h"
#include "tests/node/test_session.h"

namespace wallaby::testing {

using namespace node;
using proto::MessageType;

/// Chance that a test can repeat, and no two of which are the same.
inline Entropy counting() {
  return [next = std::make_shared<uint8_t>(0)](std::span<uint8_t> bytes) {
    for (uint8_t& byte : bytes) byte = ++*next;
  };
}

/// A node whose roles are alice (may log in), copier (may replicate, too), admin (superuser) and guest (no login); all with the password
/// "s3cret".
struct GuestTest : ::testing::Test {
  GuestTest() {
    cluster.defaults.tls = true;
    cluster.defaults.entropy = counting();
    cluster.network = "10.0.0.1";
    cluster.client_address = "10.0.0.9:50000";
  }

  void start() {
    cluster.start_primary("p1");
    cluster.settle();
    TestSession session(cluster.node("p1").backend());
    auto make = [](engine::Transaction& tx) -> Result<void> {
      const uint8_t salt[kScramSaltBytes] = {1};
      std::string verifier = scram_verifier("s3cret", salt, 2);
      std::string keys = '\x22' + std::string(1, static_cast<char>(verifier.size())) + '\x01' + verifier;
      if (auto made = tx.create_table(engine::kSqlCatalog); !made) return made;
      // proto/catalog.proto: 2 login, 3 superuser, 4 keys, 5 replication
      for (const auto& [name, rights] : {std::pair<std::string, std::string>{"alice", "\x10\x01"},
                                         {"copier", "\x10\x01\x28\x01"},
                                         {"admin", "\x10\x01\x18\x01"},
                                         {"guest", "\x28\x01"}})
        if (auto put = tx.put(engine::kSqlCatalog, "role/" + name, rights + keys); !put) return put;
      return {};
    };
    session.run(cluster.now("p1"), make);
    cluster.settle();
    session.close();
  }

  TestCluster cluster;
};

/// A visitor's side of one connection.
struct Guest {
  explicit Guest(TestCluster& c, const std::string& from = "10.0.0.9:50000", const std::string& to = "p1")
      : cluster(c), node(to), id(c.visit(to, from)) {}

  void say(const std::string& bytes) {
    cluster.say(node, id, bytes);
    cluster.settle();
  }
  void say(MessageType type, const std::string& body = {}) {
    std::string bytes;
    proto::write_message(bytes, type, body);
    say(bytes);
  }
  void ask(RequestBody body) {
    std::string bytes;
    encode_request(Request{1, std::move(body)}, bytes);
    say(bytes);
  }
  void log_in(const std::string& role, const std::string& scram) {
    std::string bytes;
    encode_login({role, scram}, bytes);
    say(bytes);
  }
  void start_tls() {
    say(MessageType::kStartTls);
    EXPECT_EQ(heard(), "start tls");
    EXPECT_TRUE(cluster.speaks_tls(node, id));
  }
  /// Everything up to the end of the login; the refusal, or "in".
  std::string comes_in(const Access& access) {
    Knock knock(access, counting());
    std::string out;
    Knock::Next next = knock.begin(out);
    while (next != Knock::Next::kIn) {
      say(std::exchange(out, {}));
      reader.feed(cluster.hear(node, id));
      proto::MessageView view;
      if (!*reader.next(view)) return "no answer";
      auto now = knock.heard(view, reader.buffered(), out);
      if (!now) return now.error().message;
      next = *now == Knock::Next::kStartTls ? knock.secured(out) : *now;
    }
    return "in";
  }

  /// The node's next word: a message's type, or a failure's text.
  std::string heard() {
    reader.feed(cluster.hear(node, id));
    proto::MessageView view;
    if (!*reader.next(view)) return closed() ? "closed" : "nothing";
    if (view.type != MessageType::kReply) {
      std::ostringstream text;
      text << view.type;
      return text.str();
    }
    auto reply = decode_reply(view);
    auto* failed = std::get_if<Failed>(&reply->body);
    return failed ? failed->error.message : "answered";
  }
  std::string scram_heard() {
    reader.feed(cluster.hear(node, id));
    proto::MessageView view;
    if (!*reader.next(view)) return "nothing";
    auto login = decode_login(view);
    return login ? login->scram : heard();
  }
  bool closed() const { return cluster.is_closed(node, id); }

  TestCluster& cluster;
  std::string node;
  ConnectionId id;
  proto::MessageReader reader{proto::kMaxMessage};
};

inline Access access_of(const std::string& role, const std::string& password = "s3cret") {
  return {.tls = true, .login = Credentials{role, password}};
}

}  // namespace wallaby::testing
