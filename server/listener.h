// server/listener.h
//
// Accepts connections on a socket that is already listening, one after the other, for ever.
//
// When the process or the machine has no file descriptor or no memory left, accepting fails again at once, with the
// caller still in the queue: the listener pauses then, says so once, and goes on when there may be room again.
//
// Threads: the loop's. Included by server/*.cc alone: Asio.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/socket.h"

namespace wallaby::server {

class Listener {
 public:
  using OnAccept = std::function<void(boost::asio::ip::tcp::socket)>;
  using OnTrouble = std::function<void(const std::string&)>;

  /// Begins at once. `trouble`: a sentence for the operator.
  Listener(boost::asio::io_context& io, ListeningSocket door, OnAccept accepted, OnTrouble trouble);
  void close();

 private:
  void accept();
  void pause(const std::string& why);

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  OnAccept accepted_;
  OnTrouble trouble_;
  bool in_trouble_ = false;
};

}  // namespace wallaby::server
