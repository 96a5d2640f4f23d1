#include "server/connection.h"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/container/static_vector.hpp>

#include "server/tls.h"

namespace wallaby::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr size_t kGather = 64;          // what Asio hands to one sendmsg
constexpr size_t kFairShare = 1 << 20;  // bytes read from one connection before others have their turn

bool would_block(const error_code& code) {
  return code == asio::error::would_block || code == asio::error::try_again;
}

}  // namespace

Connection::Connection(asio::io_context& io, node::ConnectionId id, ConnectionOwner& owner)
    : id_(id), owner_(owner), socket_(io) {}

Connection::~Connection() = default;

void Connection::adopt(tcp::socket socket) {
  socket_ = std::move(socket);
  opened();
  wait_for_bytes();
}

void Connection::connect(const Address& to) {
  auto self = shared_from_this();
  auto on_connect = [self](const error_code& code) {
    if (self->state_ == State::kClosed) return;
    if (code) return self->lose(code);
    self->opened();
    self->owner_.on_made(self->id_);
    self->wait_for_bytes();
  };

  error_code not_numeric;
  auto numeric = asio::ip::make_address(to.host, not_numeric);
  if (!not_numeric) return socket_.async_connect(tcp::endpoint(numeric, to.port), on_connect);

  resolver_ = std::make_unique<tcp::resolver>(socket_.get_executor());
  auto on_resolve = [self, on_connect](const error_code& code, const tcp::resolver::results_type& found) {
    if (self->state_ == State::kClosed) return;
    if (code) return self->lose(code);
    auto on_any = [on_connect](const error_code& result, const tcp::endpoint&) { on_connect(result); };
    asio::async_connect(self->socket_, found, on_any);
  };
  resolver_->async_resolve(to.host, std::to_string(to.port), on_resolve);
}

void Connection::opened() {
  resolver_.reset();
  state_ = State::kOpen;
  error_code ignored;
  socket_.non_blocking(true, ignored);
  // Replies are small and written once a turn: waiting for more of them would only delay.
  socket_.set_option(tcp::no_delay(true), ignored);
}

// --- reading --------------------------------------------------------------------------------------------------------

void Connection::set_reading(bool reading) {
  reading_ = reading;
  if (reading && state_ == State::kOpen) wait_for_bytes();
}

void Connection::wait_for_bytes() {
  if (read_pending_ || (!reading_ && state_ != State::kClosing) || state_ == State::kClosed) return;
  read_pending_ = true;
  auto on_bytes = [self = shared_from_this()](const error_code& code, size_t size) {
    self->on_read(code, size);
  };
  socket_.async_read_some(asio::buffer(buffer_), on_bytes);
}

void Connection::on_read(const error_code& code, size_t size) {
  read_pending_ = false;
  if (state_ == State::kClosed) return;
  if (code) return lose(code);
  deliver(std::string_view(buffer_.data(), size));
  if (size == buffer_.size()) {
    if (error_code end = read_rest(); end && !would_block(end)) return lose(end);
  }
  wait_for_bytes();
}

error_code Connection::read_rest() {
  auto& buffer = owner_.read_buffer();
  error_code code;
  for (size_t total = 0; total < kFairShare && state_ != State::kClosed;) {
    size_t size = socket_.read_some(asio::buffer(buffer), code);
    if (code) break;
    deliver(std::string_view(buffer.data(), size));
    total += size;
    if (size < buffer.size()) break;
  }
  return code;
}

void Connection::deliver(std::string_view bytes) {
  if (state_ != State::kOpen) return;
  if (tls_) return deliver_encrypted(bytes);
  owner_.on_bytes(id_, bytes);
}

// --- writing --------------------------------------------------------------------------------------------------------

void Connection::send(std::vector<SharedBytes> pieces) {
  if (write_failed_ || state_ == State::kClosing || state_ == State::kClosed) return;
  if (tls_) return encrypt(std::move(pieces));
  for (SharedBytes& piece : pieces) {
    if (!piece.empty()) queue_.push_back(std::move(piece));
  }
}

Connection::Written Connection::write() {
  Written written;
  while (!queue_.empty() && !write_pending_ && (state_ == State::kOpen || state_ == State::kClosing)) {
    boost::container::static_vector<asio::const_buffer, kGather> buffers;
    for (const SharedBytes& piece : queue_) {
      size_t skip = buffers.empty() ? front_sent_ : 0;
      buffers.emplace_back(piece.view().data() + skip, piece.size() - skip);
      if (buffers.size() == kGather) break;
    }
    size_t wanted = asio::buffer_size(buffers);
    error_code code;
    size_t taken = socket_.write_some(buffers, code);
    if (code && !would_block(code)) {
      write_failed_ = true;
      queue_.clear();
      // What the peer said before it went away is still to be read, and the read ends the connection.
      if (!read_pending_ && state_ == State::kOpen) written.lost = code.message();
      break;
    }
    written.bytes += tls_ ? own_bytes_in(taken) : taken;
    front_sent_ += taken;
    while (!queue_.empty() && front_sent_ >= queue_.front().size()) {
      front_sent_ -= queue_.front().size();
      queue_.pop_front();
    }
    if (taken < wanted) wait_until_writable();
  }
  if (!written.lost.empty()) close();
  return written;
}

void Connection::wait_until_writable() {
  write_pending_ = true;
  auto on_ready = [self = shared_from_this()](const error_code& code) { self->on_writable(code); };
  socket_.async_wait(tcp::socket::wait_write, on_ready);
}

void Connection::on_writable(const error_code&) {
  write_pending_ = false;
  if (state_ == State::kClosed) return;
  Written written = write();
  if (state_ == State::kClosing) {
    if (queue_.empty()) finish_closing();
    return;
  }
  if (written.bytes > 0) owner_.on_sent(id_, written.bytes);
  if (!written.lost.empty()) owner_.on_lost(id_, written.lost);
}

// --- the end --------------------------------------------------------------------------------------------------------

bool Connection::close_when_sent() {
  if (state_ == State::kOpening || write_failed_) close();
  if (state_ == State::kClosed) return true;
  state_ = State::kClosing;
  if (tls_) {
    tls_->say_goodbye();
    queue_wire(0);
  }
  write();
  if (queue_.empty()) finish_closing();
  return false;
}

void Connection::finish_closing() {
  error_code ignored;  // if the peer is gone, the read hears of it
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  wait_for_bytes();
}

void Connection::lose(const error_code& code) {
  lose_because(code == asio::error::eof ? "closed by the other side" : code.message());
}

void Connection::lose_because(const std::string& reason) {
  bool closing = state_ == State::kClosing;
  close();
  if (closing) return owner_.on_closed(id_);
  owner_.on_lost(id_, reason);
}

void Connection::close() {
  state_ = State::kClosed;
  queue_.clear();
  error_code ignored;
  if (resolver_) resolver_->cancel();
  socket_.close(ignored);
}

}  // namespace wallaby::server
