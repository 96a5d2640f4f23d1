// server/client.h
//
// A client of the native door, for the programs: connects, sends requests (pipelined if wanted), hands out replies.
//
//     auto client = Client::connect(address, 5s, entrance);
//     auto reply = client->call(node::Get{"greetings", "hello", {}});
//
// Blocking, one thread, one connection. Outcomes are told apart as the exit statuses need them:
//   kUnreachable      the request never left: nothing happened (exit 4)
//   kUnknownOutcome   it left, and no final answer came (exit 5)
//   anything else     the node's own answer
// After the connection has ended every call fails; connect again. After a timeout or an interrupt the connection is
// still good: the late answer may be waited for again, or the request cancelled.
//
//     auto id = client->send(write);
//     auto reply = client->wait(id, {}, 2s);
//     if (!reply) reply = client->cancel(id, {}, 1s);     // the write's own last word, with its token if it is in the log
#pragma once

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/identity.h"
#include "base/time.h"
#include "node/client_messages.h"
#include "server/entrance.h"

namespace wallaby::server {

class Client {
 public:
  /// kUnreachable with the address and what to check; or why the node lets us not in. `timeout` is for all of it.
  static Result<Client> connect(const Address& address, Duration timeout, const Entrance& entrance = {});
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  /// Queues a request; it leaves with the next flush(), receive() or call(). Returns its number.
  node::RequestId send(node::RequestBody body);
  /// kUnreachable: nothing of what was queued has left. What the node said before may still be received.
  Result<void> flush();
  /// The next reply, of any request, final or not. `timeout` zero: wait for ever; kUnknownOutcome when it ran out
  /// or the connection ended.
  Result<node::Reply> receive(Duration timeout = Duration::zero());

  /// Non-final replies of a call: notices, rows, ...; and a Failed that carries a token, before it becomes the error.
  using OnReply = std::function<void(const node::ReplyBody&)>;
  /// Sends one request and waits for its final reply, `timeout` in all. A Failed reply becomes the error.
  Result<node::ReplyBody> call(node::RequestBody body, const OnReply& on_reply = {},
                               Duration timeout = Duration::zero());
  /// The second half of call(), for a request that was sent; replies to others are dropped.
  Result<node::ReplyBody> wait(node::RequestId id, const OnReply& on_reply = {},
                               Duration timeout = Duration::zero());
  /// Asks the node to end the wait of a request that is out, and takes that request's own final reply. Deaf to interrupts
  /// from now on: `patience` ends it.
  Result<node::ReplyBody> cancel(node::RequestId id, const OnReply& on_reply, Duration patience);

  /// A signal handler may set `flag` to end waits with kUnknownOutcome ("interrupted"); it is seen within a second
  /// at the latest, and at once when the handler was installed without SA_RESTART.
  void interrupt_by(const volatile std::sig_atomic_t* flag);

  const Address& address() const;

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace wallaby::server
