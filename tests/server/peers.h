// tests/server/peers.h
//
// The two kinds of company that tests of server/ need: a node that is only a script (FakeNode, for the client), and
// a server that drives a script instead of a node (ScriptServer, for the driver and for the load generator).
//
// Waiting is always for something that was said, with ten seconds of patience; nothing sleeps.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "node/client_messages.h"
#include "node/core.h"
#include "node/events.h"
#include "proto/framing.h"
#include "server/node_server.h"
#include "server/socket.h"
#include "tests/support/memory_file_system.h"

namespace wallaby::server {

/// One blocking connection, as a test's peer holds it.
class Peer {
 public:
  explicit Peer(Fd fd);
  static Peer connect(const Address& address);

  void write(std::string_view bytes);
  /// Up to 64 KiB; empty: the other side closed.
  std::string read_some();
  std::string read(size_t size);
  std::string read_to_end();
  node::Request read_request();
  void reply(node::RequestId id, node::ReplyBody body) { write(encoded(id, std::move(body))); }
  static std::string encoded(node::RequestId id, node::ReplyBody body);
  void close() { fd_.close(); }
  const Fd& fd() const { return fd_; }

 private:
  Fd fd_;
  proto::MessageReader reader_{proto::kMaxMessage};
};

/// Accepts one connection and plays the script on it, in a thread of its own.
class FakeNode {
 public:
  explicit FakeNode(std::function<void(Peer&)> script);
  ~FakeNode() { thread_.join(); }
  const Address& address() const { return door_.address; }

 private:
  ListeningSocket door_;
  std::thread thread_;
};

/// Connects an existing socket, blocking, to 127.0.0.1:PORT.
bool connect_raw(const Fd& socket, const Address& to);

/// An address where nobody listens.
Address free_address();

/// Says what a node would say. Called on the server's loop.
class ScriptCore : public node::Core {
 public:
  using Script = std::function<void(ScriptCore&, const node::NodeEvent&)>;
  explicit ScriptCore(Script script) : script_(std::move(script)) {}

  void step(TimePoint now, const node::NodeEvent& event) override;
  std::vector<node::NodeOutput> take_outputs() override { return std::exchange(outputs_, {}); }
  TimePoint next_deadline() const override { return deadline; }

  template <typename Output>
  void say(Output output) {
    outputs_.emplace_back(std::in_place_type<Output>, std::move(output));
  }
  void send(node::ConnectionId id, std::string bytes) {
    say(node::SendBytes{id, {SharedBytes(std::move(bytes))}});
  }

  /// Tells the test something that it waits for.
  std::function<void(const std::string&)> note;

  TimePoint now{};
  TimePoint deadline = kNever;

 private:
  Script script_;
  std::vector<node::NodeOutput> outputs_;
};

/// A NodeServer with a script, on a thread; stopped by the destructor.
class ScriptServer {
 public:
  explicit ScriptServer(ScriptCore::Script script, const TlsContext* tls = nullptr);
  ~ScriptServer();
  const Address& address() const { return address_; }
  /// Waits until the script has noted this line (ten seconds at most, then the test fails).
  void wait_for(const std::string& line);
  std::vector<std::string> notes();
  /// Stops it, and waits.
  node::Stopped stop();

  testing::MemoryFileSystem files;

 private:
  void note(const std::string& line);

  ScriptCore core_;
  Address address_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> notes_;
  std::optional<node::Stopped> end_;
  std::unique_ptr<NodeServer> server_;
  std::thread thread_;
};

/// A script that answers each native request with `answer`; nullopt closes the connection.
using Answer = std::function<std::optional<node::ReplyBody>(const node::Request&)>;
ScriptCore::Script answering(Answer answer);

}  // namespace wallaby::server
