#include "tests/server/peers.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>

#include <gtest/gtest.h>

#include "base/check.h"

namespace wallaby::server {

Peer::Peer(Fd fd) : fd_(std::move(fd)) {
  fcntl(fd_.get(), F_SETFL, 0);
}

Peer Peer::connect(const Address& address) {
  auto fd = connect_to(address, std::chrono::seconds(10));
  WALLABY_CHECK(fd.has_value(), "{}", fd.error().message);
  return Peer(std::move(*fd));
}

void Peer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

std::string Peer::read_some() {
  std::string bytes(64 << 10, 0);
  ssize_t n = recv(fd_.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return bytes;
}

std::string Peer::read(size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    std::string more = read_some();
    if (more.empty()) break;
    bytes += more;
  }
  return bytes;
}

std::string Peer::read_to_end() {
  return read(std::string::npos);
}

node::Request Peer::read_request() {
  proto::MessageView view;
  while (true) {
    auto whole = reader_.next(view);
    WALLABY_CHECK(whole.has_value(), "{}", whole.error().message);
    if (*whole) break;
    std::string bytes = read_some();
    WALLABY_CHECK(!bytes.empty(), "the client closed before its request was whole");
    reader_.feed(bytes);
  }
  auto request = node::decode_request(view);
  WALLABY_CHECK(request.has_value(), "{}", request.error().message);
  return *request;
}

std::string Peer::encoded(node::RequestId id, node::ReplyBody body) {
  std::string bytes;
  node::encode_reply(node::Reply{id, std::move(body)}, bytes);
  return bytes;
}

namespace {

ListeningSocket any_door() {
  auto door = listen_on(Address{"127.0.0.1", 0});
  WALLABY_CHECK(door.has_value(), "{}", door.error().message);
  return std::move(*door);
}

}  // namespace

FakeNode::FakeNode(std::function<void(Peer&)> script)
    : door_(any_door()), thread_([this, script = std::move(script)] {
        wait_for_socket(door_.fd, false, std::chrono::seconds(10));
        Fd accepted(accept4(door_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!accepted) return;
        Peer peer(std::move(accepted));
        script(peer);
      }) {}

bool connect_raw(const Fd& socket, const Address& to) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(to.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

Address free_address() {
  return any_door().address;
}

void ScriptCore::step(TimePoint at, const node::NodeEvent& event) {
  EXPECT_GE(at, now) << "time went backwards";
  now = at;
  if (std::holds_alternative<node::StopRequested>(event)) say(node::Stopped{});
  script_(*this, event);
}

ScriptServer::ScriptServer(ScriptCore::Script script, const TlsContext* tls) : core_(std::move(script)) {
  ListeningSocket door = any_door();
  address_ = door.address;
  core_.note = [this](const std::string& line) { note(line); };
  auto ready = [this](const std::string& text) { note("ready: " + text); };
  auto log = [this](node::LogLevel, const std::string& text) { note("log: " + text); };
  server_ =
      std::make_unique<NodeServer>(core_, files, Doors{std::move(door), {}, tls}, Announcements{ready, log});
  thread_ = std::thread([this] { end_ = server_->run(); });
}

ScriptServer::~ScriptServer() {
  if (thread_.joinable()) stop();
}

node::Stopped ScriptServer::stop() {
  server_->request_stop();
  thread_.join();
  return *end_;
}

void ScriptServer::note(const std::string& line) {
  std::lock_guard lock(mutex_);
  notes_.push_back(line);
  changed_.notify_all();
}

std::vector<std::string> ScriptServer::notes() {
  std::lock_guard lock(mutex_);
  return notes_;
}

void ScriptServer::wait_for(const std::string& line) {
  std::unique_lock lock(mutex_);
  auto said = [&] { return std::ranges::find(notes_, line) != notes_.end(); };
  if (changed_.wait_for(lock, std::chrono::seconds(10), said)) return;
  std::string all;
  for (const std::string& note : notes_) all += "\n  " + note;
  ADD_FAILURE() << "nobody said '" << line << "', but:" << all;
}

ScriptCore::Script answering(Answer answer) {
  using Readers = std::map<node::ConnectionId, proto::MessageReader>;
  return [answer = std::move(answer), readers = Readers()](ScriptCore& core,
                                                           const node::NodeEvent& event) mutable {
    const auto* received = std::get_if<node::BytesReceived>(&event);
    if (received == nullptr) return;
    proto::MessageReader& reader = readers[received->id];
    reader.feed(received->bytes);
    proto::MessageView view;
    while (reader.next(view).value()) {
      node::Request request = node::decode_request(view).value();
      auto body = answer(request);
      if (!body) return core.say(node::CloseConnection{received->id});
      core.send(received->id, Peer::encoded(request.id, std::move(*body)));
    }
  };
}

}  // namespace wallaby::server
