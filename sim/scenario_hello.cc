#include "sim/scenario_hello.h"

#include <sstream>

namespace wallaby::sim {

void HandmadeLink::say(const Place& to, const replication::Hello& hello) {
  socket_ = net_.connect(place_, *this, to);
  std::string bytes;
  replication::encode_message(hello, bytes);
  net_.send(*socket_, std::move(bytes));
}

void HandmadeLink::close() {
  if (socket_) net_.close(*socket_);
  socket_.reset();
}

void HandmadeLink::received(Socket socket, std::string bytes) {
  if (socket_ != socket || over_) return;
  reader_.feed(bytes);
  proto::MessageView view;
  while (!over_) {
    auto more = reader_.next(view);
    if (!more || !*more) return;
    auto message = replication::decode_message(view);
    std::ostringstream text;
    if (!message)
      text << "(no message: " << message.error() << ')';
    else if (const auto* answer = std::get_if<replication::Answer>(&*message))
      text << answer->decision;
    else
      text << *message;
    heard_.push_back(text.str());
    over_ = true;
  }
}

void HandmadeLink::lost(Socket socket, const std::string& reason) {
  if (socket_ != socket) return;
  socket_.reset();
  if (!over_) heard_.push_back("(" + reason + ")");
  over_ = true;
}

}  // namespace wallaby::sim
