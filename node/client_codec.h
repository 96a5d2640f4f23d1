// node/client_codec.h
//
// What the codecs of requests and of replies share (node/client_request_codec.cc, node/client_reply_codec.cc).
//
// Every put and get passes here twice, so: one message object serves all encodes and decodes of a thread (Protobuf
// keeps the memory of what is cleared), bytes are moved out of a parsed message, and a message is serialized
// straight into the connection's buffer.
//
// Templates over the generated messages, so that this header need not include them.
#pragma once

#include <climits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/lsn.h"
#include "proto/framing.h"
#include "replication/ack_mode.h"

namespace wallaby::node::codec {

/// A message object for one encode or decode. Its memory is kept for the next one, unless it held much.
template <typename Message>
class Scratch {
 public:
  Scratch() : message_(kept()) { message_.Clear(); }
  ~Scratch() {
    if (bytes_ > kKeepUpTo) Message().Swap(&message_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  Message& operator*() { return message_; }

  bool parse(std::string_view body) {
    bytes_ = body.size();
    return body.size() <= INT_MAX && message_.ParseFromArray(body.data(), static_cast<int>(body.size()));
  }
  void write(proto::MessageType type, std::string& out) {
    bytes_ = message_.ByteSizeLong();
    proto::write_message_header(out, type, bytes_);
    size_t at = out.size();
    out.resize(at + bytes_);
    message_.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(out.data() + at));
  }

 private:
  static constexpr size_t kKeepUpTo = 64 << 10;
  static Message& kept() {
    thread_local Message message;
    return message;
  }
  Message& message_;
  size_t bytes_ = 0;
};

template <typename Message>
void fill_token(const Token& from, Message& to) {
  to.set_lsn(from.lsn.value);
  to.set_timeline(from.timeline.value);
}
template <typename Message>
Token read_token(const Message& from) {
  return Token{Lsn{from.lsn()}, TimelineId{from.timeline()}};
}

/// Of a message's optional field `token`, or `after`.
template <typename Message>
std::optional<Token> token_of(const Message& from) {
  return from.has_token() ? std::optional(read_token(from.token())) : std::nullopt;
}
template <typename Message>
std::optional<Token> after_of(const Message& from) {
  return from.has_after() ? std::optional(read_token(from.after())) : std::nullopt;
}

/// A rung travels as its number; 0 is none. False for a number that is no rung.
inline bool read_rung(int wire, std::optional<replication::Rung>& rung) {
  rung = std::nullopt;
  for (replication::Rung known : replication::kRungs)
    if (wire == static_cast<int>(known)) rung = known;
  return rung || wire == 0;
}

/// False for a number that is no stage.
inline bool read_stage(uint32_t wire, replication::Stage& stage) {
  using enum replication::Stage;
  if (wire < static_cast<uint32_t>(kAppended) || wire > static_cast<uint32_t>(kAcknowledged)) return false;
  stage = static_cast<replication::Stage>(wire);
  return true;
}

inline std::unexpected<Error> bad(std::string_view what) {
  return error(ErrorCode::kProtocol, "{}", what);
}

/// The steps that requests and replies share. `Message`: of the schema; `Whole`: Request or Reply.
template <typename Message, typename Whole, typename Read>
Result<Whole> decode(const proto::MessageView& view, proto::MessageType type, std::string_view what,
                     Read read_body) {
  if (view.type != type || !view.attachment.empty())
    return error(ErrorCode::kProtocol, "a message that should be a {} is not one", what);
  Scratch<Message> message;
  if (!message.parse(view.body))
    return error(ErrorCode::kProtocol, "a {} of {} bytes cannot be read", what, view.body.size());
  auto body = read_body(*message);
  if (!body) return std::unexpected(body.error());
  return Whole{(*message).id(), std::move(*body)};
}

template <typename Message, typename Whole, typename Fill>
void encode(const Whole& whole, proto::MessageType type, std::string& out, Fill fill_body) {
  Scratch<Message> message;
  (*message).set_id(whole.id);
  fill_body(whole.body, *message);
  message.write(type, out);
}

}  // namespace wallaby::node::codec
