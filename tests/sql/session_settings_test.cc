#include "sql/session/settings.h"
#include "tests/sql/session_fixture.h"

namespace wallaby::sql {
namespace {

std::string value_of(const Settings& settings, std::string_view name) {
  auto value = settings.get(name);
  return value ? *value : value.error().code() + " " + value.error().message();
}

TEST(Settings, keep_normal_forms) {
  Settings settings;
  ASSERT_TRUE(settings.set("statement_timeout", "5000", false));
  EXPECT_EQ(value_of(settings, "STATEMENT_TIMEOUT"), "5s");
  EXPECT_EQ(settings.effective().statement_timeout, std::chrono::seconds(5));
  ASSERT_TRUE(settings.set("work_mem", "65536", false));
  EXPECT_EQ(value_of(settings, "work_mem"), "64MB");
  ASSERT_TRUE(settings.set("client_encoding", "utf-8", false));
  EXPECT_EQ(value_of(settings, "client_encoding"), "UTF8");
}

TEST(Settings, refuse_what_cannot_be_obeyed) {
  Settings settings;
  auto code = [&](std::string_view name, std::string_view value) {
    auto set = settings.set(name, value, false);
    return set ? "" : set.error().code();
  };
  EXPECT_EQ(code("client_encoding", "LATIN1"), "0A000");
  EXPECT_EQ(code("client_encoding", "nonsense"), "22023");
  EXPECT_EQ(code("TimeZone", "Europe/Berlin"), "0A000");
  EXPECT_EQ(code("DateStyle", "German"), "0A000");
  EXPECT_EQ(code("bytea_output", "escape"), "0A000");
  EXPECT_EQ(code("server_version", "16"), "55P02");
  EXPECT_EQ(code("no_such_thing", "1"), "42704");
  EXPECT_EQ(code("statement_timeout", "-1"), "22023");
  EXPECT_EQ(code("enable_seqscan", "maybe"), "22023");
  EXPECT_EQ(code("myapp.user", "7"), "");
}

TEST(Settings, of_a_login_are_refused_unless_postgresql_would_take_them) {
  Settings settings;
  auto refusal = [&](std::string_view name, std::string_view value) {
    auto set = settings.start_with(name, value);
    return set ? "" : set.error().code() + " " + set.error().message();
  };
  EXPECT_EQ(refusal("nosuch", "1"), "42704 unrecognized configuration parameter \"nosuch\"");
  EXPECT_EQ(refusal("statement_timeout", "soon"),
            "22023 invalid value for parameter \"statement_timeout\": \"soon\"");
  EXPECT_EQ(refusal("server_version", "16"), "55P02 parameter \"server_version\" cannot be changed");
  EXPECT_EQ(refusal("fsync", "off"), "55P02 parameter \"fsync\" cannot be changed now");
  EXPECT_EQ(refusal("myapp.user", "7"), "");
  EXPECT_EQ(refusal("statement_timeout", "5s"), "");
  EXPECT_EQ(value_of(settings, "statement_timeout"), "5s");
  // The client sees by ParameterStatus what holds instead.
  EXPECT_EQ(refusal("TimeZone", "Europe/Berlin"), "");
  EXPECT_EQ(value_of(settings, "TimeZone"), "UTC");
}

TEST(Settings, one_rung_in_two_languages) {
  Settings settings;
  EXPECT_FALSE(settings.effective().rung);
  ASSERT_TRUE(settings.set("ack_mode", "sync", false));
  EXPECT_EQ(value_of(settings, "synchronous_commit"), "remote_apply");
  ASSERT_TRUE(settings.set("synchronous_commit", "on", false));
  EXPECT_EQ(value_of(settings, "ack_mode"), "durable");
  EXPECT_EQ(settings.effective().rung, replication::Rung::kDurable);
  ASSERT_TRUE(settings.reset("ack_mode", false));
  EXPECT_FALSE(settings.effective().rung);
}

TEST(Settings, go_back_with_the_transaction) {
  Settings settings;
  ASSERT_TRUE(settings.set("work_mem", "1MB", false));
  settings.end_transaction();
  auto mark = settings.mark();
  ASSERT_TRUE(settings.set("work_mem", "2MB", false));
  ASSERT_TRUE(settings.set("work_mem", "3MB", true));
  EXPECT_EQ(value_of(settings, "work_mem"), "3MB");
  settings.rollback_to(mark);
  EXPECT_EQ(value_of(settings, "work_mem"), "1MB");
  ASSERT_TRUE(settings.set("work_mem", "3MB", true));
  settings.end_transaction();
  EXPECT_EQ(value_of(settings, "work_mem"), "1MB");
}

TEST(Settings, tell_the_client_what_it_follows) {
  Settings settings;
  EXPECT_TRUE(settings.take_changes().empty());
  ASSERT_TRUE(settings.set("application_name", "shop", false));
  auto changes = settings.take_changes();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].second, "shop");
  EXPECT_TRUE(settings.take_changes().empty());
}

