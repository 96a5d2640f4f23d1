// A connection that speaks TLS: between its owner's words and the bytes of the wire.
#include <utility>

#include "server/connection.h"
#include "server/tls.h"

namespace wallaby::server {

void Connection::start_tls(std::unique_ptr<TlsStream> tls) {
  if (tls_ || state_ != State::kOpen) return;
  tls_ = std::move(tls);
  // What is still queued goes as it is; its bytes are its sender's.
  uint64_t clear = 0;
  for (const SharedBytes& piece : queue_) clear += piece.size();
  if (clear > front_sent_) flights_.push_back({clear - front_sent_, clear - front_sent_});
  queue_wire(0);
}

void Connection::deliver_encrypted(std::string_view wire) {
  std::string plain;
  auto received = tls_->receive(wire, plain);
  queue_wire(0);
  if (received && tls_->ready() && !before_handshake_.empty()) encrypt(std::exchange(before_handshake_, {}));
  // An answer of the handshake does not wait for the end of a turn that may have nothing else to send.
  if (!queue_.empty()) {
    Written written = write();
    if (written.bytes > 0) owner_.on_sent(id_, written.bytes);
    if (!written.lost.empty()) return owner_.on_lost(id_, written.lost);
  }
  if (!received) return lose_because(received.error().message);
  if (!plain.empty() && state_ == State::kOpen) owner_.on_bytes(id_, plain);
}

void Connection::encrypt(std::vector<SharedBytes> pieces) {
  if (!tls_->ready()) {
    for (SharedBytes& piece : pieces) before_handshake_.push_back(std::move(piece));
    return;
  }
  uint64_t plain = 0;
  for (const SharedBytes& piece : pieces) {
    tls_->send(piece.view());
    plain += piece.size();
  }
  queue_wire(plain);
}

void Connection::queue_wire(uint64_t plain) {
  std::string wire = tls_->take_wire();
  if (wire.empty()) return;
  flights_.push_back({wire.size(), plain});
  queue_.emplace_back(std::move(wire));
}

uint64_t Connection::own_bytes_in(uint64_t wire) {
  uint64_t plain = 0;
  while (!flights_.empty() && wire >= flights_.front().wire) {
    wire -= flights_.front().wire;
    plain += flights_.front().plain;
    flights_.pop_front();
  }
  if (!flights_.empty()) flights_.front().wire -= wire;
  return plain;
}

}  // namespace wallaby::server
