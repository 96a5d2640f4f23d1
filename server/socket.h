// server/socket.h
//
// The few socket calls that are made outside the loop: opening a door before there is a node, and the blocking
// client's connection. Plain POSIX; what the loop does with sockets is in connection.h.
//
// Errors name the address and what to do: kExists (the port is taken), kUnreachable, kInvalidArgument (no such host).
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/identity.h"
#include "base/time.h"

namespace wallaby::server {

/// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int value) : value_(value) {}
  Fd(Fd&& other) noexcept : value_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { close(); }

  int get() const { return value_; }
  explicit operator bool() const { return value_ >= 0; }
  /// Gives it away.
  int release();
  void close();

 private:
  int value_ = -1;
};

struct ListeningSocket {
  Fd fd;
  Address address;  ///< as bound: the port is known even if 0 was asked for
};
/// Binds and listens. kExists: taken.
Result<ListeningSocket> listen_on(const Address& address);
/// True when every address behind the host name is this machine's own loopback.
Result<bool> is_loopback(const Address& address);

/// A connected, non-blocking socket with TCP_NODELAY. kUnreachable.
Result<Fd> connect_to(const Address& address, Duration timeout);

/// Waits until the socket can be read (and, if asked for, or written). False: `timeout` ran out or a signal came;
/// a negative timeout waits for ever.
bool wait_for_socket(const Fd& socket, bool or_writable, Duration timeout);

/// "127.0.0.1:52114": the other end of a connection.
std::string peer_of(int fd);

}  // namespace wallaby::server
