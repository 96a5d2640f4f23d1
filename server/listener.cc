#include "server/listener.h"

#include <sys/socket.h>
#include <chrono>
#include <utility>

#include <fmt/core.h>

namespace wallaby::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kPause = std::chrono::milliseconds(200);

tcp family_of(const Fd& fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  return bound.ss_family == AF_INET6 ? tcp::v6() : tcp::v4();
}

}  // namespace

Listener::Listener(asio::io_context& io, ListeningSocket door, OnAccept accepted, OnTrouble trouble)
    : acceptor_(io), pause_(io), accepted_(std::move(accepted)), trouble_(std::move(trouble)) {
  acceptor_.assign(family_of(door.fd), door.fd.get());
  (void)door.fd.release();
  accept();
}

void Listener::accept() {
  auto on_accept = [this](const error_code& code, tcp::socket socket) {
    if (code == asio::error::operation_aborted || !acceptor_.is_open()) return;
    // A caller who hung up while waiting in the queue is not worth a word.
    if (code && code != asio::error::connection_aborted) return pause(code.message());
    if (!code) {
      in_trouble_ = false;
      accepted_(std::move(socket));
    }
    accept();
  };
  acceptor_.async_accept(on_accept);
}

void Listener::pause(const std::string& why) {
  if (!in_trouble_) {
    trouble_(fmt::format("cannot accept a connection: {}; trying again until it works (see ulimit -n)", why));
  }
  in_trouble_ = true;
  pause_.expires_after(kPause);
  auto on_time = [this](const error_code& code) {
    if (!code && acceptor_.is_open()) accept();
  };
  pause_.async_wait(on_time);
}

void Listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

}  // namespace wallaby::server
