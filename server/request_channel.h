// server/request_channel.h
//
// One connection's requests out and replies in, without ever blocking: what the blocking client and the load
// generator share. Its owner waits for the socket (poll, epoll) and calls write() and read().
//
//     send(Get ...)       encoded into the buffer, numbered 1, 2, 3, ...
//     write()             as much as the socket takes
//     read(), next()      replies as they come
//
// When the connection ends it tells the two cases apart that a client must not confuse:
//   kUnreachable      every request of which a byte has left is answered; those that wait here never left
//   kUnknownOutcome   a request left, at least in part, and has no final answer
//
// Its connection is made, and let in, before (entrance.h). Ownership: the connection. Threads: none. After an error the channel
// is dead and repeats it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/identity.h"
#include "node/client_messages.h"
#include "proto/framing.h"
#include "server/byte_stream.h"

namespace wallaby::server {

class RequestChannel {
 public:
  /// `reader` has what the node said before.
  RequestChannel(ByteStream socket, Address address, proto::MessageReader reader);

  node::RequestId send(node::RequestBody body);
  /// Hands over as much as the socket takes now. After it failed, what the node sent before can still be read.
  Result<void> write();
  bool unsent() const { return written_ < out_.size() || socket_.unsent(); }
  /// Takes what the socket has now (a bounded amount at once); nothing there is no error.
  Result<void> read();
  /// The next whole reply of what was read.
  Result<std::optional<node::Reply>> next();
  /// Requests so far, also the number of the newest.
  uint64_t sent() const { return sent_; }
  /// Requests of which a byte has left and that have no final reply.
  uint64_t under_way() const { return left_ - answered_; }
  bool ended() const { return end_.has_value(); }

  const Fd& fd() const { return socket_.fd(); }
  const Address& address() const { return address_; }

 private:
  std::unexpected<Error> end(const std::string& why);

  ByteStream socket_;
  Address address_;
  proto::MessageReader reader_;
  std::string out_;  ///< encoded requests; the first `written_` bytes have left
  size_t written_ = 0;
  std::deque<uint64_t> starts_;  ///< where in the stream requests begin of which nothing has left
  uint64_t stream_ = 0;          ///< position in the stream of out_'s first byte
  uint64_t sent_ = 0, left_ = 0, answered_ = 0;
  std::optional<std::string> end_;  ///< why the connection ended
  bool readable_ = true;
};

}  // namespace wallaby::server
