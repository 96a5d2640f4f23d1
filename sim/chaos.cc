#include "sim/chaos.h"

#include <fmt/core.h>

#include "sim/bit_rot.h"

namespace wallaby::sim {

using std::chrono::milliseconds;
using std::chrono::seconds;

void Chaos::start() {
  if (plan_.faults.empty()) return;
  cluster_.scheduler().after(about(plan_.fault_gap), [this] { next_fault(); });
}

void Chaos::next_fault() {
  if (stopped_) return;
  auto fault = plan_.faults.begin();
  std::advance(fault, static_cast<long>(random_.below(plan_.faults.size())));
  strike(*fault);
  start();
}

void Chaos::count(Fault fault) {
  cluster_.tally().add("fault", std::string(to_string(fault)));
  if (cluster_.trace().wants_text())
    cluster_.trace().text(cluster_.now(), "***", std::string(to_string(fault)));
}

Host& Chaos::random_replica() {
  return cluster_.at("r" + std::to_string(random_.between(1, plan_.replicas)));
}

Host& Chaos::random_host() {
  return random_.chance(40) ? primary() : random_replica();
}

std::pair<Place, Place> Chaos::random_pair() {
  auto pairs = cluster_.net().connected_pairs();
  if (pairs.empty()) return {"p1", random_replica().place()};
  auto pair = pairs.begin();
  std::advance(pair, static_cast<long>(random_.below(pairs.size())));
  return random_.chance(50) ? *pair : std::pair(pair->second, pair->first);
}

void Chaos::cut_power(Host& host, bool count_it) {
  if (!host.up() && !host.powered()) return;
  if (count_it)
    count(host.role() == node::Role::kPrimary ? Fault::kPowerCutPrimary : Fault::kPowerCutReplica);
  host.power_cut();
  restart_later(host, true);
}

void Chaos::restart_later(Host& host, bool perhaps_long) {
  bool absent = perhaps_long && host.role() == node::Role::kReplica && random_.chance(25);
  start_at_[host.place()] = cluster_.now() + (absent ? about(seconds(3)) : about(milliseconds(250)));
}

void Chaos::strike(Fault fault) {
  Host& replica = random_replica();
  Host& host = random_host();
  switch (fault) {
    case Fault::kKillPrimary:
      if (!primary().up()) return;
      count(fault);
      return primary().kill();
    case Fault::kKillReplica:
      if (!replica.up()) return;
      count(fault);
      replica.kill();
      return restart_later(replica, true);
    case Fault::kPowerCutPrimary: return cut_power(primary(), true);
    case Fault::kPowerCutReplica: return cut_power(replica, true);
    case Fault::kPowerCutAll:
      count(fault);
      for (auto& [place, each] : cluster_.hosts()) cut_power(*each, false);
      return;
    case Fault::kPowerCutMidway:
      if (!host.up()) return;
      count(fault);
      return host.disk().cut_after(random_.below(40));
    case Fault::kPowerCutInRecovery:  // struck in tend(), when the machine starts
      if (!host.up()) return;
      host.kill();
      return;
    case Fault::kPowerCutInCopy: return;  // struck in tend(), when a copy is seen
    case Fault::kAbsence:
      if (!replica.up()) return;
      count(fault);
      replica.kill();
      start_at_[replica.place()] = cluster_.now() + about(seconds(3));
      return;
    case Fault::kFailedSync:
      if (!host.up()) return;
      count(fault);
      return host.disk().fail_syncs(1);
    case Fault::kStalledSync:
      if (!host.up()) return;
      count(fault);
      return host.lanes().stall_syncs_until(cluster_.now() + about(milliseconds(700)));
    case Fault::kDiskFull: return fill_disk(host);
    case Fault::kBitFlip: return flip_bits();
    case Fault::kFreeze:
      if (!host.up()) return;
      count(fault);
      return host.freeze(about(milliseconds(800)));
    case Fault::kOneWayStall: return stall(false);
    case Fault::kPartition: return stall(true);
    case Fault::kReset: {
      auto [a, b] = random_pair();
      if (cluster_.net().reset_between(a, b) > 0) count(fault);
      return;
    }
    case Fault::kSlowLink: return slow_down();
    case Fault::kClockSkew:
    case Fault::kApplyDelay: return;  // the hosts were made with it
    case Fault::kCancel: return;      // workers do it
    case Fault::kStageHeld: return hold_a_stage();
    case Fault::kSwitchThrown: return throw_switch();
    case Fault::kPause: return pause_someone();
    case Fault::kDropReplica:
      if (!primary().up()) return;
      count(fault);
      return cluster_.tell("p1", node::DropReplica{replica.place()});
    case Fault::kCleanStop:
      if (!host.up()) return;
      count(fault);
      return host.request_stop();
    case Fault::kWipe: return wipe(replica);
    case Fault::kCheckpoint:
      if (!host.up()) return;
      count(fault);
      return cluster_.tell(host.place(), node::TakeCheckpoint{});
  }
}

void Chaos::fill_disk(Host& host) {
  if (!host.up()) return;
  count(Fault::kDiskFull);
  host.disk().set_capacity(host.disk().used() + random_.below(2 * host.options().node.log.segment_file_size));
  cluster_.scheduler().after(about(seconds(1)), [&host] { host.disk().set_capacity(UINT64_MAX); });
}

void Chaos::flip_bits() {
  Host& host = random_host();
  for (int i = 0; i < 3; ++i)
    if (flip_a_bit_beside(host, cluster_.referee().canon(), random_)) count(Fault::kBitFlip);
}

void Chaos::wipe(Host& replica) {
  count(Fault::kWipe);
  replica.power_cut();
  replica.wipe();
  cluster_.referee().wiped(replica.place());
  restart_later(replica, false);
  // Its name still belongs to the directory that is gone. The operator knows.
  Place name = replica.place();
  cluster_.scheduler().after(about(seconds(1)), [this, name] {
    if (!stopped_) cluster_.tell("p1", node::DropReplica{name});
  });
}

void Chaos::stall(bool both_ways) {
  auto [from, to] = random_pair();
  count(both_ways ? Fault::kPartition : Fault::kOneWayStall);
  SimNet& net = cluster_.net();
  net.block(from, to);
  if (both_ways) net.block(to, from);
  cluster_.scheduler().after(about(milliseconds(1'200)), [&net, from, to] {
    net.unblock(from, to);
    net.unblock(to, from);
  });
}

void Chaos::slow_down() {
  auto [from, to] = random_pair();
  count(Fault::kSlowLink);
  SimNet& net = cluster_.net();
  Path before = net.path(from, to);
  Path& path = net.path(from, to);
  path.delay_max += milliseconds(random_.between(5, 200));
  if (random_.chance(50)) path.bytes_per_second = random_.between(2'000, 50'000);
  cluster_.scheduler().after(about(seconds(1)), [&net, before, from, to] {
    Path& path = net.path(from, to);
    path.delay_max = before.delay_max;
    path.bytes_per_second = before.bytes_per_second;
  });
}

void Chaos::cut_copy(Host& host) {
  const auto& upstream = host.status().upstream;
  if (!upstream || upstream->state != "copying" || !random_.chance(30)) return;
  count(Fault::kPowerCutInCopy);
  host.disk().cut_after(random_.below(30));
}

void Chaos::tend() {
  for (auto& [place, host] : cluster_.hosts()) {
    if (host->up()) {
      start_at_.erase(place);
      if (!stopped_ && plan_.faults.contains(Fault::kPowerCutInCopy)) cut_copy(*host);
      continue;
    }
    auto planned = start_at_.find(place);
    if (planned == start_at_.end()) {
      restart_later(*host, false);
      continue;
    }
    if (cluster_.now() < planned->second) continue;
    start_at_.erase(planned);
    if (!stopped_ && plan_.faults.contains(Fault::kPowerCutInRecovery) && random_.chance(40))
      host->disk().cut_after(random_.below(60));
    bool was_up = host->start();
    if (!was_up && !host->powered()) count(Fault::kPowerCutInRecovery);
    if (was_up) host->disk().cancel_cut();
  }
}

void Chaos::stop() {
  stopped_ = true;
  cluster_.net().unblock_all();
  for (auto& [place, host] : cluster_.hosts()) {
    host->disk().set_capacity(UINT64_MAX);
    host->disk().cancel_cut();
    host->disk().fail_syncs(0);
    if (!host->up()) start_at_[place] = cluster_.now();
  }
}

void Chaos::mend() {
  if (cluster_.now() < mended_at_) return;
  mended_at_ = cluster_.now() + seconds(1);
  for (auto& [place, host] : cluster_.hosts()) {
    if (!host->up()) continue;
    const node::NodeStatus& status = host->status();
    if (!status.holds.empty()) cluster_.tell(place, node::ReleaseStage{});
    // Sync over a replica that applies later than the rule waits degrades again and again: somebody has to choose.
    bool degrades = status.upstream == std::nullopt && status.on_missing.starts_with("degrade");
    if (degrades && plan_.faults.contains(Fault::kApplyDelay)) {
      node::SetPolicy block;
      block.on_missing = "block";
      cluster_.tell(place, block);
    }
    if (!status.upstream) continue;
    if (status.upstream->state == "refused") cluster_.tell("p1", node::DropReplica{place});
    if (status.upstream->state != "dropped") continue;
    host->kill();
    restart_later(*host, false);
  }
}

}  // namespace wallaby::sim
