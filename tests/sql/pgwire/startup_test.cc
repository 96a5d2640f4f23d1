#include <array>

#include <gtest/gtest.h>

#include "sql/pgwire/startup_options.h"
#include "tests/sql/pgwire/test_client.h"

namespace wallaby::sql::pgwire {
namespace {

using testing::Lines;
using testing::TestClient;
namespace frontend = testing::frontend;

const Lines kWelcome = {"AuthenticationOk", "ParameterStatus server_version=15.0",
                        "ParameterStatus in_hot_standby=off", "BackendKeyData 42 4711", "ReadyForQuery I"};

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

TEST(Startup, a_trusted_client_is_ready_at_once) {
  TestClient client;
  EXPECT_EQ(client.say(frontend::startup({{"user", "alice"}, {"application_name", "psql"}})), kWelcome);
  EXPECT_EQ(client.visitor->user, "alice");
  EXPECT_EQ(client.session->start.database, "alice");  // as the user, when none is given
  EXPECT_EQ(client.session->start.pid, 42);
  EXPECT_EQ(client.session->start.client, "127.0.0.1:40000");
  ASSERT_EQ(client.session->start.settings.size(), 1u);
  EXPECT_EQ(client.session->start.settings[0],
            std::make_pair(std::string("application_name"), std::string("psql")));
}

TEST(Startup, any_split_gives_the_same_answer) {
  std::string bytes =
      frontend::gss_request() + frontend::startup({{"user", "alice"}}) + frontend::query("rows 1");
  for (size_t split = 0; split <= bytes.size(); ++split) {
    TestClient client;
    client.connection.received(bytes.substr(0, split));
    std::string answer = client.take();
    client.connection.received(bytes.substr(split));
    answer += client.take();
    ASSERT_EQ(answer[0], 'N');
    Lines lines = testing::backend_lines(std::string_view(answer).substr(1));
    ASSERT_EQ(lines.size(), kWelcome.size() + 4) << "split at " << split;
    EXPECT_EQ(lines.back(), "ReadyForQuery I");
  }
}

TEST(Startup, without_a_certificate_encryption_is_declined) {
  TestClient client;
  client.connection.received(frontend::ssl_request());
  EXPECT_EQ(client.take(), "N");
  client.connection.received(frontend::gss_request());
  EXPECT_EQ(client.take(), "N");
  EXPECT_FALSE(client.connection.take_tls_start());
  EXPECT_EQ(client.say(frontend::startup({{"user", "alice"}})), kWelcome);
  EXPECT_FALSE(client.visitor->tls);
}

TEST(Startup, with_a_certificate_tls_begins_behind_the_answer) {
  TestClient client(DoorOptions{.tls = true});
  client.connection.received(frontend::ssl_request());
  EXPECT_EQ(client.take(), "S");
  EXPECT_TRUE(client.connection.take_tls_start());
  EXPECT_EQ(client.say(frontend::startup({{"user", "alice"}})), kWelcome);
  EXPECT_TRUE(client.visitor->tls);
}

TEST(Startup, bytes_before_tls_are_not_taken_for_bytes_behind_it) {
  TestClient client(DoorOptions{.tls = true});
  client.connection.received(frontend::ssl_request() + frontend::startup({{"user", "mallory"}}));
  std::string answer = client.take();
  EXPECT_EQ(testing::backend_lines(answer.substr(1)),
            Lines{"Error FATAL 08P01: received unencrypted data after SSL request"});
  EXPECT_TRUE(client.connection.ended());
  EXPECT_FALSE(client.connection.take_tls_start());
}

TEST(Startup, nor_are_bytes_that_come_before_the_answer_has_left) {
  TestClient client(DoorOptions{.tls = true});
  client.connection.received(frontend::ssl_request());
  client.connection.run(client.now);
  client.connection.received(frontend::startup({{"user", "mallory"}}));
  EXPECT_EQ(testing::backend_lines(client.take().substr(1)),
            Lines{"Error FATAL 08P01: received unencrypted data after SSL request"});
  EXPECT_TRUE(client.connection.ended());
}

TEST(Startup, a_cancel_request_is_passed_on_and_never_answered) {
  TestClient client;
  EXPECT_EQ(client.say(frontend::cancel_request(42, 4711)), Lines{});
  EXPECT_TRUE(client.connection.ended());
  ASSERT_EQ(client.cancelled.size(), 1u);
  EXPECT_EQ(client.cancelled[0], std::make_pair(42, 4711u));
}

TEST(Startup, other_protocols_are_refused_and_newer_ones_negotiated) {
  TestClient newer;
  EXPECT_EQ(newer.say(frontend::startup({{"user", "a"}, {"_pq_.x", "1"}}, 2))[0],
            "NegotiateProtocolVersion 196608 _pq_.x");
  TestClient old;
  EXPECT_EQ(old.say(frontend::int32(8) + frontend::int32(2 << 16)),
            Lines{"Error FATAL of version 2: unsupported frontend protocol 2.0: server supports 3.0 to 3.0"});
  EXPECT_TRUE(old.connection.ended());
  TestClient unborn;
  EXPECT_EQ(unborn.say(frontend::int32(8) + frontend::int32(4 << 16)),
            Lines{"Error FATAL 0A000: unsupported frontend protocol 4.0: server supports 3.0 to 3.0"});
  TestClient replication;
  EXPECT_EQ(replication.say(frontend::startup({{"user", "a"}, {"replication", "true"}}))[0].substr(0, 18),
            "Error FATAL 0A000:");
  TestClient nameless;
  EXPECT_EQ(nameless.say(frontend::startup({{"database", "d"}})),
            Lines{"Error FATAL 28000: no PostgreSQL user name specified in startup packet"});
  TestClient noise;
  EXPECT_EQ(noise.say("GET / HTTP/1.1\r\n"), Lines{});
  EXPECT_TRUE(noise.connection.ended());
}

TEST(Startup, who_is_not_admitted_hears_why) {
  TestClient client;
  client.refusal = sql_error("53300", "sorry, too many clients already").severity("FATAL");
  EXPECT_EQ(client.say(frontend::startup({{"user", "alice"}})),
            Lines{"Error FATAL 53300: sorry, too many clients already"});
  EXPECT_EQ(client.progress, Progress::kEnded);
}

TEST(Startup, a_bad_setting_is_told_to_who_has_logged_in) {
  TestClient client;
  client.bad_setting = sql_error("42704", "unrecognized configuration parameter \"nosuch\"");
  EXPECT_EQ(
      client.say(frontend::startup({{"user", "alice"}, {"nosuch", "1"}})),
      (Lines{"AuthenticationOk", "Error FATAL 42704: unrecognized configuration parameter \"nosuch\""}));
  EXPECT_TRUE(client.connection.ended());
}

TEST(Startup, options_become_settings) {
  Startup startup{
      3, 0, {{"user", "u"}, {"options", "-c a=1  --work-mem=5 -cb=x\\ y -d 3 -c"}, {"TimeZone", "UTC"}}};
  StartupOptions options = read_startup_options(startup);
  using Settings = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(options.settings, (Settings{{"a", "1"}, {"work_mem", "5"}, {"b", "x y"}, {"TimeZone", "UTC"}}));
}

// --- passwords ---

Lines log_in(TestClient& client, const std::string& password) {
  client.login.trusted = false;
  node::ScramClient scram(password, bytes_of("client nonce"));
  EXPECT_EQ(client.say(frontend::startup({{"user", "alice"}})), Lines{"AuthenticationSASL SCRAM-SHA-256"});
  Lines first = client.say(frontend::sasl_initial("SCRAM-SHA-256", scram.first()));
  const std::string kContinue = "AuthenticationSASLContinue ";
  EXPECT_TRUE(first[0].starts_with(kContinue));
  auto proof = scram.final(first[0].substr(kContinue.size()));
  EXPECT_TRUE(proof);
  Lines last = client.say(frontend::password(*proof));
  const std::string kFinal = "AuthenticationSASLFinal ";
  if (last[0].starts_with(kFinal)) {
    EXPECT_TRUE(scram.verify(last[0].substr(kFinal.size())));
    last.erase(last.begin());
  }
  return last;
}

TEST(Startup, the_right_password_opens_the_session) {
  TestClient client;
  client.login.keys = node::scram_keys("s3cret", bytes_of("salt"), 100);
  EXPECT_EQ(log_in(client, "s3cret"), kWelcome);
}

TEST(Startup, a_wrong_password_and_an_unknown_name_get_the_same_answer) {
  const Lines refused = {"Error FATAL 28P01: password authentication failed for user \"alice\""};
  TestClient wrong;
  wrong.login.keys = node::scram_keys("s3cret", bytes_of("salt"), 100);
  EXPECT_EQ(log_in(wrong, "guess"), refused);
  EXPECT_EQ(wrong.logged, Lines{"sql: password authentication failed for alice from 127.0.0.1:40000"});
  TestClient unknown;
  unknown.login = {.keys = node::mock_scram_keys("alice", "secret"), .real = false};
  EXPECT_EQ(log_in(unknown, "guess"), refused);
}

TEST(Startup, a_login_takes_only_answers_to_what_was_asked) {
  auto asked = [](const std::string& answer) {
    TestClient client;
    client.login.trusted = false;
    client.say(frontend::startup({{"user", "alice"}}));
    Lines lines = client.say(answer);
    EXPECT_TRUE(client.connection.ended());
    return lines;
  };
  EXPECT_EQ(asked(frontend::sasl_initial("SCRAM-SHA-1", "n,,n=,r=x")),
            Lines{"Error FATAL 08P01: client selected an invalid SASL authentication mechanism"});
  EXPECT_EQ(asked(frontend::password("s3cret"))[0], "Error FATAL 08P01: malformed SASL response");
  EXPECT_EQ(asked(frontend::query("rows 1"))[0],
            "Error FATAL 08P01: expected SASL response, got message type 81");
  EXPECT_EQ(asked(frontend::terminate()), Lines{});
}

TEST(Startup, a_login_that_takes_too_long_ends) {
  TestClient client(DoorOptions{.login_timeout = std::chrono::seconds(10)});
  EXPECT_EQ(client.connection.deadline(), client.now + std::chrono::seconds(10));
  client.now += std::chrono::seconds(9);
  client.connection.tick(client.now);
  EXPECT_FALSE(client.connection.ended());
  client.now += std::chrono::seconds(1);
  client.connection.tick(client.now);
  EXPECT_EQ(client.go_on(), Lines{});
  EXPECT_TRUE(client.connection.ended());
}

}  // namespace
}  // namespace wallaby::sql::pgwire
