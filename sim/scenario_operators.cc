// What operators ask of nodes: the switch, members, holds and steps, checkpoints; and what became of a commit.
#include <utility>

#include "sim/scenario.h"

namespace wallaby::sim {
namespace {

/// STAGE [replica=NAME]
replication::StageName stage_name(const std::string& stage, Words& words) {
  auto parsed = replication::parse_stage(stage);
  if (!parsed) throw ScriptError(parsed.error().message);
  return {*parsed, words.option("replica").value_or("")};
}

}  // namespace

/// ack NODE [RUNG] [sync=SET] [missing=RULE]
void Scenario::ack(Words& words) {
  std::string who = words.take("NODE");
  node::SetPolicy policy;
  if (auto text = words.take_if_any()) {
    auto rung = replication::parse_rung(*text);
    if (!rung) throw ScriptError(rung.error().message);
    policy.rung = *rung;
  }
  policy.sync_replicas = words.option("sync");
  policy.on_missing = words.option("missing");
  ask(who, std::move(policy), words);
}

void Scenario::drop_replica(Words& words) {
  std::string who = words.take("NODE");
  ask(who, node::DropReplica{words.take("NAME")}, words);
}

/// hold NODE STAGE [replica=NAME]
void Scenario::hold(Words& words) {
  std::string who = words.take("NODE");
  std::string stage = words.take("STAGE");
  ask(who, node::HoldStage{stage_name(stage, words)}, words);
}

/// release NODE [STAGE] [replica=NAME]
void Scenario::release(Words& words) {
  std::string who = words.take("NODE");
  node::ReleaseStage release;
  if (auto stage = words.take_if_any()) release.name = stage_name(*stage, words);
  ask(who, std::move(release), words);
}

void Scenario::pause(Words& words) {
  ask(words.take("NODE"), node::HoldStage{}, words);
}

void Scenario::resume(Words& words) {
  ask(words.take("NODE"), node::ReleaseStage{replication::StageName{}}, words);
}

/// step NODE [N] [stage=STAGE] [replica=NAME]
void Scenario::step(Words& words) {
  std::string who = words.take("NODE");
  node::Step step;
  if (auto records = words.take_if_any()) step.records = script_size(*records);
  if (auto stage = words.option("stage")) step.name = stage_name(*stage, words);
  ask(who, step, words);
}

/// cancel NODE: the newest request of that session that still waits.
void Scenario::cancel(Words& words) {
  std::string who = words.take("NODE");
  auto newest = client(who).newest();
  if (!newest) throw ScriptError("nothing of " + who + " waits");
  ask(who, node::Cancel{*newest}, words);
}

/// commit-status NODE NAME|TOKEN
void Scenario::commit_status(Words& words) {
  std::string who = words.take("NODE");
  ask(who, node::GetCommitStatus{token(words.take("NAME or TOKEN"))}, words);
}

void Scenario::checkpoint(Words& words) {
  ask(words.take("NODE"), node::TakeCheckpoint{}, words);
}

}  // namespace wallaby::sim
