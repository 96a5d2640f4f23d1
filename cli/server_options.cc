#include "cli/server_options.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "base/units.h"
#include "base/version.h"
#include "cli/config_file.h"
#include "replication/ack_mode.h"
#include "replication/sync_replicas.h"

namespace wallaby::cli {
namespace {

using node::Role;
using server::ServerProcessOptions;

/// One setting: a flag on the command line, or a line in the file.
struct Setting {
  std::string name;   ///< "max-slot-keep"
  std::string value;  ///< "SIZE"; empty: a switch
  std::string help;
  std::function<Result<void>(const std::string& text)> set;
};

/// Wraps a parser and a place for its result.
template <typename Parse, typename Target>
std::function<Result<void>(const std::string&)> into(Parse parse, Target& target) {
  return [parse, &target](const std::string& text) -> Result<void> {
    auto value = parse(text);
    if (!value) return std::unexpected(value.error());
    target = std::move(*value);
    return {};
  };
}

Result<std::string> parse_text(const std::string& text) {
  if (text.empty()) return error(ErrorCode::kInvalidArgument, "the value is empty");
  return text;
}

Result<std::string> parse_sync_replicas(const std::string& text) {
  if (text == "DEFAULT" || text == "default") return std::string("DEFAULT");
  auto set = replication::SyncReplicas::parse(text);
  if (!set) return std::unexpected(set.error());
  return to_string(*set);
}

Result<bool> parse_switch(const std::string& text) {
  if (text == "true" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "no" || text == "off") return false;
  return error(ErrorCode::kInvalidArgument, "'{}' is neither true nor false", text);
}

std::vector<Setting> common_settings(ServerProcessOptions& options) {
  node::NodeOptions& node = options.node;
  auto set_listen = [&options](const std::string& text) -> Result<void> {
    auto address = parse_address(text);
    if (!address) return std::unexpected(address.error());
    options.door.listen = std::move(*address);
    options.door.given = true;
    return {};
  };
  auto set_sql = [&options](const std::string& text) -> Result<void> {
    if (text == "none") {
      options.sql.reset();
      return {};
    }
    auto address = parse_address(text);
    if (!address) return std::unexpected(address.error());
    options.sql->listen = std::move(*address);
    options.sql->given = true;
    return {};
  };
  return {
      {"data", "DIR", "The data directory: made when there is none, private to\nits owner. (required)",
       into(parse_text, options.data)},
      {"name", "NAME", fmt::format("What this node is called. [{}]", node.name),
       into(parse_node_name, node.name)},
      {"listen", "HOST:PORT",
       fmt::format("Where clients and replicas connect. Port 0: any free one.\n[{}, or the next free port]",
                   to_string(options.door.listen)),
       set_listen},
      {"sql", "HOST:PORT",
       fmt::format(
           "Where PostgreSQL clients connect (psql, drivers); `none`:\nnowhere. Port 0: any free one.\n"
           "[{}, or the next free port]",
           to_string(options.sql->listen)),
       set_sql},
      {"tls-cert", "FILE",
       "A certificate (PEM): who asks for TLS gets it, and --listen and\n"
       "--sql may go beyond this machine. Who comes from elsewhere needs\n"
       "TLS and the password of a role.",
       into(parse_text, options.tls_cert)},
      {"tls-key", "FILE", "Its key (PEM), which only this user may read.", into(parse_text, options.tls_key)},
      {"insecure", "", "Allow --listen and --sql beyond this machine without\npasswords and encryption.",
       into(parse_switch, options.door.insecure)},
      {"stop-wait", "TIME", "A clean stop waits for replicas at most this long. [5s]",
       into(parse_duration, node.stop_wait)},
      {"memory-limit", "SIZE", "Tables may take this much memory; beyond it writes are\nrefused. [4GiB]",
       into(parse_size, node.memory_limit)},
      {"checkpoint-log", "SIZE",
       "Write a checkpoint when the log since the last one is larger\nthan this and than the last one. "
       "[64MiB]",
       into(parse_size, node.checkpoint_log)},
      {"max-slot-keep", "SIZE",
       "Keep at most this much log for a replica that is behind;\nbeyond it the replica takes a new base "
       "copy. [1GiB]",
       into(parse_size, node.max_slot_keep)},
  };
}

std::vector<Setting> settings_of(Role role, ServerProcessOptions& options) {
  std::vector<Setting> settings = common_settings(options);
  node::NodeOptions& node = options.node;
  if (role == Role::kPrimary) {
    settings.push_back({"ack", "RUNG",
                        "When a commit counts as done:\n"
                        "  off        it is in this process's memory\n"
                        "  async      it is on this machine's disk\n"
                        "  semi-sync  ... and one replica has received it\n"
                        "  durable    ... and one replica has it on its disk\n"
                        "  sync       ... and every replica has applied it\n"
                        "Kept in the log. [what the log says; async when it is new]",
                        into(replication::parse_rung, node.rung)});
    settings.push_back({"sync-replicas", "SET",
                        "Which replicas a waiting rung counts: \"ANY 1 (*)\",\n"
                        "\"ANY 2 (r1, r2, r3)\", \"FIRST 1 (r1, r2)\", ALL, or DEFAULT\n"
                        "to take an earlier setting back. Kept in the log.\n[ANY 1 (*); for sync ALL]",
                        into(parse_sync_replicas, node.sync_replicas)});
    settings.push_back({"on-missing", "RULE",
                        "When the replicas that the promise needs are missing:\n"
                        "  block        writes wait\n"
                        "  reject       new writes fail at once\n"
                        "  degrade=10s  after so long a wait, fall back to async\n"
                        "Kept in the log. [what the log says; block when it is new]",
                        into(replication::parse_on_missing, node.on_missing)});
    settings.push_back(
        {"init-role", "NAME",
         "While there is no role: make this one, a superuser, with the\npassword of --password-file, so "
         "that somebody can come in\nfrom elsewhere.",
         into(parse_text, options.init_role)});
  } else {
    settings.push_back({"primary", "HOST:PORT",
                        "The node to follow: the primary, or another replica.\n(required)",
                        into(parse_address, node.primary)});
    settings.push_back(
        {"max-log", "SIZE",
         "Stop receiving when this node's own log is larger (its replay\nis paused, say). [8GiB]",
         into(parse_size, node.max_log)});
    settings.push_back({"apply-delay", "TIME",
                        "Apply what is flushed here so much later: a look into the\npast, and time to catch "
                        "a mistake. [none]",
                        into(parse_duration, node.apply_delay)});
    settings.push_back(
        {"tls", "",
         "Follow the primary over TLS alone. Its certificate must be\nfor --primary's host, and signed by "
         "somebody whom this\nmachine trusts.",
         into(parse_switch, options.tls)});
    settings.push_back(
        {"tls-ca", "FILE", "The same, but signed by one of these (PEM).", into(parse_text, options.tls_ca)});
    settings.push_back({"user", "NAME", "Log in there as this role, which needs REPLICATION or\nSUPERUSER.",
                        into(parse_text, options.user)});
  }
  settings.push_back({"password-file", "FILE",
                      "The first line is its password; only this user may read it.\n"
                      "[the environment variable WALLABY_PASSWORD]",
                      into(parse_text, options.password_file)});
  return settings;
}

std::string description(Role role) {
  if (role == Role::kPrimary) {
    return "wallaby-primary runs a Wallaby primary: every write goes to its write-ahead log, and the\n"
           "log is streamed to any number of replicas (wallaby-replica).\n\n"
           "    wallaby-primary --data p1 &\n"
           "    wallaby-replica --data r1 --primary 127.0.0.1:7400 &\n"
           "    wallaby put greetings hello world\n"
           "    wallaby --node 127.0.0.1:7401 get greetings hello\n";
  }
  return "wallaby-replica runs a read-only replica: it receives the write-ahead log of its primary,\n"
         "writes it to its own disk, and applies it. An empty directory and an address are enough.\n\n"
         "    wallaby-replica --data r1 --primary 127.0.0.1:7400\n"
         "    wallaby-replica --data r2 --name r2 --primary 127.0.0.1:7400\n"
         "    wallaby-replica --data r3 --name r3 --primary 127.0.0.1:7401      fed by r1\n";
}

constexpr const char* kFooter =
    "\nSIZE is a number with K, M or G (powers of 1024), TIME one with ms, s, m or h.\n"
    "A line `ready: ...` on stdout says that the server answers; its log goes to stderr.\n"
    "SIGTERM or Ctrl-C stop it cleanly (a second one at once).\n"
    "Exit status: 0 stopped cleanly, 1 failed, 2 usage, 3 refused (directory in use, or not its kind).";

/// A value, and where it was given: "--listen" or "FILE:3: listen".
struct Given {
  std::string where, value;
};

Result<std::map<std::string, Given>> from_file(const std::string& file, const std::vector<Setting>& settings,
                                               Role role) {
  auto lines = read_config(file);
  if (!lines) return std::unexpected(lines.error());
  std::map<std::string, Given> given;
  for (ConfigLine& line : *lines) {
    if (std::ranges::find(settings, line.name, &Setting::name) == settings.end()) {
      return error(ErrorCode::kInvalidArgument, "{}:{}: there is no setting '{}'; `{} --help` lists them",
                   file, line.line, line.name, program_name(role));
    }
    given[line.name] = {fmt::format("{}:{}: {}", file, line.line, line.name), std::move(line.value)};
  }
  return given;
}

Result<void> check_required(Role role, const std::map<std::string, Given>& given) {
  const char* example = role == Role::kPrimary ? "wallaby-primary --data p1"
                                               : "wallaby-replica --data r1 --primary 127.0.0.1:7400";
  if (!given.contains("data")) {
    return error(ErrorCode::kInvalidArgument, "--data DIR is missing; for example: {}", example);
  }
  if (role == Role::kReplica && !given.contains("primary")) {
    return error(ErrorCode::kInvalidArgument, "--primary HOST:PORT is missing; for example: {}", example);
  }
  if (given.contains("tls-cert") != given.contains("tls-key")) {
    return error(ErrorCode::kInvalidArgument,
                 "--tls-cert and --tls-key belong together: a certificate and its key");
  }
  const char* owner = role == Role::kPrimary ? "init-role" : "user";
  if (given.contains("password-file") && !given.contains(owner))
    return error(ErrorCode::kInvalidArgument,
                 "--password-file is the password of --{} NAME, which is missing", owner);
  return {};
}

}  // namespace

const char* program_name(Role role) {
  return role == Role::kPrimary ? "wallaby-primary" : "wallaby-replica";
}

Result<ServerCommand> parse_server_command(Role role, const std::vector<std::string>& arguments) {
  ServerCommand command;
  ServerProcessOptions& options = command.options;
  options.role = role;
  options.node.name = role == Role::kPrimary ? "p1" : "r1";
  options.door.listen = Address{"127.0.0.1", static_cast<uint16_t>(role == Role::kPrimary ? 7400 : 7401)};
  options.sql = server::DoorOptions{
      .listen = {"127.0.0.1", static_cast<uint16_t>(role == Role::kPrimary ? 5432 : 5433)}, .flag = "--sql"};
  std::vector<Setting> settings = settings_of(role, options);

  CLI::App app(description(role), program_name(role));
  app.get_formatter()->column_width(27);
  app.footer(kFooter);
  app.set_version_flag("--version", fmt::format("{} {}", program_name(role), kVersion));
  std::map<std::string, std::string> values;
  std::map<std::string, CLI::Option*> flags;
  for (const Setting& setting : settings) {
    CLI::Option* flag = setting.value.empty()
                            ? app.add_flag("--" + setting.name, setting.help)
                            : app.add_option("--" + setting.name, values[setting.name], setting.help);
    if (!setting.value.empty()) flag->type_name(setting.value);
    flags[setting.name] = flag;
  }
  std::string file;
  app.add_option("--config", file,
                 "Read settings from a file, one `name = value` a line, named\nlike these flags. "
                 "The command line stands over it.")
      ->type_name("FILE");
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    command.print = app.help();
    return command;
  } catch (const CLI::CallForVersion& version) {
    command.print = fmt::format("{}\n", version.what());
    return command;
  } catch (const CLI::ParseError& wrong) {
    return error(ErrorCode::kInvalidArgument, "{}; `{} --help` shows the flags", wrong.what(),
                 program_name(role));
  }

  std::map<std::string, Given> given;
  if (!file.empty()) {
    auto read = from_file(file, settings, role);
    if (!read) return std::unexpected(read.error());
    given = std::move(*read);
  }
  for (const auto& [name, flag] : flags) {
    if (flag->count() > 0) given[name] = {"--" + name, values.contains(name) ? values[name] : "true"};
  }
  for (const Setting& setting : settings) {
    auto it = given.find(setting.name);
    if (it == given.end()) continue;
    if (auto set = setting.set(it->second.value); !set) {
      return error(ErrorCode::kInvalidArgument, "{}: {}", it->second.where, set.error().message);
    }
  }
  if (auto complete = check_required(role, given); !complete) return std::unexpected(complete.error());
  options.tls = options.tls || !options.tls_ca.empty();
  options.door.guarded = !options.tls_cert.empty();
  if (options.sql) {
    options.sql->insecure = options.door.insecure;
    options.sql->guarded = options.door.guarded;
  }
  return command;
}

}  // namespace wallaby::cli
