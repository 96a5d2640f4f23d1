// sim/plan.h
//
// What kind of life a seed draws: how many nodes, which limits, which faults may happen and how often. Drawn first and
// as a whole ("swarm"): a life with everything switched on at once hides as much as one with nothing, so each life has
// some kinds of faults and not others, and tiny limits are common, so that rare paths are walked every minute.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "node/options.h"
#include "sim/lanes.h"
#include "sim/sim_net.h"

namespace wallaby::sim {

enum class Fault : uint8_t {
  kKillPrimary,
  kKillReplica,
  kPowerCutPrimary,
  kPowerCutReplica,
  kPowerCutAll,
  kPowerCutMidway,  ///< after some number of disk operations
  kPowerCutInRecovery,
  kPowerCutInCopy,  ///< of a replica that takes a base copy
  kAbsence,         ///< a replica is away for longer than most slots keep
  kFailedSync,
  kStalledSync,
  kDiskFull,
  kBitFlip,
  kFreeze,
  kOneWayStall,
  kPartition,
  kReset,
  kSlowLink,
  kClockSkew,
  // What operators and clients do, at bad moments or from the start.
  kStageHeld,
  kApplyDelay,
  kCancel,
  kSwitchThrown,
  kPause,
  kDropReplica,
  kCleanStop,
  kWipe,
  kCheckpoint,
};
inline constexpr int kFaults = static_cast<int>(Fault::kCheckpoint) + 1;
std::string_view to_string(Fault fault);

struct Plan {
  uint64_t replicas = 2;
  bool cascade = false;  ///< the last replica is fed by the first
  std::set<Fault> faults;
  Duration fault_gap{};        ///< between faults, about
  Duration length{};           ///< of the time with faults
  bool wait_for_start = true;  ///< load begins when all are ready
  uint64_t writers = 2, readers = 1, depth = 4;
  Duration pause{};  ///< of workers
  uint64_t largest_value = 40;
  bool own_rungs = false;
  bool sql = false;  ///< nodes have PostgreSQL doors, and a bank works there
  uint64_t tellers = 2, sql_readers = 1;
  Duration think{};  ///< of tellers, between statements of a transaction
  bool hangs_up = false;
  node::NodeOptions node;  ///< name, address and primary are filled in for each
  NetOptions net;
  DiskTimes disk;
  uint64_t turn_events = 8;
};

Plan draw_plan(Random random);
replication::OnMissing draw_on_missing(Random& random);
/// One line for a failure's report.
std::string describe(const Plan& plan);

}  // namespace wallaby::sim
