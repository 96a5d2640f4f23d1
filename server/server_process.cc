#include "server/server_process.h"

#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "base/posix_file_system.h"
#include "base/version.h"
#include "node/front_door.h"
#include "node/node.h"
#include "server/big_stack.h"
#include "server/clock.h"
#include "server/core.h"
#include "server/logging.h"
#include "server/node_server.h"
#include "server/tls.h"
#include "sql/pgwire/door.h"

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
  std::optional<TlsContext> tls;
};

Result<Opened> open_doors(const ServerProcessOptions& options) {
  Opened opened;
  if (options.sql && !options.tls_cert.empty()) {
    auto loaded = TlsContext::load(options.tls_cert, options.tls_key);
    if (!loaded) return std::unexpected(loaded.error());
    opened.tls = std::move(*loaded);
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

/// For cancel keys and the nonces of logins: nobody may guess them.
void fill_with_entropy(std::span<uint8_t> bytes) {
  while (!bytes.empty()) {
    ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    WALLABY_CHECK(got > 0 || errno == EINTR, "the kernel gives no random bytes");
    if (got > 0) bytes = bytes.subspan(static_cast<size_t>(got));
  }
}

std::unique_ptr<node::FrontDoor> sql_door(const ServerProcessOptions& options, node::Node& node) {
  if (!options.sql) return nullptr;
  sql::pgwire::DoorOptions door;
  door.tls = !options.tls_cert.empty();
  door.require_tls_elsewhere = !options.sql->insecure;
  door.trust_everybody = options.sql->insecure;
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
  Doors listening{std::move(doors.native.socket), {}, doors.tls ? &*doors.tls : nullptr};
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
  auto run = [&] { run_node(files, std::move(*doors), std::move(*directory), std::move(options), random); };
  run_on_stack(kStack, run);
  return {};
}

}  // namespace wallaby::server
