// proto/framing.h
//
// Messages on a TCP connection of the native door: a length-prefixed header, a Protobuf body, and an optional
// attachment of raw bytes (log or file bytes that must not be copied through Protobuf).
//
//     offset size field
//          0    4 body length
//          4    4 attachment length
//          8    2 type (MessageType)
//         10    2 magic 0x574C ("LW"): garbage on the port is recognised within the first header
//         12      body, attachment
//
// The reader is incremental: it is fed whatever the socket brought and hands out whole messages. Lengths are
// checked against a limit before any memory is taken for them; the limit is small until the peer has shown
// that it is one of us. "Frame" always means a log frame (wal/frame.h), never a message.
//
// Errors: kProtocol, final for the connection. Threads: none.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/shared_bytes.h"

namespace wallaby::proto {

enum class MessageType : uint16_t {
  // between nodes (replication/messages.h)
  kHello = 1,
  kAnswer,
  kData,
  kKeepalive,
  kReport,
  kCopyBlock,
  kGoodbye,
  // the first words of either, before they tell which they are (node/knock.h)
  kStartTls = 16,
  kLogin,
  // between a client and a node (node/client_messages.h)
  kRequest = 32,
  kReply,
};
std::ostream& operator<<(std::ostream& out, MessageType type);

inline constexpr size_t kMessageHeaderSize = 12;
/// Limits on body + attachment.
inline constexpr size_t kMaxFirstMessage = 64 << 10;
inline constexpr size_t kMaxMessage = 80 << 20;

/// A whole message; views into the reader's buffer, valid until the next call of the reader.
struct MessageView {
  MessageType type{};
  std::string_view body, attachment;
};

/// Appends a header to `out`, for a caller that serializes the body right behind it.
void write_message_header(std::string& out, MessageType type, size_t body_length,
                          size_t attachment_length = 0);
/// Appends header and body to `out`; the attachment's bytes follow as the caller sends them.
void write_message(std::string& out, MessageType type, std::string_view body, size_t attachment_length = 0);

class MessageReader {
 public:
  explicit MessageReader(size_t limit = kMaxFirstMessage) : limit_(limit) {}

  void set_limit(size_t limit) { limit_ = limit; }
  /// Takes bytes as they came from the socket.
  void feed(std::string_view bytes);
  /// The next whole message; false when more bytes are needed. kProtocol: the peer broke the protocol.
  Result<bool> next(MessageView& message);
  /// The type that the next message claims to be, once its header is here: for a limit that depends on it.
  std::optional<MessageType> peek() const;
  /// Memory held for bytes not handed out yet.
  size_t buffered() const { return buffer_.size() - consumed_; }

 private:
  size_t limit_;
  std::string buffer_;
  size_t consumed_ = 0;
};

}  // namespace wallaby::proto
