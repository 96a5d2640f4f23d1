// tests/server/certificate.h
//
// A certificate of a test's own, in a directory of its own, and a TLS client that speaks through memory or a socket.
#pragma once

#include <string>

#include "tests/server/real_node.h"

struct ssl_ctx_st;
struct ssl_st;

namespace wallaby::server {

/// For localhost and 127.0.0.1, signed by itself.
class TestCertificate {
 public:
  TestCertificate();
  std::string certificate() const { return directory_ / "server.crt"; }
  std::string key() const { return directory_ / "server.key"; }

 private:
  TemporaryDirectory directory_;
};

/// Trusts everybody. Its bytes travel in the caller's hands.
class TestTlsClient {
 public:
  TestTlsClient();
  ~TestTlsClient();
  TestTlsClient(const TestTlsClient&) = delete;
  TestTlsClient& operator=(const TestTlsClient&) = delete;

  /// Takes what the server sent and goes on; appends what the server said to `heard`.
  void receive(std::string_view wire);
  void say(std::string_view plain);
  std::string take_wire();
  bool ready() const;
  /// The server has said that nothing more comes.
  bool goodbye() const;

  std::string heard;

 private:
  void go_on();

  ssl_ctx_st* context_;
  ssl_st* stream_;
};

}  // namespace wallaby::server
