#include "server/socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <utility>

namespace wallaby::server {
namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<AddressList> resolve(const Address& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int code = getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (code != 0) {
    return error(ErrorCode::kInvalidArgument, "cannot find the host '{}': {}", address.host,
                 gai_strerror(code));
  }
  return AddressList(found, &freeaddrinfo);
}

Fd open_socket(const addrinfo& info) {
  return Fd(socket(info.ai_family, info.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, info.ai_protocol));
}

Address from_sockaddr(const sockaddr_storage& storage) {
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return Address{text, ntohs(v6.sin6_port)};
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
  inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  return Address{text, ntohs(v4.sin_port)};
}

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    return (ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24) == 127;
  }
  return address.sa_family == AF_INET6 &&
         IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    close();
    value_ = other.release();
  }
  return *this;
}

int Fd::release() {
  return std::exchange(value_, -1);
}

void Fd::close() {
  if (value_ >= 0) ::close(release());
}

Result<ListeningSocket> listen_on(const Address& address) {
  auto list = resolve(address);
  if (!list) return std::unexpected(list.error());
  Fd fd = open_socket(**list);
  int on = 1;
  // Without it a restart would find the port taken by the connections of the process before.
  if (fd) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!fd || bind(fd.get(), (*list)->ai_addr, (*list)->ai_addrlen) != 0 || listen(fd.get(), SOMAXCONN) != 0) {
    if (errno == EADDRINUSE) {
      return error(ErrorCode::kExists,
                   "{} is taken by another program; choose another port, or 0 for any free one",
                   to_string(address));
    }
    return error(ErrorCode::kIo, "cannot listen on {}: {}", to_string(address), std::strerror(errno));
  }
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  return ListeningSocket{std::move(fd), Address{address.host, from_sockaddr(bound).port}};
}

Result<bool> is_loopback(const Address& address) {
  auto list = resolve(address);
  if (!list) return std::unexpected(list.error());
  for (const addrinfo* info = list->get(); info != nullptr; info = info->ai_next) {
    if (!is_loopback(*info->ai_addr)) return false;
  }
  return true;
}

Result<Fd> connect_to(const Address& address, Duration timeout) {
  auto list = resolve(address);
  if (!list) return error(ErrorCode::kUnreachable, "{}", list.error().message);
  auto deadline = std::chrono::steady_clock::now() + timeout;
  std::string reason = "no address";
  for (const addrinfo* info = list->get(); info != nullptr; info = info->ai_next) {
    Fd fd = open_socket(*info);
    int code = 0;
    if (!fd || connect(fd.get(), info->ai_addr, info->ai_addrlen) != 0) code = errno;
    if (code == EINPROGRESS) {
      pollfd wait{fd.get(), POLLOUT, 0};
      auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (poll(&wait, 1, static_cast<int>(std::max<int64_t>(left.count(), 0))) == 1) {
        socklen_t size = sizeof code;
        getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &code, &size);
      } else {
        code = ETIMEDOUT;
      }
    }
    if (code == 0) {
      int on = 1;
      setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return fd;
    }
    reason = std::strerror(code);
  }
  return error(ErrorCode::kUnreachable, "cannot reach {}: {}; is the node running, and is this its address?",
               to_string(address), reason);
}

bool wait_for_socket(const Fd& socket, bool or_writable, Duration timeout) {
  pollfd wait{socket.get(), static_cast<short>(POLLIN | (or_writable ? POLLOUT : 0)), 0};
  auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  constexpr int64_t kDay = 24 * 3600 * 1000;
  return poll(&wait, 1, timeout < Duration::zero() ? -1 : static_cast<int>(std::min<int64_t>(ms, kDay))) == 1;
}

std::string peer_of(int fd) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return "unknown";
  return to_string(from_sockaddr(peer));
}

}  // namespace wallaby::server
