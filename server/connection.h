// server/connection.h
//
// One socket of the loop: bytes in, pieces out, and the three ways it ends.
//
//     opening --> open --> closing --> closed
//        \__________\________________/
//
//   opening   resolving and connecting (connections that the node asked for)
//   open      reads and writes
//   closing   what was handed over still leaves; then we say that we are done (FIN) and swallow what the peer still
//             sends, until it closes too. Closing at once would make the kernel answer that rest with a reset, and
//             the peer might lose our last words with it.
//
// Reading: every idle socket waits with a small buffer of its own; when it was filled, the rest comes through one
// large buffer that all share. So a small request costs one system call, and a thousand idle connections 4 MiB.
// Writing: send() only queues. write() makes one gather write of all that is queued, straight from the shared
// bytes; when the socket is full, the rest leaves as soon as it can, together with what came meanwhile.
//
// TLS: after start_tls() what is queued is what goes over the wire, encrypted, and what is delivered is decrypted. on_sent and
// write() go on counting the sender's own bytes; those of a record count when all of it has left (connection_tls.cc).
//
// Ownership: NodeServer holds it by number; a pending operation holds it too, so it may outlive its entry there.
// After close() or lost it tells its owner nothing more. Threads: the loop's. Included by server/*.cc alone: Asio.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/identity.h"
#include "base/shared_bytes.h"
#include "node/events.h"

namespace wallaby::server {

class TlsStream;

/// What a connection tells its owner. Called from the loop, never from inside a call of the owner.
class ConnectionOwner {
 public:
  virtual void on_made(node::ConnectionId id) = 0;
  virtual void on_bytes(node::ConnectionId id, std::string_view bytes) = 0;
  virtual void on_sent(node::ConnectionId id, uint64_t bytes) = 0;
  virtual void on_lost(node::ConnectionId id, const std::string& reason) = 0;
  /// A closing connection has come to its end.
  virtual void on_closed(node::ConnectionId id) = 0;
  /// The large buffer that all connections share.
  virtual std::array<char, 256 << 10>& read_buffer() = 0;

 protected:
  ~ConnectionOwner() = default;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::io_context& io, node::ConnectionId id, ConnectionOwner& owner);
  ~Connection();

  /// Takes an accepted socket and begins to read.
  void adopt(boost::asio::ip::tcp::socket socket);
  /// Resolves and connects; on_made or on_lost follows.
  void connect(const Address& to);

  void set_reading(bool reading);
  /// What is sent and received after this is encrypted. A client's first words leave with the next write().
  void start_tls(std::unique_ptr<TlsStream> tls);
  void send(std::vector<SharedBytes> pieces);
  /// What write() could do: bytes that the socket took, and the reason if it turned out to be gone for good.
  struct Written {
    uint64_t bytes = 0;
    std::string lost;
  };
  Written write();
  /// Closes after what was handed over has left; on_closed follows, unless it was at once (true).
  bool close_when_sent();
  /// Closes now, silently.
  void close();

 private:
  enum class State : uint8_t { kOpening, kOpen, kClosing, kClosed };

  void opened();
  void wait_for_bytes();
  void on_read(const boost::system::error_code& code, size_t size);
  /// Reads through the owner's buffer until the socket has no more, or a fair share was read.
  boost::system::error_code read_rest();
  void deliver(std::string_view bytes);
  void wait_until_writable();
  void on_writable(const boost::system::error_code& code);
  void finish_closing();
  void lose(const boost::system::error_code& code);
  void lose_because(const std::string& reason);

  // --- TLS (connection_tls.cc) ---
  void deliver_encrypted(std::string_view wire);
  void encrypt(std::vector<SharedBytes> pieces);
  /// Queues what TLS wants to say; `plain` bytes of the sender's are in it.
  void queue_wire(uint64_t plain);
  /// Of `wire` bytes that left just now: how many of the sender's own are out with them.
  uint64_t own_bytes_in(uint64_t wire);

  node::ConnectionId id_;
  ConnectionOwner& owner_;
  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<boost::asio::ip::tcp::resolver> resolver_;  ///< while a host name is being resolved
  State state_ = State::kOpening;
  bool reading_ = true;
  bool read_pending_ = false;
  bool write_pending_ = false;  ///< waiting until the socket takes bytes again
  bool write_failed_ = false;   ///< the peer takes nothing more; what it sent before is still read
  std::deque<SharedBytes> queue_;
  size_t front_sent_ = 0;  ///< bytes of queue_.front() that have left
  std::array<char, 4096> buffer_;

  std::unique_ptr<TlsStream> tls_;
  std::vector<SharedBytes> before_handshake_;  ///< cannot be encrypted yet
  struct Flight {
    uint64_t wire = 0, plain = 0;
  };
  std::deque<Flight> flights_;  ///< queue_, cut where a group of records ends
};

}  // namespace wallaby::server
