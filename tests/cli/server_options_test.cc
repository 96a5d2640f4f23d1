#include "cli/server_options.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wallaby::cli {
namespace {

using node::Role;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Arguments = std::vector<std::string>;

std::string config_file(const std::string& text) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string path = ::testing::TempDir() + "wallaby-" + test->name() + ".conf";
  std::ofstream(path) << text;
  return path;
}

std::string message(Role role, const Arguments& arguments) {
  auto command = parse_server_command(role, arguments);
  if (command) return "no error";
  EXPECT_EQ(command.error().code, ErrorCode::kInvalidArgument);
  return command.error().message;
}

TEST(ServerOptions, APrimaryNeedsOnlyADirectory) {
  auto command = parse_server_command(Role::kPrimary, {"--data", "p1"});
  ASSERT_TRUE(command.has_value()) << command.error();
  EXPECT_EQ(command->options.data, "p1");
  EXPECT_EQ(command->options.node.name, "p1");
  EXPECT_EQ(command->options.door.listen, (Address{"127.0.0.1", 7400}));
  EXPECT_FALSE(command->options.door.given);
  EXPECT_FALSE(command->options.node.rung.has_value());
}

TEST(ServerOptions, AReplicaNeedsItsPrimaryToo) {
  auto command = parse_server_command(Role::kReplica, {"--data=r1", "--primary=10.0.0.1:7400"});
  ASSERT_TRUE(command.has_value()) << command.error();
  EXPECT_EQ(command->options.role, Role::kReplica);
  EXPECT_EQ(command->options.node.primary, (Address{"10.0.0.1", 7400}));
  EXPECT_EQ(command->options.door.listen.port, 7401);

  EXPECT_THAT(message(Role::kReplica, {"--data", "r1"}), HasSubstr("--primary HOST:PORT is missing"));
  EXPECT_THAT(message(Role::kPrimary, {}), HasSubstr("--data DIR is missing"));
}

TEST(ServerOptions, EveryFlag) {
  auto primary = parse_server_command(
      Role::kPrimary,
      {"--data",           "d",           "--name",          "north",          "--listen",
       "0.0.0.0:0",        "--insecure",  "--ack",           "semi-sync",      "--sync-replicas",
       "any 2 (r1,r2,r3)", "--stop-wait", "250ms",           "--memory-limit", "1GiB",
       "--checkpoint-log", "1MiB",        "--max-slot-keep", "32MiB",          "--on-missing",
       "degrade=250ms"});
  ASSERT_TRUE(primary.has_value()) << primary.error();
  const node::NodeOptions& node = primary->options.node;
  EXPECT_EQ(node.name, "north");
  EXPECT_EQ(primary->options.door.listen, (Address{"0.0.0.0", 0}));
  EXPECT_TRUE(primary->options.door.given);
  EXPECT_TRUE(primary->options.door.insecure);
  EXPECT_EQ(node.rung, replication::Rung::kSemiSync);
  EXPECT_EQ(node.sync_replicas, "ANY 2 (r1, r2, r3)");
  EXPECT_EQ(node.on_missing,
            (replication::OnMissing{replication::OnMissing::Rule::kDegrade, std::chrono::milliseconds(250)}));
  EXPECT_EQ(node.stop_wait, std::chrono::milliseconds(250));
  EXPECT_EQ(node.memory_limit, 1u << 30);
  EXPECT_EQ(node.checkpoint_log, 1u << 20);
  EXPECT_EQ(node.max_slot_keep, 32u << 20);

  auto replica = parse_server_command(
      Role::kReplica, {"--data", "d", "--primary", ":7400", "--max-log", "64MiB", "--apply-delay", "10s"});
  ASSERT_TRUE(replica.has_value()) << replica.error();
  EXPECT_EQ(replica->options.node.max_log, 64u << 20);
  EXPECT_EQ(replica->options.node.apply_delay, std::chrono::seconds(10));
}

TEST(ServerOptions, ACertificateGuardsBothDoors) {
  auto command = parse_server_command(Role::kPrimary, {"--data", "d", "--tls-cert", "c", "--tls-key", "k",
                                                       "--init-role", "admin", "--password-file", "p"});
  ASSERT_TRUE(command) << command.error();
  EXPECT_TRUE(command->options.door.guarded && command->options.sql->guarded);
  EXPECT_EQ(command->options.init_role, "admin");
  EXPECT_EQ(command->options.password_file, "p");
  EXPECT_THAT(message(Role::kPrimary, {"--data", "d", "--password-file", "p"}),
              HasSubstr("--init-role NAME, which is missing"));
}

