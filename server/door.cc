#include "server/door.h"

#include <unistd.h>
#include <array>
#include <utility>

#include <fmt/core.h>

namespace wallaby::server {
namespace {

constexpr int kPortsTried = 50;

/// Others cannot connect to "any address of that machine": tell them the machine's name.
std::string reached_as(const Address& bound) {
  if (bound.host != "0.0.0.0" && bound.host != "::") return to_string(bound);
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return to_string(bound);
  return to_string(Address{name.data(), bound.port});
}

Result<ListeningSocket> listen_on_next_free(const Address& first, const std::string& flag) {
  Address address = first;
  Result<ListeningSocket> socket = listen_on(address);
  for (int tried = 1; !socket && socket.error().code == ErrorCode::kExists && tried < kPortsTried; ++tried) {
    ++address.port;
    socket = listen_on(address);
  }
  if (socket || socket.error().code != ErrorCode::kExists) return socket;
  return error(ErrorCode::kExists, "{} and the {} ports after it are taken; choose one with {}, or 0 for any",
               to_string(first), kPortsTried - 1, flag);
}

Error unguarded(const DoorOptions& options) {
  return Error{
      ErrorCode::kInvalidArgument,
      fmt::format(
          "{} {} can be reached from other machines, and nothing asks them for a password or hides what "
          "is said; listen on 127.0.0.1, give it --tls-cert and --tls-key (and roles with passwords), or "
          "add --insecure if everybody on that network may read and write",
          options.flag, to_string(options.listen))};
}

}  // namespace

Result<Door> open_door(const DoorOptions& options) {
  auto loopback = is_loopback(options.listen);
  if (!loopback) return std::unexpected(loopback.error());
  if (!*loopback && !options.insecure && !options.guarded) return std::unexpected(unguarded(options));
  auto socket = options.given ? listen_on(options.listen) : listen_on_next_free(options.listen, options.flag);
  // The machine is not as asked for; nothing was refused.
  if (!socket) return error(ErrorCode::kIo, "{}", socket.error().message);

  Door door{.socket = std::move(*socket), .loopback = *loopback, .reached_as = {}, .notices = {}};
  door.reached_as = reached_as(door.socket.address);
  if (!options.given && door.socket.address.port != options.listen.port) {
    door.notices.push_back(fmt::format("port {} is taken, so this server listens on {} ({} chooses another)",
                                       options.listen.port, door.socket.address.port, options.flag));
  }
  if (!*loopback && options.insecure) {
    door.notices.push_back(
        fmt::format("{} is open to other machines without password and encryption (--insecure)",
                    to_string(door.socket.address)));
  }
  return door;
}

}  // namespace wallaby::server
