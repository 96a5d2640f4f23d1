#include "sim/wiretap.h"

#include <fmt/core.h>

#include "sim/trace.h"

namespace wallaby::sim {
namespace {

template <typename T>
Overheard checked(Result<T> decoded, node::ConnectionId connection) {
  if (!decoded) throw BrokenPromise(fmt::format("connection {}: {}", connection, decoded.error().message));
  return Overheard(std::move(*decoded));
}

}  // namespace

std::vector<Overheard> Wiretap::hear(Way way, node::ConnectionId connection, std::string_view bytes) {
  auto reader = readers_.try_emplace({connection, way}, proto::kMaxMessage).first;
  reader->second.feed(bytes);
  std::vector<Overheard> messages;
  for (;;) {
    proto::MessageView view;
    auto more = reader->second.next(view);
    if (!more) throw BrokenPromise(fmt::format("connection {}: {}", connection, more.error().message));
    if (!*more) return messages;
    switch (view.type) {
      case proto::MessageType::kRequest:
        messages.push_back(checked(node::decode_request(view), connection));
        break;
      case proto::MessageType::kReply:
        messages.push_back(checked(node::decode_reply(view), connection));
        break;
      default: messages.push_back(checked(replication::decode_message(view), connection));
    }
  }
}

void Wiretap::forget(node::ConnectionId connection) {
  readers_.erase({connection, Way::kIn});
  readers_.erase({connection, Way::kOut});
}

}  // namespace wallaby::sim
