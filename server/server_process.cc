#include "server/server_process.h"

#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/posix_file_system.h"
#include "base/version.h"
#include "node/core.h"
#include "node/front_door.h"
#include "node/node.h"
#include "node/roles.h"
#include "server/big_stack.h"
#include "server/clock.h"
#include "server/entropy.h"
#include "server/logging.h"
#include "server/node_server.h"
#include "server/secret_file.h"
#include "server/tls.h"
#include "sql/pgwire/door.h"
#include "sql/plan/first_role.h"

namespace wallaby::server {
namespace {

constexpr rlim_t kOpenFiles = 65536;
constexpr size_t kStack = 64 << 20;

/// A thousand connections are more than a shell allows by default.
void raise_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kOpenFiles) return;
  limit.rlim_cur = std::min(limit.rlim_max, kOpenFiles);
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// Opening a directory can be interrupted anywhere, as by a crash: there is nothing to finish. NodeServer takes the
/// signals over.
void stop_while_opening(int) {
  constexpr std::string_view kText = "\nstopped while opening the data directory\n";
  [[maybe_unused]] ssize_t ignored = write(STDERR_FILENO, kText.data(), kText.size());
  _exit(0);
}

Random random_from_machine() {
  std::random_device device;
  return Random((uint64_t{device()} << 32) | device());
}

Result<node::OpenedDirectory> open_directory(FileSystem& files, const ServerProcessOptions& options,
                                             Random& random) {
  OpenProgressDisplay display;
  auto progress = [&display](std::string_view what, uint64_t done, uint64_t all) {
    display.show(what, done, all);
  };
  node::OpenOptions open{.role = options.role, .name = options.node.name, .log = options.node.log};
  return node::open_data_directory(files, open, random, progress);
}

/// What is open before the node begins.
struct Opened {
  Door native;
  std::optional<Door> sql;
  std::optional<TlsContext> tls, tls_client;
};

Result<Opened> open_doors(const ServerProcessOptions& options) {
  Opened opened;
  if (!options.tls_cert.empty()) {
    auto loaded = TlsContext::load(options.tls_cert, options.tls_key);
    if (!loaded) return std::unexpected(loaded.error());
    opened.tls = std::move(*loaded);
  }
  if (options.tls) {
    auto trusted = TlsContext::trusting(options.tls_ca);
    if (!trusted) return std::unexpected(trusted.error());
    opened.tls_client = std::move(*trusted);
  }
  auto native = open_door(options.door);
  if (!native) return std::unexpected(native.error());
  opened.native = std::move(*native);
  if (!options.sql) return opened;
  auto sql = open_door(*options.sql);
  if (!sql) return std::unexpected(sql.error());
  opened.sql = std::move(*sql);
  return opened;
}

/// How the node lets others in, and comes in at its primary's; the first role, when it is to be made and there is none.
Result<void> fill_in_access(ServerProcessOptions& options, const node::OpenedDirectory& directory) {
  node::NodeOptions& node = options.node;
  node.entropy = fill_with_entropy;
  node.tls = !options.tls_cert.empty();
  if (options.door.insecure) node.admission = node::kInsecure;
  node.access.tls = options.tls;
  const bool first = !options.init_role.empty() && !node::has_roles(directory.store->newest_view());
  if (options.user.empty() && !first) return {};
  auto password = read_password(options.password_file);
  if (!password) return std::unexpected(password.error());
  if (!options.user.empty()) node.access.login = {options.user, std::move(*password)};
  if (!first) return {};
  auto make = sql::first_role(options.init_role, *password, fill_with_entropy);
  if (!make) return error(make.error().code, "--init-role: {}", make.error().message);
  node.opening = std::move(*make);
  log_line(node::LogLevel::kInfo,
           fmt::format("there is no role yet: making the superuser '{}'", options.init_role));
  return {};
}

/// Guarded doors that nobody from elsewhere can pass: right at a first start, and worth a word.
void tell_if_nobody_can_come(const ServerProcessOptions& options, const Opened& doors,
                             const node::OpenedDirectory& directory) {
  const bool beyond = !doors.native.loopback || (doors.sql && !doors.sql->loopback);
  if (!beyond || options.door.insecure || options.role != node::Role::kPrimary || options.node.opening)
    return;
  if (node::has_passwords(directory.store->newest_view())) return;
  log_line(node::LogLevel::kWarning,
           "no role has a password yet, so nobody can come in from elsewhere: CREATE ROLE ... LOGIN "
           "PASSWORD ... over a connection from this machine, or --init-role at the first start");
}

std::unique_ptr<node::FrontDoor> sql_door(const ServerProcessOptions& options, node::Node& node) {
  if (!options.sql) return nullptr;
  sql::pgwire::DoorOptions door;
  door.tls = !options.tls_cert.empty();
  if (options.sql->insecure) door.rules = node::kInsecure;
  return std::make_unique<sql::pgwire::Door>(steady_now(), door, node.backend(), fill_with_entropy);
}

void run_node(FileSystem& files, Opened doors, node::OpenedDirectory directory, ServerProcessOptions options,
              Random random) {
  options.node.address = doors.native.reached_as;
  std::string also;
  if (doors.sql) {
    options.node.sql_address = doors.sql->reached_as;
    also = fmt::format(", sql on {}", doors.sql->reached_as);
  }
  node::Node node(steady_now(), wall_now(), options.node, std::move(directory), random);
  auto second = sql_door(options, node);
  auto core = core_of(node, second.get());
  auto ready = [also](const std::string& text) {
    fmt::print("ready: {}{}\n", text, also);
    std::fflush(stdout);
  };
  Doors listening{.native = std::move(doors.native.socket),
                  .sql = {},
                  .tls = doors.tls ? &*doors.tls : nullptr,
                  .tls_client = doors.tls_client ? &*doors.tls_client : nullptr};
  if (doors.sql) listening.sql = std::move(doors.sql->socket);
  NodeServer server(*core, files, std::move(listening), Announcements{ready, log_line});
  server.stop_on_signals();
  node::Stopped end = server.run();
  if (end.clean) {
    log_line(node::LogLevel::kInfo, "stopped");
    return;
  }
  log_line(node::LogLevel::kError, end.reason);
  _exit(1);
}

}  // namespace

Result<void> run_server(ServerProcessOptions options) {
  start_logging();
  raise_open_files();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGTERM, stop_while_opening);
  std::signal(SIGINT, stop_while_opening);

  PosixFileSystem files(options.data);
  if (auto made = files.make_directory(""); !made) return made;
  auto lock = DirectoryLock::take(options.data);
  if (!lock) return std::unexpected(lock.error());
  auto doors = open_doors(options);
  if (!doors) return std::unexpected(doors.error());
  log_line(node::LogLevel::kInfo, fmt::format("wallaby {} {} {}, data in {}", kVersion,
                                              to_string(options.role), options.node.name, options.data));
  for (const std::string& notice : doors->native.notices) log_line(node::LogLevel::kWarning, notice);
  if (doors->sql)
    for (const std::string& notice : doors->sql->notices) log_line(node::LogLevel::kWarning, notice);

  Random random = random_from_machine();
  auto directory = open_directory(files, options, random);
  if (!directory) return std::unexpected(directory.error());
  if (auto filled = fill_in_access(options, *directory); !filled) return filled;
  tell_if_nobody_can_come(options, *doors, *directory);
  auto run = [&] { run_node(files, std::move(*doors), std::move(*directory), std::move(options), random); };
  run_on_stack(kStack, run);
  return {};
}

}  // namespace wallaby::server
