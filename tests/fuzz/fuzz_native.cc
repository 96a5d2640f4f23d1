// The native door before anybody is let in, and our own side of it: whatever a stranger says to a node, every answer is a whole message,
// the node's invariants hold and a client on its own machine is served; and whatever a node says to somebody who knocks, no more is sent
// than a login.
#include <array>
#include <string>
#include <string_view>

#include "base/check.h"
#include "engine/transaction.h"
#include "node/client_messages.h"
#include "node/doorkeeper.h"
#include "node/knock.h"
#include "proto/framing.h"
#include "tests/fuzz/target.h"
#include "tests/node/test_cluster.h"

namespace {

using namespace wallaby;

void same_bytes(std::span<uint8_t> bytes) {
  for (uint8_t& byte : bytes) byte = 7;
}

/// The role alice, whose password is "x".
Result<void> make_alice(engine::Transaction& transaction) {
  const std::array<uint8_t, node::kScramSaltBytes> salt{1};
  std::string verifier = node::scram_verifier("x", salt, 1);
  // proto/catalog.proto: 2 may log in, 4 keys of more than 127 bytes
  std::string row = "\x10\x01\x22" + std::string(1, static_cast<char>(verifier.size())) + '\x01' + verifier;
  if (auto made = transaction.create_table("sql.catalog"); !made) return made;
  return transaction.put("sql.catalog", "role/alice", row);
}

void talk_to_a_node(std::string_view bytes, size_t piece) {
  testing::TestCluster cluster;
  cluster.network = "10.0.0.1";
  cluster.defaults.tls = true;
  cluster.defaults.entropy = same_bytes;
  cluster.defaults.opening = make_alice;
  cluster.start_primary("p1");
  cluster.settle();
  auto stranger = cluster.visit("p1", "10.0.0.9:50000");
  for (size_t at = 0; at < bytes.size() && !cluster.is_closed("p1", stranger); at += piece) {
    cluster.say("p1", stranger, std::string(bytes.substr(at, piece)));
    cluster.settle();
  }
  proto::MessageReader reader(proto::kMaxMessage);
  reader.feed(cluster.hear("p1", stranger));
  proto::MessageView view;
  for (auto more = reader.next(view); more && *more; more = reader.next(view)) {
  }
  WALLABY_CHECK(reader.buffered() == 0, "an answer is not whole: {} bytes", reader.buffered());
  cluster.node("p1").check_invariants();
  WALLABY_CHECK(cluster.get("p1", "k") != "(no answer)", "another client is not served");
}

void knock_at(std::string_view bytes) {
  std::string said;
  node::Knock knock({.tls = true, .login = node::Credentials{"alice", "x"}}, same_bytes);
  auto next = knock.begin(said);
  proto::MessageReader reader(node::Doorkeeper::kMaxMessageBefore);
  reader.feed(bytes);
  proto::MessageView view;
  // A node behind TLS: what comes behind its word that TLS begins is not in clear.
  while (next != node::Knock::Next::kIn) {
    auto whole = reader.next(view);
    if (!whole || !*whole) break;
    auto heard = knock.heard(view, 0, said);
    if (!heard) break;
    next = *heard == node::Knock::Next::kStartTls ? knock.secured(said) : *heard;
  }
  WALLABY_CHECK(said.size() < node::Doorkeeper::kMaxMessageBefore * 2, "{} bytes for a login", said.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  talk_to_a_node(bytes, 64 << 10);
  talk_to_a_node(bytes, proto::kMessageHeaderSize);  // so that nothing comes behind a request for TLS
  knock_at(bytes);
  return 0;
}
