#include "sim/hold_checker.h"

#include <fmt/core.h>

#include "sim/trace.h"

namespace wallaby::sim {

using replication::Stage;
using replication::StageName;

namespace {
constexpr Stage kStages[] = {Stage::kAppended, Stage::kFlushed, Stage::kSent,
                             Stage::kReceived, Stage::kApplied, Stage::kAcknowledged};
}

void HoldChecker::asked(const Place& place, node::ConnectionId connection, const node::Request& request) {
  if (const auto* hold = std::get_if<node::HoldStage>(&request.body)) {
    auto stands = standing_.find({place, hold->name});
    asked_[{place, connection, request.id}] = {hold->name,
                                               stands == standing_.end() ? 0 : stands->second.steps};
  } else if (const auto* release = std::get_if<node::ReleaseStage>(&request.body)) {
    auto meant = [&](const Place& where, const StageName& name) {
      return where == place && (!release->name || *release->name == name);
    };
    std::erase_if(asked_,
                  [&](const auto& entry) { return meant(std::get<0>(entry.first), entry.second.name); });
    std::erase_if(standing_, [&](const auto& entry) { return meant(entry.first.first, entry.first.second); });
  } else if (const auto* step = std::get_if<node::Step>(&request.body)) {
    // Counted also where no hold is known of: whoever asked for it may have left before the answer.
    if (step->name) {
      standing_[{place, *step->name}].steps += step->records;
    } else {
      for (Stage stage : kStages) standing_[{place, {stage, {}}}];
      for (auto& [key, standing] : standing_)
        if (key.first == place) standing.steps += step->records;
    }
  }
}

void HoldChecker::answered(const Place& place, node::ConnectionId connection, const node::Reply& reply) {
  auto found = asked_.find({place, connection, reply.id});
  if (found == asked_.end()) return;
  auto [name, steps_before] = found->second;
  asked_.erase(found);
  const auto* done = std::get_if<node::Done>(&reply.body);
  if (!done || !done->token) return;
  Standing& standing = standing_[{place, name}];
  if (!standing.ceiling) {
    standing.ceiling = done->token->lsn;
  } else if (steps_before > 0) {
    // Held anew: further steps let nothing pass that those before would have let.
    judge(place, name, done->token->lsn);
    standing.ceiling = done->token->lsn;
    standing.steps -= steps_before;
  }  // else it stays where it is
}

void HoldChecker::lifted(const Place& place) {
  std::erase_if(asked_, [&](const auto& entry) { return std::get<0>(entry.first) == place; });
  std::erase_if(standing_, [&](const auto& entry) { return entry.first.first == place; });
}

void HoldChecker::expect(const Place& place, const StageName& name, const Standing& standing, Lsn position,
                         uint64_t passed) const {
  if (passed <= standing.steps) return;
  throw BrokenPromise(fmt::format(
      "nothing passes a hold but what steps let through: {} holds `{}` at {} (steps since: {}), and is at {}",
      place, to_string(name), to_string(*standing.ceiling), standing.steps, to_string(position)));
}

void HoldChecker::judge(const Place& place, const StageName& name, Lsn position) {
  auto found = standing_.find({place, name});
  if (found == standing_.end() || !found->second.ceiling) return;
  ++judged_;
  const Standing& standing = found->second;
  if (position <= *standing.ceiling) return;
  // What is past the canon's end (the primary's disk does not have it yet) counts as one.
  uint64_t passed = canon_.ends_between(*standing.ceiling, position).size();
  expect(place, name, standing, position, std::max<uint64_t>(passed, 1));
}

void HoldChecker::judge_sent(const Place& place, const NodeName& replica, Lsn byte) {
  for (const StageName& name : {StageName{Stage::kSent, {}}, StageName{Stage::kSent, replica}}) {
    auto found = standing_.find({place, name});
    if (found == standing_.end() || !found->second.ceiling) continue;
    ++judged_;
    Lsn ceiling = *found->second.ceiling;
    if (byte < ceiling) continue;
    expect(place, name, found->second, byte,
           canon_.ends_between(ceiling, byte).size() + 1);  // the one that it lies in
  }
}

}  // namespace wallaby::sim
