// tests/server/real_node.h
//
// A real node on a real directory behind a real socket, in this process: what a server program runs, on a thread.
//
//     RealNode primary(Role::kPrimary, directory);
//     Client client = primary.client();
//
// The directory stays when the node ends, so that a test can start another on it. Wrong starts fail the test.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/posix_file_system.h"
#include "node/node.h"
#include "server/client.h"
#include "server/node_server.h"

namespace wallaby::server {

class RealNode {
 public:
  using Change = std::function<void(node::NodeOptions&)>;
  /// With `tls` and `tls_client` (not owned) it has a certificate, and trusts somebody's.
  RealNode(node::Role role, const std::string& directory, const Change& change = {},
           const TlsContext* tls = nullptr, const TlsContext* tls_client = nullptr);
  ~RealNode();

  const Address& address() const { return address_; }
  Client client() const;
  /// The ready line's text; waits for it.
  std::string wait_until_ready();
  node::Stopped stop();
  void request_stop() { server_->request_stop(); }

 private:
  PosixFileSystem files_;
  Address address_;
  std::unique_ptr<node::Node> node_;
  std::unique_ptr<node::Core> core_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string ready_;
  std::optional<node::Stopped> end_;
  std::unique_ptr<NodeServer> server_;
  std::thread thread_;
};

/// A new empty directory, removed with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// One put as a transaction of its own.
node::Write put(const std::string& table, const std::string& key, const std::string& value);

}  // namespace wallaby::server
