// node/knock.h
//
// The first words at another node's native door, before a hello or a request: TLS, if wanted, then a login, if there is one to make. A
// replica says them to its feeder, and the command `wallaby` to a node. What the node makes of them: doorkeeper.h.
//
//     us                                     node
//     start tls                       ->
//                                     <-     start tls          from here on both speak TLS
//     login alice, "n,,n=,r=..."      ->                        SCRAM-SHA-256 (scram.h)
//                                     <-     login "r=...,s=...,i=4096"
//     login "c=biws,r=...,p=..."      ->
//                                     <-     login "v=..."      the node has proved itself as well: we are in
//
// At any point the node may send a reply with number 0 and `failed` instead: why it lets nobody in.
//
// Whoever wants TLS never goes on without it: a node that has none, or anybody between us who says so, ends the conversation before a
// name was told. Bytes that came behind the node's `start tls` are from nobody knows whom, and end it, too (CVE-2021-23222).
//
//     Knock knock(access, entropy);
//     switch (knock.begin(out)) ...                  send `out`; kListen: wait for a message
//     switch (*knock.heard(view, behind, out)) ...   kStartTls: begin with TLS, then knock.secured(out)
//
// Threads, I/O, time: none; the caller sets a deadline. It holds a password: it goes when we are in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "node/scram.h"
#include "proto/framing.h"

namespace wallaby::node {

struct Credentials {
  std::string role, password;
};

/// How to come in at a node's door.
struct Access {
  bool tls = false;
  std::optional<Credentials> login;
  /// There is nothing to say first.
  bool plain() const { return !tls && !login; }
};

class Knock {
 public:
  enum class Next : uint8_t { kListen, kStartTls, kIn };

  /// Chance is for the login's nonce.
  Knock(const Access& access, const Entropy& entropy);

  /// Each appends what is to be said to `out`.
  Next begin(std::string& out);
  /// `behind`: bytes that have come after this message. After an error the conversation is over: kRefused and other codes are the
  /// node's own word, kProtocol is ours.
  Result<Next> heard(const proto::MessageView& view, size_t behind, std::string& out);
  /// TLS has begun.
  Next secured(std::string& out);

 private:
  enum class Await : uint8_t { kTls, kFirst, kFinal, kNothing };

  bool tls_;
  std::string role_;
  std::optional<ScramClient> scram_;
  Await await_ = Await::kNothing;
};

}  // namespace wallaby::node