TEST(ServerOptions, AReplicaMayFollowOverTlsAndLogIn) {
  const Arguments fixed = {"--data", "d", "--primary", "db1:7400"};
  auto with = [&](Arguments more) {
    more.insert(more.begin(), fixed.begin(), fixed.end());
    return more;
  };
  auto command = parse_server_command(Role::kReplica,
                                      with({"--tls-ca", "ca", "--user", "copier", "--password-file", "p"}));
  ASSERT_TRUE(command) << command.error();
  EXPECT_TRUE(command->options.tls) << "--tls-ca says --tls, too";
  EXPECT_EQ(command->options.tls_ca, "ca");
  EXPECT_EQ(command->options.user, "copier");
  EXPECT_TRUE(parse_server_command(Role::kReplica, with({"--tls"}))->options.tls);
  EXPECT_FALSE(parse_server_command(Role::kReplica, with({}))->options.tls);
  EXPECT_THAT(message(Role::kReplica, with({"--password-file", "p"})),
              HasSubstr("--user NAME, which is missing"));
}

TEST(ServerOptions, ThePostgresqlDoorIsOpenUnlessItIsToldNotToBe) {
  auto command = parse_server_command(Role::kPrimary, {"--data", "d"});
  ASSERT_TRUE(command && command->options.sql);
  EXPECT_EQ(command->options.sql->listen, (Address{"127.0.0.1", 5432}));
  EXPECT_FALSE(command->options.sql->given);
  EXPECT_FALSE(command->options.sql->guarded);
  command = parse_server_command(Role::kReplica, {"--data", "d", "--primary", ":1"});
  EXPECT_EQ(command->options.sql->listen, (Address{"127.0.0.1", 5433}));
  command = parse_server_command(Role::kPrimary, {"--data", "d", "--sql", "none", "--insecure"});
  EXPECT_FALSE(command->options.sql);
  command = parse_server_command(Role::kPrimary,
                                 {"--data", "d", "--sql", "0.0.0.0:0", "--tls-cert", "c", "--tls-key", "k"});
  ASSERT_TRUE(command && command->options.sql);
  EXPECT_EQ(command->options.sql->listen, (Address{"0.0.0.0", 0}));
  EXPECT_TRUE(command->options.sql->given && command->options.sql->guarded);
  EXPECT_FALSE(command->options.sql->insecure);
  EXPECT_THAT(message(Role::kPrimary, {"--data", "d", "--tls-cert", "c"}), HasSubstr("belong together"));
  EXPECT_THAT(message(Role::kPrimary, {"--data", "d", "--sql", "nowhere"}), HasSubstr("--sql: "));
}

TEST(ServerOptions, EveryRungMayBeChosen) {
  for (replication::Rung rung : replication::kRungs) {
    auto command =
        parse_server_command(Role::kPrimary, {"--data", "d", "--ack", std::string(to_string(rung))});
    ASSERT_TRUE(command.has_value()) << command.error();
    EXPECT_EQ(command->options.node.rung, rung);
  }
}

TEST(ServerOptions, AWrongValueNamesTheFlag) {
  EXPECT_THAT(message(Role::kPrimary, {"--data", "d", "--ack", "maybe"}), HasSubstr("--ack: "));
  EXPECT_THAT(message(Role::kPrimary, {"--data", "d", "--memory-limit", "lots"}),
              HasSubstr("--memory-limit: "));
  EXPECT_THAT(message(Role::kPrimary, {"--data", "d", "--listen", "nowhere"}), HasSubstr("--listen: "));
  EXPECT_THAT(message(Role::kPrimary, {"--data", "d", "--sync-replicas", "ANY 0 (*)"}),
              HasSubstr("--sync-replicas: "));
  EXPECT_THAT(message(Role::kPrimary, {"--data", "d", "--on-missing", "degrade=0s"}),
              HasSubstr("--on-missing: "));
  EXPECT_THAT(message(Role::kReplica, {"--data", "d", "--primary", ":1", "--apply-delay", "soon"}),
              HasSubstr("--apply-delay: "));
  EXPECT_THAT(message(Role::kPrimary, {"--data", ""}), HasSubstr("--data"));
}