TEST_F(SessionTest, set_show_and_reset) {
  EXPECT_EQ(one.run("SET application_name = 'shop'"), "SET");
  EXPECT_EQ(one.parameters.back(), "application_name=shop");
  EXPECT_EQ(one.run("SHOW application_name"), "shop | SHOW");
  EXPECT_EQ(one.run("RESET application_name"), "RESET");
  EXPECT_EQ(one.run("SHOW application_name"), " | SHOW");
  EXPECT_EQ(one.run("SHOW transaction_isolation"), "repeatable read | SHOW");
  EXPECT_EQ(one.run("SHOW nothing"), "ERROR 42704 unrecognized configuration parameter \"nothing\"");
  one.run("BEGIN");
  one.run("SET LOCAL work_mem = '7MB'");
  EXPECT_EQ(one.run("SHOW work_mem"), "7MB | SHOW");
  one.run("COMMIT");
  EXPECT_EQ(one.run("SHOW work_mem"), "4MB | SHOW");
}

TEST_F(SessionTest, a_login_with_a_bad_setting_opens_no_session) {
  SessionStart start{
      .user = "eve", .database = "shop", .client = "", .pid = 7, .settings = {{"work_mem", "lots"}}};
  auto session = make_session(one.now, services, start, one);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code(), "22023");
  EXPECT_FALSE(services.sessions.contains(7));
}

TEST_F(SessionTest, settings_are_reported_once_when_the_message_is_done) {
  one.run("SET application_name = 'a'; SET application_name = 'b'");
  EXPECT_EQ(one.parameters, std::vector<std::string>{"application_name=b"});
  one.run("SET application_name = 'c'; SELECT 1/0");
  EXPECT_EQ(one.parameters.size(), 1U) << "it was taken back before anybody was told";
}

TEST_F(SessionTest, a_promotion_is_reported_to_who_is_there) {
  backend.replica = true;
  EXPECT_EQ(one.run("SELECT 1"), "1 | SELECT 1");
  EXPECT_EQ(one.parameters,
            (std::vector<std::string>{"in_hot_standby=on", "default_transaction_read_only=on"}));
  one.parameters.clear();
  backend.replica = false;
  one.run("SELECT 1");
  EXPECT_EQ(one.parameters,
            (std::vector<std::string>{"in_hot_standby=off", "default_transaction_read_only=off"}));
}

TEST_F(SessionTest, alter_system_throws_the_switch) {
  EXPECT_EQ(one.run("SHOW synchronous_commit"), "local | SHOW");
  EXPECT_EQ(one.run("ALTER SYSTEM SET ack_mode = 'sync'"), "ALTER SYSTEM");
  ASSERT_EQ(backend.commands.size(), 1U);
  EXPECT_EQ(std::get<node::SetPolicy>(backend.commands[0]).rung, replication::Rung::kSync);
  EXPECT_EQ(two.run("SHOW synchronous_commit"), "remote_apply | SHOW");
  EXPECT_EQ(two.run("SHOW ack_mode"), "sync | SHOW");
  one.run("BEGIN");
  EXPECT_EQ(one.run("ALTER SYSTEM SET ack_mode = 'off'"),
            "ERROR 25001 ALTER SYSTEM cannot run inside a transaction block");
}

}  // namespace
}  // namespace wallaby::sql
