// sim/chaos.h
//
// Bad luck, drawn from a seed: now and then one of the plan's faults strikes somewhere. And somebody who tends the
// machines: what is down is started again after a while, as a supervisor and a person with a spare fuse would do.
//
// stop() ends all faults at once: from then on the network is fast, the disks are sound and empty enough, and machines
// are only started, so that the cluster can show that it finds back by itself.
//
// Threads: none. Each fault that strikes is counted in the tally.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "sim/cluster.h"
#include "sim/plan.h"

namespace wallaby::sim {

/// What operators do is counted by name, too: a run must have seen each.
std::vector<std::string> operator_faults();

class Chaos {
 public:
  Chaos(Cluster& cluster, const Plan& plan, Random random)
      : cluster_(cluster), plan_(plan), random_(random) {}

  /// Faults from now on.
  void start();
  void stop();
  /// Starts what is down, if its time has come. Called often, also after stop().
  void tend();
  /// After stop(): what only an operator can mend (a dropped replica, a wiped one, a pause).
  void mend();

 private:
  void next_fault();
  void strike(Fault fault);
  void count(Fault fault);
  // machines
  void cut_power(Host& host, bool count_it);
  void restart_later(Host& host, bool perhaps_long);
  void cut_copy(Host& host);
  void flip_bits();
  void fill_disk(Host& host);
  void wipe(Host& host);
  // links
  void stall(bool both_ways);
  void slow_down();
  // operators
  void throw_switch();
  void pause_someone();
  void hold_a_stage();
  replication::StageName random_stage(const Host& host);
  std::string random_sync_replicas();

  Host& primary() { return cluster_.at("p1"); }
  Host& random_replica();
  Host& random_host();
  std::pair<Place, Place> random_pair();
  Duration about(Duration time) {
    return Duration(random_.between(1, 2 * static_cast<uint64_t>(time.count())));
  }

  Cluster& cluster_;
  const Plan& plan_;
  Random random_;
  bool stopped_ = false;
  std::map<Place, SimTime> start_at_;  ///< machines that are down
  SimTime mended_at_{};
};

}  // namespace wallaby::sim
