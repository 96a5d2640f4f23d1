// sim/crash_life.h
//
// One life for the crash table (section 6 of the design): a primary and two replicas with limits drawn from a seed, one rung of
// the ack switch, and a death of the primary.
//
//     start, write a little  ->  holds at some stage (or none)  ->  write more  ->  the primary dies at some moment
//         ->  a replica takes over: the furthest one lifts its holds, flushes and applies all that it received
//         or  the same primary restarts, first without its replicas, then with them
//
// Then every commit is asked: how far had it come, was its client told OK, is it there?
// How far it had come is read from the machines themselves: what the primary had flushed when it died, and what stands in
// the replicas' files, on their disks and in their tables when all that was on the way has arrived.
//
// A death is a kill or a power cut; then the furthest replica may lose its power, too. The referee watches all of it.
// Left out: promotion (it does not exist yet). A replica that has flushed and applied all it received is what would be promoted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replication/ack_mode.h"
#include "sim/trace.h"

namespace wallaby::sim {

/// How far a commit had come when the primary died: the table's rows.
enum class Reached : uint8_t {
  kAppended,        ///< in the primary's memory
  kFlushed,         ///< on the primary's disk only
  kReceived,        ///< in the files of one replica
  kReplicaFlushed,  ///< on the disk of one replica
  kApplied,         ///< in the tables of all members
};
inline constexpr int kReachedCount = 5;

struct CommitFate {
  Reached reached{};
  bool told = false;   ///< its client had its OK
  bool there = false;  ///< in the end
  bool unread =
      false;  ///< after a restart it was there, and no reader got it before it was acknowledged again
};

struct CrashLife {
  replication::Rung rung{};
  bool restarted = false;      ///< the same primary; else a replica takes over
  bool replica_power = false;  ///< the furthest replica lost its power, too
  std::vector<CommitFate> commits;
  std::string broken;  ///< a promise, by the referee or by this life itself; empty: none
};

/// The same seed is always the same life.
CrashLife live_and_crash(uint64_t seed, Trace::Mode mode);

}  // namespace wallaby::sim
