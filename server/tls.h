// server/tls.h
//
// TLS without a socket: bytes of the wire go in, the peer's words come out; own words go in, bytes of the wire come out.
//
//     stream.receive(wire, plain)        a handshake message: nothing in `plain`, an answer in take_wire()
//     stream.receive(wire, plain)        "...SELECT 1..."
//     stream.send("...1..."); stream.take_wire()
//
// So sockets are the business of others (connection.h on the loop, byte_stream.h for clients that block), and this can be fed any split
// of a conversation. OpenSSL does the work, on buffers in memory.
//
// A client checks the server's certificate, always: somebody whom it trusts has signed it, and it is for the host that the client
// wanted to reach. Otherwise the encryption would be with nobody knows whom.
//
// TLS 1.2 and newer. Left out: certificates of clients, resumption of sessions, renegotiation, reading a new certificate
// without a restart.
//
// Bounded: before the handshake is over a peer may send kMaxHandshake bytes; afterwards what was received is taken out at once.
// Threads: a context may be shared by all, a stream belongs to one connection and keeps what it needs of the context.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

struct ssl_ctx_st;
struct ssl_st;

namespace wallaby::server {

/// A server's certificate with its key; or whose signatures a client believes.
class TlsContext {
 public:
  /// PEM files; the first may hold the whole chain. kInvalidArgument: not readable, not fitting, or a key that others may read.
  static Result<TlsContext> load(const std::string& certificate_file, const std::string& key_file);
  /// For clients. A PEM file with the certificates of those who sign (or the server's own, if it signed itself); none named: those that
  /// the machine trusts. kInvalidArgument: not readable.
  static Result<TlsContext> trusting(const std::string& ca_file);

 private:
  friend class TlsStream;
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  std::unique_ptr<ssl_ctx_st, Free> context_;
};

/// One connection's TLS.
class TlsStream {
 public:
  static constexpr uint64_t kMaxHandshake = 64 << 10;

  /// As the server.
  explicit TlsStream(const TlsContext& context);
  /// As the client of this host (a name or an address), which has to be in the certificate. Its first words are in take_wire().
  TlsStream(const TlsContext& context, std::string host);

  /// Appends to `plain` what the peer says. kProtocol: this is no TLS, or was tampered with; the connection must end, after
  /// take_wire() has left (the alert that tells the peer).
  Result<void> receive(std::string_view wire, std::string& plain);
  /// The handshake is over: send() may be called.
  bool ready() const { return ready_; }
  void send(std::string_view plain);
  /// Tells the peer that nothing more will come.
  void say_goodbye();
  /// The peer has said that nothing more will come.
  bool ended() const;
  /// What is to go over the wire since the last call.
  std::string take_wire();

 private:
  struct Free {
    void operator()(ssl_st* stream) const;
  };
  std::string failure() const;

  std::unique_ptr<ssl_st, Free> stream_;
  std::string host_;  ///< a client's: whom it wants to reach
  bool ready_ = false;
  bool failed_ = false;
  uint64_t handshake_bytes_ = 0;
};

}  // namespace wallaby::server
