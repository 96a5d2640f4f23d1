// server/byte_stream.h
//
// A client's connected socket that never blocks, in clear or with TLS on it: words go in and come out.
//
//     stream.write("get greetings hello")   how much of it was taken; unsent(): some of that is still here
//     stream.read(buffer)                   the next words; nullopt: nothing has come
//
// What was taken counts as sent: the peer may have it. Errors: kIo, why the connection ended; nothing works after one.
// Owns the socket. Threads: none.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "server/socket.h"

namespace wallaby::server {

class TlsContext;
class TlsStream;

class ByteStream {
 public:
  explicit ByteStream(Fd fd);
  ByteStream(ByteStream&&) noexcept;
  ByteStream& operator=(ByteStream&&) noexcept;
  ~ByteStream();

  /// As the client of `host`, whose certificate is checked. Words wait until ready().
  void start_tls(const TlsContext& context, const std::string& host);
  /// Words may be written.
  bool ready() const;

  /// Hands over what it can, of earlier words, too.
  Result<size_t> write(std::string_view words);
  bool unsent() const { return wire_sent_ < wire_.size(); }
  /// At most a buffer's size at once. The view is valid until the next call.
  Result<std::optional<std::string_view>> read(std::span<char> buffer);

  const Fd& fd() const { return fd_; }

 private:
  Result<size_t> send(std::string_view bytes);
  Result<void> send_wire();

  Fd fd_;
  std::unique_ptr<TlsStream> tls_;
  std::string wire_;  ///< encrypted; the first `wire_sent_` bytes have left
  size_t wire_sent_ = 0;
  std::string plain_;  ///< what read() gave out last
};

}  // namespace wallaby::server
