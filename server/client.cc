#include "server/client.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/request_channel.h"
#include "server/socket.h"

namespace wallaby::server {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

struct Client::State {
  RequestChannel channel;
  const volatile std::sig_atomic_t* interrupted = nullptr;

  /// Waits for the socket; an error when the deadline has come or a signal handler says so.
  Result<void> wait(bool or_writable, std::optional<Clock::time_point> deadline) {
    if (interrupted != nullptr && *interrupted != 0) return error(ErrorCode::kUnknownOutcome, "interrupted");
    Duration slice(-1);
    if (deadline) {
      slice = *deadline - Clock::now();
      if (slice <= Duration::zero()) {
        return error(ErrorCode::kUnknownOutcome,
                     "{} did not answer in time; the request may still take effect",
                     to_string(channel.address()));
      }
    }
    // The signal may come just before the wait begins: look again after a second.
    if (interrupted != nullptr)
      slice = deadline ? std::min<Duration>(slice, std::chrono::seconds(1)) : Duration(1'000'000'000);
    wait_for_socket(channel.fd(), or_writable, slice);
    return {};
  }

  /// Writes and reads what the socket takes and has now. What was read stands, even if this fails.
  Result<void> pump() {
    // An idle connection that has ended in the meantime must not swallow a request.
    if (channel.unsent() && channel.under_way() == 0) {
      if (auto alive = channel.read(); !alive) return alive;
    }
    auto written = channel.write();
    // Read even then: why the node closed the connection may be in what it sent before. And a node that waits for
    // us to read would never take the rest of what we write.
    auto read = channel.read();
    return written ? read : written;
  }

  Result<void> flush() {
    while (channel.unsent()) {
      if (auto pumped = pump(); !pumped) return pumped;
      if (!channel.unsent()) break;
      if (auto waited = wait(true, std::nullopt); !waited) return waited;
    }
    return {};
  }

  Result<node::Reply> receive(std::optional<Clock::time_point> deadline) {
    Result<void> pumped;
    while (true) {
      if (channel.unsent()) pumped = pump();
      auto reply = channel.next();
      if (reply && !*reply && pumped) {
        pumped = pump();
        reply = channel.next();
      }
      if (!reply) return std::unexpected(reply.error());
      if (*reply) return std::move(**reply);
      if (!pumped) return std::unexpected(pumped.error());
      if (auto waited = wait(channel.unsent(), deadline); !waited) return std::unexpected(waited.error());
    }
  }
};

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::connect(const Address& address, Duration timeout, const Entrance& entrance) {
  auto channel = enter(address, entrance, timeout);
  if (!channel) return std::unexpected(channel.error());
  return Client(std::make_unique<State>(State{std::move(*channel), nullptr}));
}

node::RequestId Client::send(node::RequestBody body) {
  return state_->channel.send(std::move(body));
}

Result<void> Client::flush() {
  return state_->flush();
}

Result<node::Reply> Client::receive(Duration timeout) {
  std::optional<Clock::time_point> deadline;
  if (timeout > Duration::zero()) deadline = Clock::now() + timeout;
  return state_->receive(deadline);
}

Result<node::ReplyBody> Client::call(node::RequestBody body, const OnReply& on_reply, Duration timeout) {
  return wait(send(std::move(body)), on_reply, timeout);
}

Result<node::ReplyBody> Client::cancel(node::RequestId id, const OnReply& on_reply, Duration patience) {
  interrupt_by(nullptr);
  send(node::Cancel{id});
  return wait(id, on_reply, patience);
}

Result<node::ReplyBody> Client::wait(node::RequestId id, const OnReply& on_reply, Duration timeout) {
  std::optional<Clock::time_point> deadline;
  if (timeout > Duration::zero()) deadline = Clock::now() + timeout;
  while (true) {
    auto reply = state_->receive(deadline);
    if (!reply) return std::unexpected(reply.error());
    auto* failed = std::get_if<node::Failed>(&reply->body);
    // Number 0 concerns the whole connection: too many of them, or a node that is stopping.
    if (reply->id != id && !(reply->id == 0 && failed != nullptr)) continue;
    if (failed != nullptr) {
      if (failed->token && on_reply) on_reply(reply->body);
      return std::unexpected(failed->error);
    }
    if (node::is_final(reply->body)) return std::move(reply->body);
    if (on_reply) on_reply(reply->body);
  }
}

void Client::interrupt_by(const volatile std::sig_atomic_t* flag) {
  state_->interrupted = flag;
}

const Address& Client::address() const {
  return state_->channel.address();
}

}  // namespace wallaby::server