TEST(ServerOptions, AFlagOfTheOtherProgramIsUnknown) {
  EXPECT_THAT(message(Role::kReplica, {"--data", "d", "--primary", ":1", "--ack", "sync"}),
              HasSubstr("--ack"));
  EXPECT_THAT(message(Role::kReplica, {"--data", "d", "--primary", ":1", "--on-missing", "block"}),
              HasSubstr("--on-missing"));
  EXPECT_THAT(message(Role::kPrimary, {"--data", "d", "--primary", ":1"}), HasSubstr("--primary"));
  EXPECT_THAT(message(Role::kPrimary, {"--data", "d", "--apply-delay", "1s"}), HasSubstr("--apply-delay"));
}

TEST(ServerOptions, AFileGivesTheSameSettingsAndTheCommandLineStandsOverIt) {
  std::string file = config_file(
      "data = p1\nname = from-file\nack = sync\ninsecure = true\nsync-replicas = ANY 1 (*)\n"
      "on-missing = reject\n");
  auto command = parse_server_command(Role::kPrimary, {"--name", "from-flag", "--config", file});
  ASSERT_TRUE(command.has_value()) << command.error();
  EXPECT_EQ(command->options.data, "p1");
  EXPECT_EQ(command->options.node.name, "from-flag");
  EXPECT_EQ(command->options.node.rung, replication::Rung::kSync);
  EXPECT_EQ(command->options.node.sync_replicas, "ANY 1 (*)");
  EXPECT_EQ(command->options.node.on_missing, replication::OnMissing{replication::OnMissing::Rule::kReject});
  EXPECT_TRUE(command->options.door.insecure);
}

TEST(ServerOptions, AReplicasDelayMayStandInTheFile) {
  std::string file = config_file("data = r1\nprimary = 127.0.0.1:7400\napply-delay = 1m\n");
  auto command = parse_server_command(Role::kReplica, {"--config", file});
  ASSERT_TRUE(command.has_value()) << command.error();
  EXPECT_EQ(command->options.node.apply_delay, std::chrono::minutes(1));
}

TEST(ServerOptions, WhatIsWrongInTheFileNamesFileAndLine) {
  std::string file = config_file("data = p1\n\nacks = sync\n");
  EXPECT_THAT(message(Role::kPrimary, {"--config", file}),
              AllOf(HasSubstr(file + ":3: "), HasSubstr("'acks'")));
  file = config_file("data = p1\nack = never\n");
  EXPECT_THAT(message(Role::kPrimary, {"--config", file}), HasSubstr(file + ":2: ack: "));
  EXPECT_THAT(message(Role::kPrimary, {"--config", "no/such/file"}), HasSubstr("no/such/file"));
}

TEST(ServerOptions, HelpNamesEveryFlagWithItsDefault) {
  auto command = parse_server_command(Role::kPrimary, {"--help"});
  ASSERT_TRUE(command.has_value()) << command.error();
  for (const char* text : {"--data",
                           "--name",
                           "[p1]",
                           "--listen",
                           "127.0.0.1:7400",
                           "--sql",
                           "127.0.0.1:5432",
                           "--tls-cert",
                           "--tls-key",
                           "--ack",
                           "off",
                           "semi-sync",
                           "--sync-replicas",
                           "FIRST 1",
                           "--on-missing",
                           "degrade=10s",
                           "--stop-wait",
                           "[5s]",
                           "--memory-limit",
                           "--checkpoint-log",
                           "--max-slot-keep",
                           "--insecure",
                           "--config",
                           "--version",
                           "wallaby put greetings hello world",
                           "Exit status"}) {
    EXPECT_THAT(command->print, HasSubstr(text));
  }
  EXPECT_THAT(parse_server_command(Role::kReplica, {"--help"})->print,
              AllOf(HasSubstr("--max-log"), HasSubstr("--apply-delay"), HasSubstr("[none]")));
  EXPECT_TRUE(parse_server_command(Role::kReplica, {"--version"})->print.starts_with("wallaby-replica "));
}

}  // namespace
}  // namespace wallaby::cli
