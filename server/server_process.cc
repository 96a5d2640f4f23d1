#include "server/server_process.h"

#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <random>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/posix_file_system.h"
#include "base/version.h"
#include "node/node.h"
#include "server/clock.h"
#include "server/core.h"
#include "server/logging.h"
#include "server/node_server.h"

namespace wallaby::server {
namespace {

constexpr rlim_t kOpenFiles = 65536;

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

void run_node(FileSystem& files, Door door, node::OpenedDirectory directory, node::NodeOptions options,
              Random random) {
  options.address = door.reached_as;
  node::Node node(steady_now(), wall_now(), std::move(options), std::move(directory), random);
  auto core = core_of(node, nullptr);
  auto ready = [](const std::string& text) {
    fmt::print("ready: {}\n", text);
    std::fflush(stdout);
  };
  NodeServer server(*core, files, Doors{std::move(door.socket), {}, {}}, Announcements{ready, log_line});
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
  auto door = open_door(options.door);
  if (!door) return std::unexpected(door.error());
  log_line(node::LogLevel::kInfo, fmt::format("wallaby {} {} {}, data in {}", kVersion,
                                              to_string(options.role), options.node.name, options.data));
  for (const std::string& notice : door->notices) log_line(node::LogLevel::kWarning, notice);

  Random random = random_from_machine();
  auto directory = open_directory(files, options, random);
  if (!directory) return std::unexpected(directory.error());
  run_node(files, std::move(*door), std::move(*directory), std::move(options.node), random);
  return {};
}

}  // namespace wallaby::server
