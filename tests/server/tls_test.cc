#include "server/tls.h"

#include <sys/stat.h>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/certificate.h"
#include "tests/server/peers.h"

namespace wallaby::server {
namespace {

using ::testing::HasSubstr;

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() : context(*TlsContext::load(certificate.certificate(), certificate.key())) {}

  /// Bytes go to and fro, at most `piece` at once, until both are silent.
  static void talk(TlsStream& server, TestTlsClient& client, std::string& heard, size_t piece) {
    for (;;) {
      std::string to_server = client.take_wire();
      for (size_t at = 0; at < to_server.size(); at += piece)
        ASSERT_TRUE(server.receive(std::string_view(to_server).substr(at, piece), heard));
      std::string to_client = server.take_wire();
      for (size_t at = 0; at < to_client.size(); at += piece)
        client.receive(std::string_view(to_client).substr(at, piece));
      if (to_server.empty() && to_client.empty()) return;
    }
  }

  TestCertificate certificate;
  TlsContext context;
};

TEST_F(TlsTest, WordsArriveWhateverThePiecesAre) {
  for (size_t piece : {1, 2, 5, 16, 100, 1000, 100'000}) {
    TlsStream server(context);
    TestTlsClient client;
    std::string heard;
    talk(server, client, heard, piece);
    ASSERT_TRUE(server.ready() && client.ready()) << piece;
    client.say("SELECT 1");
    server.send("one row");
    talk(server, client, heard, piece);
    EXPECT_EQ(heard, "SELECT 1");
    EXPECT_EQ(client.heard, "one row");
    server.say_goodbye();
    talk(server, client, heard, piece);
    EXPECT_TRUE(client.goodbye());
  }
}

TEST_F(TlsTest, MuchIsSaidInManyRecords) {
  TlsStream server(context);
  TestTlsClient client;
  std::string heard, much(3 << 20, 'x');
  talk(server, client, heard, 4096);
  server.send(much);
  talk(server, client, heard, 4096);
  EXPECT_EQ(client.heard, much);
}

TEST_F(TlsTest, WhatIsNoTlsIsRefused) {
  for (std::string garbage :
       {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\xff\xff", "\0\0\0\x08\x04\xd2\x16\x2f"}) {
    TlsStream server(context);
    std::string heard;
    garbage.resize(200, '\xff');
    auto received = server.receive(garbage, heard);
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().code, ErrorCode::kProtocol);
    EXPECT_FALSE(server.receive("more", heard)) << "and it stays so";
  }
}

TEST_F(TlsTest, AChangedByteEndsIt) {
  TlsStream server(context);
  TestTlsClient client;
  std::string heard;
  talk(server, client, heard, 4096);
  client.say("SELECT 1");
  std::string wire = client.take_wire();
  wire.back() ^= 1;
  EXPECT_FALSE(server.receive(wire, heard));
  EXPECT_EQ(heard, "");
  client.receive(server.take_wire());  // the alert
}

TEST_F(TlsTest, AnEndlessHandshakeIsRefused) {
  TlsStream server(context);
  std::string heard;
  // A record whose bytes come one by one, never whole, and then many of them.
  std::string hello("\x16\x03\x01\x40\x00\x01\x00\xff\xff", 9);
  hello.resize(5 + 0x4000, '\0');
  Result<void> received;
  for (int i = 0; i < 10 && received; ++i) received = server.receive(hello, heard);
  EXPECT_FALSE(received);
}

TEST_F(TlsTest, FilesThatWillNotDoAreNamed) {
  auto message = [&](const std::string& cert, const std::string& key) {
    auto loaded = TlsContext::load(cert, key);
    return loaded ? "(loaded)" : loaded.error().message;
  };
  TestCertificate other;
  EXPECT_THAT(message(certificate.certificate(), "/no/such/key"),
              HasSubstr("--tls-key /no/such/key: there is no such file"));
  EXPECT_THAT(message("/no/such/cert", certificate.key()), HasSubstr("--tls-cert /no/such/cert"));
  EXPECT_THAT(message(certificate.certificate(), other.key()), HasSubstr("not the key of"));
  ASSERT_EQ(chmod(certificate.key().c_str(), 0644), 0);
  EXPECT_THAT(message(certificate.certificate(), certificate.key()), HasSubstr("chmod 600"));
}

// --- as a client -----------------------------------------------------------------------------------------------------

/// Bytes go to and fro, at most `piece` at once, until both are silent or one has failed.
struct Pair {
  Pair(const TlsContext& own, const TlsContext& trusting, const std::string& host)
      : server(own), client(trusting, host) {}

  Result<void> talk(size_t piece) {
    for (;;) {
      std::string to_server = client.take_wire(), to_client = server.take_wire();
      if (to_server.empty() && to_client.empty()) return {};
      for (size_t at = 0; at < to_server.size(); at += piece)
        if (auto got = server.receive(to_server.substr(at, piece), server_heard); !got) return got;
      for (size_t at = 0; at < to_client.size(); at += piece)
        if (auto got = client.receive(to_client.substr(at, piece), client_heard); !got) return got;
    }
  }

  TlsStream server, client;
  std::string server_heard, client_heard;
};

TEST_F(TlsTest, AClientAndAServerOfOurOwnUnderstandEachOther) {
  auto trusting = TlsContext::trusting(certificate.certificate());
  ASSERT_TRUE(trusting) << trusting.error();
  for (size_t piece : {1, 7, 100, 100'000}) {
    Pair pair(context, *trusting, "localhost");
    ASSERT_TRUE(pair.talk(piece));
    ASSERT_TRUE(pair.server.ready() && pair.client.ready()) << piece;
    pair.client.send("get");
    pair.server.send("value");
    ASSERT_TRUE(pair.talk(piece));
    EXPECT_EQ(pair.server_heard, "get");
    EXPECT_EQ(pair.client_heard, "value");
  }
}

TEST_F(TlsTest, AClientLooksForTheHostInTheCertificate) {
  auto trusting = TlsContext::trusting(certificate.certificate());
  ASSERT_TRUE(trusting);
  auto complaint = [&](const std::string& host) {
    Pair pair(context, *trusting, host);
    auto talked = pair.talk(4096);
    return talked ? "" : talked.error().message;
  };
  EXPECT_EQ(complaint("localhost"), "");
  EXPECT_EQ(complaint("127.0.0.1"), "");
  EXPECT_THAT(complaint("db1"), HasSubstr("the certificate is not for db1"));
  EXPECT_THAT(complaint("127.0.0.2"), HasSubstr("the certificate is not for 127.0.0.2"));
}

TEST_F(TlsTest, AClientBelievesNobodyWhomItWasNotTold) {
  TestCertificate other;
  for (const std::string& whom : {other.certificate(), std::string()}) {
    auto trusting = TlsContext::trusting(whom);
    ASSERT_TRUE(trusting) << trusting.error();
    Pair pair(context, *trusting, "localhost");
    auto talked = pair.talk(4096);
    ASSERT_FALSE(talked);
    EXPECT_THAT(talked.error().message, HasSubstr("the certificate of localhost is not trusted"));
    EXPECT_FALSE(pair.client.ready());
  }
  auto missing = TlsContext::trusting("/no/such/file");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("--tls-ca /no/such/file"));
}

// --- on a real socket ------------------------------------------------------------------------------------------------

/// Like the PostgreSQL door: a question in clear, 'S' as the answer, TLS from there on; each word comes back in capitals.
ScriptCore::Script shouting() {
  return [](ScriptCore& core, const node::NodeEvent& event) {
    if (const auto* sent = std::get_if<node::BytesSent>(&event))
      core.note("sent " + std::to_string(sent->bytes));
    if (const auto* lost = std::get_if<node::ConnectionLost>(&event)) core.note("lost: " + lost->reason);
    const auto* got = std::get_if<node::BytesReceived>(&event);
    if (!got) return;
    if (got->bytes == "tls?") {
      core.send(got->id, "S");
      core.say(node::StartTls{got->id});
    } else if (got->bytes == "bye") {
      core.send(got->id, "BYE");
      core.say(node::CloseConnection{got->id});
    } else {
      std::string loud(got->bytes);
      for (char& c : loud) c = static_cast<char>(std::toupper(c));
      core.send(got->id, loud);
    }
  };
}

TEST_F(TlsTest, AConnectionGoesOverToTlsWhenItsDoorSaysSo) {
  ScriptServer server(shouting(), &context);
  Peer peer = Peer::connect(server.address());
  peer.write("tls?");
  ASSERT_EQ(peer.read(1), "S");
  TestTlsClient client;
  auto hear = [&](const std::string& words) {
    while (client.heard.size() < words.size()) {
      peer.write(client.take_wire());
      std::string wire = peer.read_some();
      if (wire.empty()) break;
      client.receive(wire);
    }
    EXPECT_EQ(client.heard, words);
    client.heard.clear();
  };
  while (!client.ready()) {
    peer.write(client.take_wire());
    client.receive(peer.read_some());
  }
  client.say("hello");
  hear("HELLO");
  server.wait_for("sent 1");
  server.wait_for("sent 5");  // its own bytes, not those of the records
  client.say("bye");
  hear("BYE");
  client.receive(peer.read_to_end());
  EXPECT_TRUE(client.goodbye());
}

TEST_F(TlsTest, APeerThatSpeaksSomethingElseIsLost) {
  ScriptServer server(shouting(), &context);
  Peer peer = Peer::connect(server.address());
  peer.write("tls?");
  ASSERT_EQ(peer.read(1), "S");
  peer.write("this is a startup packet in clear");
  server.wait_for("lost: TLS: wrong version number");
  peer.read_to_end();
}

}  // namespace
}  // namespace wallaby::server
