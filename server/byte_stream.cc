#include "server/byte_stream.h"

#include <sys/socket.h>
#include <cerrno>
#include <cstring>
#include <utility>

#include "server/tls.h"

namespace wallaby::server {
namespace {

constexpr const char* kClosed = "the node closed it";

/// Encrypted at once: more would only grow the buffer.
constexpr size_t kPiece = 64 << 10;

bool would_block(int code) {
  return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

}  // namespace

ByteStream::ByteStream(Fd fd) : fd_(std::move(fd)) {}
ByteStream::ByteStream(ByteStream&&) noexcept = default;
ByteStream& ByteStream::operator=(ByteStream&&) noexcept = default;
ByteStream::~ByteStream() = default;

void ByteStream::start_tls(const TlsContext& context, const std::string& host) {
  tls_ = std::make_unique<TlsStream>(context, host);
  wire_ = tls_->take_wire();
}

bool ByteStream::ready() const {
  return !tls_ || tls_->ready();
}

Result<size_t> ByteStream::send(std::string_view bytes) {
  ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n < 0 && would_block(errno)) return 0;
  if (n < 0) return error(ErrorCode::kIo, "{}", std::strerror(errno));
  return static_cast<size_t>(n);
}

Result<void> ByteStream::send_wire() {
  while (unsent()) {
    auto sent = send(std::string_view(wire_).substr(wire_sent_));
    if (!sent) return std::unexpected(sent.error());
    if (*sent == 0) return {};
    wire_sent_ += *sent;
  }
  wire_.clear();
  wire_sent_ = 0;
  return {};
}

Result<size_t> ByteStream::write(std::string_view words) {
  if (!tls_) return words.empty() ? 0 : send(words);
  if (auto sent = send_wire(); !sent) return std::unexpected(sent.error());
  if (unsent() || words.empty() || !tls_->ready()) return 0;
  words = words.substr(0, kPiece);
  tls_->send(words);
  wire_ = tls_->take_wire();
  if (auto sent = send_wire(); !sent) return std::unexpected(sent.error());
  return words.size();
}

Result<std::optional<std::string_view>> ByteStream::read(std::span<char> buffer) {
  ssize_t n = recv(fd_.get(), buffer.data(), buffer.size(), 0);
  if (n < 0 && would_block(errno)) return std::nullopt;
  if (n <= 0) return error(ErrorCode::kIo, "{}", n == 0 ? kClosed : std::strerror(errno));
  std::string_view words(buffer.data(), static_cast<size_t>(n));
  if (!tls_) return words;
  plain_.clear();
  auto received = tls_->receive(words, plain_);
  wire_ += tls_->take_wire();
  if (auto sent = send_wire(); !sent) return std::unexpected(sent.error());
  if (!received) return error(ErrorCode::kIo, "{}", received.error().message);
  // Its goodbye comes just before the end of the connection, which the next read may be too late for.
  if (plain_.empty() && tls_->ended()) return error(ErrorCode::kIo, "{}", kClosed);
  return plain_;
}

}  // namespace wallaby::server
