#include "server/entrance.h"

#include <chrono>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/login_message.h"
#include "server/client.h"
#include "server/entropy.h"
#include "server/load_generator.h"
#include "server/tls.h"
#include "sql/plan/first_role.h"
#include "tests/server/certificate.h"
#include "tests/server/peers.h"
#include "tests/server/real_node.h"

namespace wallaby::server {
namespace {

using node::Role;
using proto::MessageType;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// A primary with a certificate and the role alice.
struct EntranceTest : ::testing::Test {
  EntranceTest()
      : own(*TlsContext::load(certificate.certificate(), certificate.key())),
        trusting(trusted(certificate)) {}

  static std::shared_ptr<const TlsContext> trusted(const TestCertificate& whom) {
    return std::make_shared<TlsContext>(*TlsContext::trusting(whom.certificate()));
  }
  static void with_alice(node::NodeOptions& options) {
    options.opening = *sql::first_role("alice", "s3cret", fill_with_entropy);
  }
  static std::string complaint(const Address& address, const Entrance& entrance, ErrorCode code) {
    auto client = Client::connect(address, 10s, entrance);
    if (client) return "(it is in)";
    EXPECT_EQ(client.error().code, code) << client.error();
    return client.error().message;
  }

  TestCertificate certificate;
  TemporaryDirectory data;
  TlsContext own;
  std::shared_ptr<const TlsContext> trusting;
  Entrance alice{.tls = trusting, .login = node::Credentials{"alice", "s3cret"}};
};

TEST_F(EntranceTest, OverTlsWithAPasswordAllWorksAsItDoesWithout) {
  RealNode primary(Role::kPrimary, data / "p1", with_alice, &own);
  primary.wait_until_ready();
  auto client = Client::connect(primary.address(), 10s, alice);
  ASSERT_TRUE(client) << client.error();
  std::string large(5 << 20, 'x');
  ASSERT_TRUE(client->call(put("t", "k", large)));
  auto reply = client->call(node::Get{"t", "k", {}});
  ASSERT_TRUE(reply) << reply.error();
  EXPECT_EQ(std::get<node::Value>(*reply).value, large);
  // Many requests at once, in both directions.
  LoadOptions load{
      .address = primary.address(), .entrance = alice, .clients = 8, .depth = 16, .requests = 5000};
  load.make = [](size_t, uint64_t n) { return put("t", std::to_string(n), std::string(1000, 'y')); };
  auto result = run_load(load);
  ASSERT_TRUE(result) << result.error();
  EXPECT_EQ(result->done, 5000u);
}

TEST_F(EntranceTest, TlsAloneAndALoginAloneAreTakenOnThisMachine) {
  RealNode primary(Role::kPrimary, data / "p1", with_alice, &own);
  primary.wait_until_ready();
  for (const Entrance& entrance : {Entrance{.tls = trusting}, Entrance{.login = alice.login}, Entrance{}}) {
    auto client = Client::connect(primary.address(), 10s, entrance);
    ASSERT_TRUE(client) << client.error();
    EXPECT_TRUE(client->call(node::GetStatus{}));
  }
}

TEST_F(EntranceTest, AWrongPasswordIsRefused) {
  RealNode primary(Role::kPrimary, data / "p1", with_alice, &own);
  primary.wait_until_ready();
  for (const auto& [role, password] : {std::pair{"alice", "S3cret"}, std::pair{"bob", "s3cret"}}) {
    Entrance wrong{.tls = trusting, .login = node::Credentials{role, password}};
    EXPECT_THAT(complaint(primary.address(), wrong, ErrorCode::kRefused),
                HasSubstr(std::string("password authentication failed for role '") + role + "'"));
  }
}

TEST_F(EntranceTest, AStrangersCertificateEndsItBeforeAnythingIsSaid) {
  TestCertificate strangers;
  RealNode primary(Role::kPrimary, data / "p1", with_alice, &own);
  Entrance wary{.tls = trusted(strangers), .login = alice.login};
  EXPECT_THAT(complaint(primary.address(), wary, ErrorCode::kUnreachable), HasSubstr("is not trusted"));
}

TEST_F(EntranceTest, ANodeWithoutTlsIsNotTalkedToInClear) {
  RealNode primary(Role::kPrimary, data / "p1", with_alice);
  EXPECT_THAT(complaint(primary.address(), alice, ErrorCode::kRefused), HasSubstr("p1 has no certificate"));
}

TEST_F(EntranceTest, NobodyInBetweenCanTalkItOutOfTls) {
  std::string start_tls, login;
  proto::write_message(start_tls, MessageType::kStartTls, {});
  node::encode_login({.role = {}, .scram = "r=x,s=c2FsdA==,i=1"}, login);
  for (const std::string& answer :
       {login, start_tls + login, std::string("HTTP/1.1 400 Bad Request\r\n\r\n")}) {
    std::string heard;
    {
      FakeNode middle([&](Peer& peer) {
        heard = peer.read(start_tls.size());
        peer.write(answer);
        heard += peer.read_to_end();
      });
      auto client = Client::connect(middle.address(), 10s, alice);
      ASSERT_FALSE(client);
    }
    EXPECT_EQ(heard.substr(0, start_tls.size()), start_tls);
    EXPECT_EQ(heard.find("alice"), std::string::npos);
    EXPECT_EQ(heard.size(), start_tls.size()) << "not a byte more";
  }
}

TEST_F(EntranceTest, ANodeThatSaysNothingIsNotWaitedForForEver) {
  FakeNode silent([](Peer& peer) { peer.read_to_end(); });
  auto client = Client::connect(silent.address(), 50ms, alice);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::kUnreachable);
  EXPECT_THAT(client.error().message, HasSubstr("in time"));
}

TEST_F(EntranceTest, NothingHappenedWhenAnEncryptedConnectionHadEndedBefore) {
  auto primary = std::make_unique<RealNode>(Role::kPrimary, data / "p1", with_alice, &own);
  primary->wait_until_ready();
  auto client = Client::connect(primary->address(), 10s, alice);
  ASSERT_TRUE(client) << client.error();
  ASSERT_TRUE(client->call(put("t", "k", "v")));
  primary.reset();
  auto reply = client->call(put("t", "k", "w"));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnreachable);
}

