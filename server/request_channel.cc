#include "server/request_channel.h"

#include <array>
#include <utility>

namespace wallaby::server {
namespace {

constexpr size_t kReadSize = 64 << 10;
constexpr int kReadsAtOnce = 16;

}  // namespace

RequestChannel::RequestChannel(ByteStream socket, Address address, proto::MessageReader reader)
    : socket_(std::move(socket)), address_(std::move(address)), reader_(std::move(reader)) {
  reader_.set_limit(proto::kMaxMessage);
}

node::RequestId RequestChannel::send(node::RequestBody body) {
  starts_.push_back(stream_ + out_.size());
  node::encode_request(node::Request{++sent_, std::move(body)}, out_);
  return sent_;
}

Result<void> RequestChannel::write() {
  while (unsent()) {
    if (end_) return end(*end_);
    auto taken = socket_.write(std::string_view(out_).substr(written_));
    if (!taken) return end(taken.error().message);
    if (*taken == 0) break;
    written_ += *taken;
    for (; !starts_.empty() && starts_.front() < stream_ + written_; starts_.pop_front()) ++left_;
  }
  if (written_ == out_.size() || written_ > (1u << 20)) {
    out_.erase(0, written_);
    stream_ += written_;
    written_ = 0;
  }
  return {};
}

Result<void> RequestChannel::read() {
  if (!readable_) return end(*end_);
  std::array<char, kReadSize> buffer;  // NOLINT: filled by read
  for (int i = 0; i < kReadsAtOnce; ++i) {
    auto words = socket_.read(buffer);
    readable_ = words.has_value();
    if (!readable_) return end(words.error().message);
    if (!*words) return {};
    reader_.feed(**words);
    if ((*words)->size() < buffer.size()) return {};
  }
  return {};
}

Result<std::optional<node::Reply>> RequestChannel::next() {
  proto::MessageView view;
  auto whole = reader_.next(view);
  if (whole && !*whole) return std::nullopt;
  if (!whole) return end(whole.error().message);
  auto reply = node::decode_reply(view);
  if (!reply) return end(reply.error().message);
  if (reply->id != 0 && node::is_final(reply->body)) ++answered_;
  return std::optional<node::Reply>(std::move(*reply));
}

std::unexpected<Error> RequestChannel::end(const std::string& why) {
  if (!end_) end_ = why;
  if (under_way() == 0) {
    return error(ErrorCode::kUnreachable, "the connection to {} ended ({}); no request was under way",
                 to_string(address_), *end_);
  }
  return error(
      ErrorCode::kUnknownOutcome,
      "the connection to {} ended before the answer came ({}); whether the request took effect is not known",
      to_string(address_), *end_);
}

}  // namespace wallaby::server
