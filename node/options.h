// node/options.h
//
// What an operator may set for one node. The programs fill it from flags and --config; the simulator from its
// seed. Every limit has a default that suits a laptop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/identity.h"
#include "base/random.h"
#include "base/time.h"
#include "node/admission.h"
#include "node/knock.h"
#include "replication/ack_mode.h"
#include "replication/receiver.h"
#include "replication/sender.h"
#include "wal/log.h"

namespace wallaby::engine {
class Transaction;
class View;
struct ChangeView;
}  // namespace wallaby::engine

namespace wallaby::node {

/// A changed row in the words of the layer that gave it its meaning: "(7, 'Alice')" for a row of an SQL table that `view` knows. nullopt:
/// it is none; show the bytes.
using DescribeRow =
    std::function<std::optional<std::string>(const engine::View& view, const engine::ChangeView& change)>;

struct NodeOptions {
  NodeName name;
  std::string address;                    ///< the native door as others reach it
  std::string sql_address;                ///< the PostgreSQL door; "" when it is shut
  AdmissionRules admission;               ///< who may come in at the native door
  bool tls = false;                       ///< the driver has a certificate: who asks for TLS gets it
  Entropy entropy;                        ///< for logins, our own and those of others; nobody logs in without
  Address primary;                        ///< replica: whom to follow
  Access access;                          ///< replica: how to come in there
  std::optional<replication::Rung> rung;  ///< primary: --ack; a policy record is written if the log differs
  std::optional<std::string> sync_replicas;          ///< primary: --sync-replicas, valid text or "DEFAULT"
  std::optional<replication::OnMissing> on_missing;  ///< primary: --on-missing

  uint64_t max_slot_keep = 1ull << 30;
  uint64_t max_log = 8ull << 30;       ///< replica: own log beyond this (paused replay) stops receiving
  Duration apply_delay{};              ///< replica: applies what it has flushed so long ago; zero: at once
  uint64_t memory_limit = 4ull << 30;  ///< store bytes; writes are refused beyond
  uint64_t checkpoint_log =
      64ull << 20;  ///< checkpoint when the log since the last exceeds max(this, its size)
  Duration stop_wait = std::chrono::seconds(5);  ///< a clean stop waits for replicas at most this long
  Duration first_message_timeout = std::chrono::seconds(10);
  uint64_t max_connections = 2000;
  /// Primary: run once when it begins, before it is ready; the first role is made so. Empty: nothing.
  std::function<Result<void>(engine::Transaction& transaction)> opening;
  DescribeRow describe_row;  ///< for what `step` prints; empty: bytes

  wal::LogOptions log;
  replication::SenderOptions sender;
  replication::ReceiverOptions receiver;
};

}  // namespace wallaby::node
