#include "tests/server/real_node.h"

#include <chrono>
#include <filesystem>
#include <utility>

#include <gtest/gtest.h>

#include "base/check.h"
#include "node/data_directory.h"
#include "server/clock.h"
#include "server/entropy.h"

namespace wallaby::server {

RealNode::RealNode(node::Role role, const std::string& directory, const Change& change, const TlsContext* tls,
                   const TlsContext* tls_client)
    : files_(directory) {
  node::NodeOptions options;
  options.name = std::string(role == node::Role::kPrimary ? "p1" : "r1");
  options.log.segment_file_size = 256 << 10;  // zeroing large ones would be most of a test's time
  options.tls = tls != nullptr;
  options.entropy = fill_with_entropy;
  if (change) change(options);

  auto door = listen_on(Address{"127.0.0.1", 0});
  WALLABY_CHECK(door.has_value(), "{}", door.error().message);
  address_ = door->address;
  options.address = to_string(address_);

  WALLABY_CHECK(files_.make_directory("").has_value());
  Random random(1);
  node::OpenOptions open{.role = role, .name = options.name, .log = options.log};
  auto opened = node::open_data_directory(files_, open, random, [](std::string_view, uint64_t, uint64_t) {});
  WALLABY_CHECK(opened.has_value(), "{}", opened.error().message);
  node_ = std::make_unique<node::Node>(steady_now(), wall_now(), options, std::move(*opened), random);
  core_ = core_of(*node_, nullptr);
  auto ready = [this](const std::string& text) {
    std::lock_guard lock(mutex_);
    ready_ = text;
    changed_.notify_all();
  };
  auto log = [](node::LogLevel, const std::string&) {};
  server_ = std::make_unique<NodeServer>(*core_, files_, Doors{std::move(*door), {}, tls, tls_client},
                                         Announcements{ready, log});
  thread_ = std::thread([this] { end_ = server_->run(); });
}

RealNode::~RealNode() {
  if (thread_.joinable()) stop();
}

Client RealNode::client() const {
  auto client = Client::connect(address_, std::chrono::seconds(10));
  WALLABY_CHECK(client.has_value(), "{}", client.error().message);
  return std::move(*client);
}

std::string RealNode::wait_until_ready() {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [this] { return !ready_.empty(); }));
  return ready_;
}

node::Stopped RealNode::stop() {
  server_->request_stop();
  thread_.join();
  return *end_;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = ::testing::TempDir() + "wallaby-XXXXXX";
  WALLABY_CHECK(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

node::Write put(const std::string& table, const std::string& key, const std::string& value) {
  return node::Write{.changes = {{engine::ChangeKind::kPut, table, key, value}}, .ack = {}};
}

}  // namespace wallaby::server