TEST_F(EntranceTest, AReplicaFollowsOverTls) {
  RealNode primary(Role::kPrimary, data / "p1", with_alice, &own);
  primary.wait_until_ready();
  auto follow = [&](node::NodeOptions& options) {
    options.primary = primary.address();
    options.access = {.tls = true, .login = alice.login};
  };
  RealNode replica(Role::kReplica, data / "r1", follow, &own, trusting.get());
  EXPECT_THAT(replica.wait_until_ready(), HasSubstr("following"));
  auto writer = Client::connect(primary.address(), 10s, alice),
       reader = Client::connect(replica.address(), 10s, alice);
  ASSERT_TRUE(writer && reader) << "the roles are on the replica, too";
  std::string large(3 << 20, 'x');
  auto put_there = writer->call(put("t", "k", large));
  ASSERT_TRUE(put_there) << put_there.error();
  auto value = reader->call(node::Get{"t", "k", std::get<node::Written>(*put_there).token});
  ASSERT_TRUE(value) << value.error();
  EXPECT_EQ(std::get<node::Value>(*value).value, large);
}

TEST_F(EntranceTest, AReplicaDoesNotFollowAStranger) {
  TestCertificate strangers;
  auto wary = trusted(strangers);
  RealNode primary(Role::kPrimary, data / "p1", with_alice, &own);
  primary.wait_until_ready();
  auto follow = [&](node::NodeOptions& options) {
    options.primary = primary.address();
    options.access = {.tls = true, .login = alice.login};
  };
  RealNode replica(Role::kReplica, data / "r1", follow, &own, wary.get());
  Client client = replica.client();
  std::string why;
  for (auto end = std::chrono::steady_clock::now() + 10s;
       why.empty() && std::chrono::steady_clock::now() < end;) {
    auto status = client.call(node::GetStatus{});
    ASSERT_TRUE(status) << status.error();
    why = std::get<node::StatusReply>(*status).status.upstream->last_failure;
  }
  EXPECT_THAT(why, HasSubstr("TLS: the certificate of 127.0.0.1 is not trusted"));
}

}  // namespace
}  // namespace wallaby::server
