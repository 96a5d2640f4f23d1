#include "server/entrance.h"

#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "node/doorkeeper.h"
#include "proto/framing.h"
#include "server/entropy.h"
#include "server/tls.h"

namespace wallaby::server {
namespace {

using Clock = std::chrono::steady_clock;
using node::Knock;

/// One conversation at the door.
class Conversation {
 public:
  Conversation(ByteStream stream, const Address& address, const Entrance& entrance,
               Clock::time_point deadline)
      : stream_(std::move(stream)),
        address_(address),
        tls_(entrance.tls),
        knock_({.tls = tls_ != nullptr, .login = entrance.login}, fill_with_entropy),
        deadline_(deadline) {}

  Result<RequestChannel> run() {
    std::string said;
    Knock::Next next = knock_.begin(said);
    while (next != Knock::Next::kIn) {
      if (auto told = say(said); !told) return std::unexpected(told.error());
      said.clear();
      proto::MessageView view;
      if (auto got = listen(view); !got) return std::unexpected(got.error());
      auto heard = knock_.heard(view, reader_.buffered(), said);
      if (!heard) return error(heard.error().code, "{}: {}", to_string(address_), heard.error().message);
      next = *heard;
      if (next != Knock::Next::kStartTls) continue;
      stream_.start_tls(*tls_, address_.host);
      next = knock_.secured(said);
    }
    if (auto secured = say({}); !secured) return std::unexpected(secured.error());
    return RequestChannel(std::move(stream_), address_, std::move(reader_));
  }

 private:
  /// Until all of it has left, and TLS stands: what is wrong with the certificate is told here.
  Result<void> say(std::string_view words) {
    for (;;) {
      auto taken = stream_.write(words);
      if (!taken) return lost(taken.error());
      words.remove_prefix(*taken);
      if (words.empty() && !stream_.unsent() && stream_.ready()) return {};
      if (*taken > 0) continue;
      if (auto waited = wait(stream_.unsent() || stream_.ready()); !waited) return waited;
      if (stream_.ready()) continue;
      if (auto got = read(); !got) return got;
    }
  }

  Result<void> listen(proto::MessageView& view) {
    for (;;) {
      auto whole = reader_.next(view);
      if (!whole) return lost(whole.error());
      if (*whole) return {};
      if (auto waited = wait(false); !waited) return waited;
      if (auto got = read(); !got) return got;
    }
  }

  Result<void> read() {
    std::array<char, 4096> buffer;  // NOLINT: filled by read
    auto words = stream_.read(buffer);
    if (!words) return lost(words.error());
    if (*words) reader_.feed(**words);
    return {};
  }

  Result<void> wait(bool or_writable) {
    Duration left = deadline_ - Clock::now();
    if (left <= Duration::zero())
      return error(ErrorCode::kUnreachable, "{} did not let us in in time", to_string(address_));
    wait_for_socket(stream_.fd(), or_writable, left);
    return {};
  }

  /// Nothing but the login was said so far.
  std::unexpected<Error> lost(const Error& why) const {
    return error(ErrorCode::kUnreachable, "cannot come in at {}: {}", to_string(address_), why.message);
  }

  ByteStream stream_;
  const Address& address_;
  std::shared_ptr<const TlsContext> tls_;
  Knock knock_;
  Clock::time_point deadline_;
  proto::MessageReader reader_{node::Doorkeeper::kMaxMessageBefore};
};

}  // namespace

Result<RequestChannel> enter(const Address& address, const Entrance& entrance, Duration timeout) {
  auto deadline = Clock::now() + timeout;
  auto socket = connect_to(address, timeout);
  if (!socket) return std::unexpected(socket.error());
  return Conversation(ByteStream(std::move(*socket)), address, entrance, deadline).run();
}

}  // namespace wallaby::server
