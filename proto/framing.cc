#include "proto/framing.h"

#include <ostream>

#include "base/endian.h"

namespace wallaby::proto {
namespace {

constexpr uint16_t kMagic = 0x574C;

bool known(MessageType type) {
  switch (type) {
    case MessageType::kHello:
    case MessageType::kAnswer:
    case MessageType::kData:
    case MessageType::kKeepalive:
    case MessageType::kReport:
    case MessageType::kCopyBlock:
    case MessageType::kGoodbye:
    case MessageType::kStartTls:
    case MessageType::kLogin:
    case MessageType::kRequest:
    case MessageType::kReply: return true;
  }
  return false;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, MessageType type) {
  switch (type) {
    case MessageType::kHello: return out << "hello";
    case MessageType::kAnswer: return out << "answer";
    case MessageType::kData: return out << "data";
    case MessageType::kKeepalive: return out << "keepalive";
    case MessageType::kReport: return out << "report";
    case MessageType::kCopyBlock: return out << "copy block";
    case MessageType::kGoodbye: return out << "goodbye";
    case MessageType::kStartTls: return out << "start tls";
    case MessageType::kLogin: return out << "login";
    case MessageType::kRequest: return out << "request";
    case MessageType::kReply: return out << "reply";
  }
  return out << "message type " << static_cast<int>(type);
}

void write_message_header(std::string& out, MessageType type, size_t body_length, size_t attachment_length) {
  size_t at = out.size();
  out.resize(at + kMessageHeaderSize);
  store(out.data() + at, static_cast<uint32_t>(body_length));
  store(out.data() + at + 4, static_cast<uint32_t>(attachment_length));
  store(out.data() + at + 8, static_cast<uint16_t>(type));
  store(out.data() + at + 10, kMagic);
}

void write_message(std::string& out, MessageType type, std::string_view body, size_t attachment_length) {
  write_message_header(out, type, body.size(), attachment_length);
  out += body;
}

void MessageReader::feed(std::string_view bytes) {
  if (consumed_ > 0) {
    buffer_.erase(0, consumed_);
    consumed_ = 0;
  }
  buffer_ += bytes;
}

std::optional<MessageType> MessageReader::peek() const {
  std::string_view rest = std::string_view(buffer_).substr(consumed_);
  if (rest.size() < kMessageHeaderSize || load<uint16_t>(rest.data() + 10) != kMagic) return std::nullopt;
  return static_cast<MessageType>(load<uint16_t>(rest.data() + 8));
}

Result<bool> MessageReader::next(MessageView& message) {
  std::string_view rest = std::string_view(buffer_).substr(consumed_);
  if (rest.size() < kMessageHeaderSize) return false;
  uint64_t body = load<uint32_t>(rest.data());
  uint64_t attachment = load<uint32_t>(rest.data() + 4);
  auto type = static_cast<MessageType>(load<uint16_t>(rest.data() + 8));
  if (load<uint16_t>(rest.data() + 10) != kMagic || !known(type))
    return error(ErrorCode::kProtocol,
                 "these bytes are not Wallaby's native protocol; is this the right port?");
  if (body + attachment > limit_)
    return error(ErrorCode::kProtocol, "a message of {} bytes is over this connection's limit of {} bytes",
                 body + attachment, limit_);
  if (rest.size() < kMessageHeaderSize + body + attachment) return false;
  message.type = type;
  message.body = rest.substr(kMessageHeaderSize, body);
  message.attachment = rest.substr(kMessageHeaderSize + body, attachment);
  consumed_ += kMessageHeaderSize + body + attachment;
  return true;
}

}  // namespace wallaby::proto
