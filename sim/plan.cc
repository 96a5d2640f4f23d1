#include "sim/plan.h"

#include <initializer_list>

#include <fmt/core.h>

#include "base/check.h"

namespace wallaby::sim {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::kKillPrimary: return "kill of the primary";
    case Fault::kKillReplica: return "kill of a replica";
    case Fault::kPowerCutPrimary: return "power cut of the primary";
    case Fault::kPowerCutReplica: return "power cut of a replica";
    case Fault::kPowerCutAll: return "power cut of all";
    case Fault::kPowerCutMidway: return "power cut between two disk operations";
    case Fault::kPowerCutInRecovery: return "power cut during recovery";
    case Fault::kPowerCutInCopy: return "power cut during a base copy";
    case Fault::kAbsence: return "long absence of a replica";
    case Fault::kFailedSync: return "failed flush";
    case Fault::kStalledSync: return "stalled flush";
    case Fault::kDiskFull: return "full disk";
    case Fault::kBitFlip: return "flipped bit at rest";
    case Fault::kFreeze: return "frozen process";
    case Fault::kOneWayStall: return "one-way stall";
    case Fault::kPartition: return "partition";
    case Fault::kReset: return "connection reset";
    case Fault::kSlowLink: return "slow link";
    case Fault::kClockSkew: return "skewed clocks";
    case Fault::kStageHeld: return "stage held";
    case Fault::kApplyDelay: return "replica that applies late on purpose";
    case Fault::kCancel: return "waiting request cancelled";
    case Fault::kSwitchThrown: return "switch thrown";
    case Fault::kPause: return "paused replay";
    case Fault::kDropReplica: return "replica dropped";
    case Fault::kCleanStop: return "clean stop";
    case Fault::kWipe: return "directory wiped";
    case Fault::kCheckpoint: return "checkpoint asked for";
  }
  WALLABY_CHECK(false, "fault {}", static_cast<int>(fault));
}

namespace {

template <typename T>
T one_of(Random& random, std::initializer_list<T> choices) {
  return choices.begin()[random.below(choices.size())];
}

void draw_limits(Plan& plan, Random& random) {
  node::NodeOptions& node = plan.node;
  node.log.segment_file_size = one_of<uint64_t>(random, {4 << 10, 4 << 10, 16 << 10, 64 << 10});
  node.log.memory_size = one_of<uint64_t>(random, {2 << 10, 16 << 10, 1 << 20});
  node.log.max_write = one_of<uint64_t>(random, {1 << 10, 8 << 10, 1 << 20});
  node.checkpoint_log = one_of<uint64_t>(random, {6 << 10, 24 << 10, 24 << 10, 64 << 20});
  node.max_slot_keep = one_of<uint64_t>(random, {8 << 10, 32 << 10, 1 << 30});
  if (random.chance(30)) {
    // A forgetful cluster: base copies are common.
    node.checkpoint_log = 6 << 10;
    node.max_slot_keep = 8 << 10;
  }
  if (random.chance(25)) node.max_log = 4 * node.checkpoint_log + 8 * node.log.segment_file_size;
  node.sender.window = one_of<uint64_t>(random, {2 << 10, 32 << 10, 1 << 20});
  node.sender.max_message = one_of<uint64_t>(random, {512, 8 << 10, 256 << 10});
  if (random.chance(60)) {
    // A hasty cluster: lives are short, so let silence be noticed within them.
    node.sender.keepalive = milliseconds(random.between(100, 400));
    node.sender.timeout = 4 * node.sender.keepalive;
    node.receiver.report_interval = milliseconds(random.between(100, 400));
    node.sender.timeout = std::max(node.sender.timeout, 4 * node.receiver.report_interval);
    node.receiver.timeout = node.sender.timeout;
    node.receiver.connect_timeout = node.sender.timeout;
    node.stop_wait = seconds(1);
  }
}

void draw_surroundings(Plan& plan, Random& random) {
  plan.net.pipe = one_of<uint64_t>(random, {1 << 10, 16 << 10, 64 << 10});
  plan.net.max_chunk = one_of<uint64_t>(random, {1 << 10, 64 << 10});
  if (random.chance(10)) plan.net.max_chunk = 37;
  plan.net.path.delay_min = microseconds(random.between(10, 200));
  plan.net.path.delay_max =
      plan.net.path.delay_min + microseconds(one_of<uint64_t>(random, {100, 2'000, 20'000}));
  plan.disk.sync_max = one_of<Duration>(random, {milliseconds(1), milliseconds(8), milliseconds(40)});
  plan.turn_events = one_of<uint64_t>(random, {1, 4, 32});
}

}  // namespace

replication::OnMissing draw_on_missing(Random& random) {
  using Rule = replication::OnMissing::Rule;
  Rule rule = one_of<Rule>(random, {Rule::kBlock, Rule::kReject, Rule::kDegrade});
  if (rule != Rule::kDegrade) return {rule, {}};
  return {rule, milliseconds(random.between(300, 1'500))};
}

Plan draw_plan(Random random) {
  Plan plan;
  plan.replicas = random.between(2, 3);
  plan.cascade = random.chance(35);
  for (int fault = 0; fault < kFaults; ++fault)
    if (random.chance(40)) plan.faults.insert(static_cast<Fault>(fault));
  // Of these there are many kinds.
  for (Fault fault : {Fault::kStageHeld, Fault::kSwitchThrown})
    if (random.chance(40)) plan.faults.insert(fault);
  plan.fault_gap = milliseconds(random.between(150, 900));
  plan.length = milliseconds(random.between(3'000, 9'000));
  plan.wait_for_start = random.chance(70);
  plan.writers = random.between(2, 3);
  plan.readers = random.between(1, 2);
  plan.depth = random.between(1, 12);
  plan.pause = milliseconds(random.between(30, 120));
  plan.largest_value = one_of<uint64_t>(random, {40, 800, 6'000});
  plan.own_rungs = random.chance(50);
  plan.sql = random.chance(35);
  plan.tellers = random.between(2, 4);
  plan.sql_readers = random.between(1, 2);
  plan.think = milliseconds(random.below(8));
  plan.hangs_up = random.chance(50);
  using replication::Rung;
  plan.node.rung =
      one_of<Rung>(random, {Rung::kOff, Rung::kAsync, Rung::kSemiSync, Rung::kDurable, Rung::kSync});
  if (random.chance(40)) plan.node.on_missing = draw_on_missing(random);
  draw_limits(plan, random);
  draw_surroundings(plan, random);
  return plan;
}

std::string describe(const Plan& plan) {
  std::string faults;
  for (Fault fault : plan.faults) faults += (faults.empty() ? "" : ", ") + std::string(to_string(fault));
  return fmt::format(
      "{} replicas{}{}, starts with --ack {}, --on-missing {}, segments of {}, checkpoint every {}, "
      "slots keep {}, window {}; faults: {}",
      plan.replicas, plan.cascade ? " (the last one fed by r1)" : "",
      plan.sql ? fmt::format(", {} SQL clients", plan.tellers + plan.sql_readers) : "",
      replication::to_string(*plan.node.rung),
      to_string(plan.node.on_missing.value_or(replication::OnMissing{})), plan.node.log.segment_file_size,
      plan.node.checkpoint_log, plan.node.max_slot_keep, plan.node.sender.window,
      faults.empty() ? "none" : faults);
}

}  // namespace wallaby::sim
