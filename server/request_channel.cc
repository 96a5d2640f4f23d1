#include "server/request_channel.h"

#include <sys/socket.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace wallaby::server {
namespace {

constexpr size_t kReadSize = 64 << 10;
constexpr int kReadsAtOnce = 16;

bool would_block(int code) {
  return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

}  // namespace

RequestChannel::RequestChannel(Fd fd, Address address) : fd_(std::move(fd)), address_(std::move(address)) {}

node::RequestId RequestChannel::send(node::RequestBody body) {
  starts_.push_back(stream_ + out_.size());
  node::encode_request(node::Request{++sent_, std::move(body)}, out_);
  return sent_;
}

Result<void> RequestChannel::write() {
  while (unsent()) {
    if (end_) return end(*end_);
    ssize_t n = ::send(fd_.get(), out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (n < 0 && would_block(errno)) break;
    if (n < 0) return end(std::strerror(errno));
    written_ += static_cast<size_t>(n);
    for (; !starts_.empty() && starts_.front() < stream_ + written_; starts_.pop_front()) ++left_;
  }
  if (!unsent() || written_ > (1u << 20)) {
    out_.erase(0, written_);
    stream_ += written_;
    written_ = 0;
  }
  return {};
}

Result<void> RequestChannel::read() {
  if (!readable_) return end(*end_);
  std::array<char, kReadSize> buffer;  // NOLINT: filled by recv
  for (int i = 0; i < kReadsAtOnce; ++i) {
    ssize_t n = recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && would_block(errno)) return {};
    readable_ = n > 0;
    if (!readable_) return end(n == 0 ? "the node closed it" : std::strerror(errno));
    reader_.feed(std::string_view(buffer.data(), static_cast<size_t>(n)));
    if (static_cast<size_t>(n) < buffer.size()) return {};
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
