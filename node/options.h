// node/options.h
//
// What an operator may set for one node. The programs fill it from flags and --config; the simulator from its
// seed. Every limit has a default that suits a laptop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/identity.h"
#include "base/time.h"
#include "replication/ack_mode.h"
#include "replication/receiver.h"
#include "replication/sender.h"
#include "wal/log.h"

namespace wallaby::node {

struct NodeOptions {
  NodeName name;
  std::string address;                    ///< the native door as others reach it
  std::string sql_address;                ///< the PostgreSQL door; "" when it is shut
  Address primary;                        ///< replica: whom to follow
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

  wal::LogOptions log;
  replication::SenderOptions sender;
  replication::ReceiverOptions receiver;
};

}  // namespace wallaby::node
