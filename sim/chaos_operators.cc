// What operators do at bad moments: throw the switch, hold stages and step them, pause replay.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/chaos.h"

namespace wallaby::sim {

using replication::Stage;
using replication::StageName;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr const char* kSwitchedOff = "switch thrown to off";
constexpr const char* kFirstSet = "switch thrown with FIRST";
constexpr const char* kReject = "switch thrown with on-missing reject";
constexpr const char* kDegrade = "switch thrown with on-missing degrade";
constexpr const char* kStepped = "held stage stepped";

std::string held_text(node::Role role, Stage stage) {
  return fmt::format("held on a {}: {}", node::to_string(role), replication::to_string(stage));
}

}  // namespace

/// Of members alone: a set that names others is never met, and the cluster could not become well.
std::string Chaos::random_sync_replicas() {
  uint64_t members = plan_.replicas - (plan_.cascade ? 1 : 0);
  std::vector<std::string> names;
  for (uint64_t i = 1; i <= members; ++i) names.push_back(fmt::format("r{}", i));
  if (random_.chance(50)) std::swap(names.front(), names.back());
  switch (random_.below(8)) {
    case 0: return "ALL";
    case 1: return "ANY 1 (*)";
    case 2: return fmt::format("ANY {} (*)", members);
    case 3: return "ANY 1 (r1)";
    case 4: return fmt::format("FIRST 1 ({})", fmt::join(names, ", "));
    case 5: return fmt::format("FIRST {} ({})", members, fmt::join(names, ", "));
    case 6: return fmt::format("FIRST {} (*)", random_.between(1, members));
    default: return "DEFAULT";
  }
}

void Chaos::throw_switch() {
  if (!primary().up()) return;
  count(Fault::kSwitchThrown);
  node::SetPolicy policy;
  policy.rung = replication::kRungs[random_.below(replication::kRungs.size())];
  if (random_.chance(60)) policy.sync_replicas = random_sync_replicas();
  if (random_.chance(60)) policy.on_missing = to_string(draw_on_missing(random_));
  auto note = [&](bool so, const char* what) {
    if (so) cluster_.tally().add("fault", what);
  };
  note(policy.rung == replication::Rung::kOff, kSwitchedOff);
  note(policy.sync_replicas && policy.sync_replicas->starts_with("FIRST"), kFirstSet);
  note(policy.on_missing == "reject", kReject);
  note(policy.on_missing && policy.on_missing->starts_with("degrade"), kDegrade);
  cluster_.tell("p1", policy);
}

StageName Chaos::random_stage(const Host& host) {
  static constexpr Stage kPrimarys[] = {Stage::kAppended, Stage::kFlushed, Stage::kSent,
                                        Stage::kAcknowledged};
  static constexpr Stage kReplicas[] = {Stage::kReceived, Stage::kFlushed, Stage::kApplied, Stage::kSent};
  bool primary = host.role() == node::Role::kPrimary;
  StageName name{(primary ? kPrimarys : kReplicas)[random_.below(4)], {}};
  if (name.stage == Stage::kSent && random_.chance(50)) name.replica = random_replica().place();
  return name;
}

void Chaos::hold_a_stage() {
  Host& host = random_host();
  if (!host.up()) return;
  count(Fault::kStageHeld);
  Place place = host.place();
  StageName name = random_stage(host);
  cluster_.tally().add("fault", held_text(host.role(), name.stage));
  cluster_.tell(place, node::HoldStage{name});
  if (random_.chance(50)) {
    uint64_t records = random_.between(1, 4);
    cluster_.scheduler().after(about(milliseconds(300)), [this, place, name, records] {
      if (stopped_) return;
      cluster_.tally().add("fault", kStepped);
      cluster_.tell(place, node::Step{records, name});
    });
  }
  if (random_.chance(20)) return;  // until somebody remembers it: mend()
  bool all = random_.chance(30);
  cluster_.scheduler().after(about(seconds(1)), [this, place, name, all] {
    if (stopped_) return;
    cluster_.tell(place, all ? node::ReleaseStage{} : node::ReleaseStage{name});
  });
}

void Chaos::pause_someone() {
  Host& replica = random_replica();
  if (!replica.up()) return;
  count(Fault::kPause);
  Place place = replica.place();
  cluster_.tell(place, node::HoldStage{});
  if (random_.chance(50))
    cluster_.scheduler().after(about(milliseconds(300)), [this, place] {
      if (!stopped_) cluster_.tell(place, node::Step{random_.between(1, 4), replication::StageName{}});
    });
  cluster_.scheduler().after(about(seconds(1)), [this, place] {
    if (!stopped_) cluster_.tell(place, node::ReleaseStage{});
  });
}

std::vector<std::string> operator_faults() {
  std::vector<std::string> names{kSwitchedOff, kFirstSet, kReject, kDegrade, kStepped};
  for (Stage stage : {Stage::kAppended, Stage::kFlushed, Stage::kSent, Stage::kAcknowledged})
    names.push_back(held_text(node::Role::kPrimary, stage));
  for (Stage stage : {Stage::kReceived, Stage::kFlushed, Stage::kApplied, Stage::kSent})
    names.push_back(held_text(node::Role::kReplica, stage));
  return names;
}

}  // namespace wallaby::sim
