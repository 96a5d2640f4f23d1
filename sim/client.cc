#include "sim/client.h"

#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "sim/trace.h"

namespace wallaby::sim {

void Client::connect(const Place& to) {
  close();
  peer_ = to;
  reader_ = proto::MessageReader(proto::kMaxMessage);
  socket_ = net_.connect(place_, *this, to);
}

void Client::close() {
  if (!socket_) return;
  net_.close(*socket_);
  socket_.reset();
  give_up();
}

void Client::give_up() {
  auto waiting = std::exchange(waiting_, {});
  for (auto& [id, request] : waiting) request.answer(nullptr);
}

node::RequestId Client::send(node::RequestBody body, Answer answer) {
  WALLABY_CHECK(socket_, "{} is not connected", place_);
  node::RequestId id = next_id_++;
  if (const auto* write = std::get_if<node::Write>(&body))
    ledger_.issued(Ledger::operation(place_, id), write->changes);
  waiting_[id] = Waiting{std::move(answer), scheduler_.now()};
  std::string bytes;
  node::encode_request(node::Request{id, std::move(body)}, bytes);
  net_.send(*socket_, std::move(bytes));
  return id;
}

std::optional<node::RequestId> Client::newest() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.rbegin()->first;
}

std::optional<SimTime> Client::oldest() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->second.since;  // ids grow with time
}

void Client::received(Socket socket, std::string bytes) {
  if (socket_ != socket) return;
  reader_.feed(bytes);
  while (socket_ == socket) {
    proto::MessageView view;
    auto more = reader_.next(view);
    if (!more)
      throw BrokenPromise(
          fmt::format("{}: what {} sends is no message: {}", place_, peer_, more.error().message));
    if (!*more) return;
    auto reply = node::decode_reply(view);
    if (!reply)
      throw BrokenPromise(
          fmt::format("{}: what {} sends is no reply: {}", place_, peer_, reply.error().message));
    if (reply->id == 0) continue;  // said to the connection, not to a request: why it is closed
    auto found = waiting_.find(reply->id);
    if (found == waiting_.end())
      throw BrokenPromise(fmt::format("a request is answered once: {} got another answer to {} from {}",
                                      place_, reply->id, peer_));
    Answer answer = found->second.answer;
    if (node::is_final(reply->body)) waiting_.erase(found);
    answer(&*reply);
  }
}

void Client::lost(Socket socket, const std::string&) {
  if (socket_ != socket) return;
  socket_.reset();
  give_up();
}

}  // namespace wallaby::sim
