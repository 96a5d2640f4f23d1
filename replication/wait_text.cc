#include "replication/wait_text.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace wallaby::replication {
namespace {

using Names = std::vector<NodeName>;
using Members = std::map<NodeName, std::optional<Lsn>>;

std::string_view verb(Rung rung) {
  switch (rung) {
    case Rung::kSemiSync: return "receive";
    case Rung::kDurable: return "flush";
    case Rung::kSync: return "apply";
    case Rung::kOff:
    case Rung::kAsync: break;
  }
  return "reach";
}

std::string mode_of(const WaitSituation& situation) {
  std::string mode(to_string(situation.rung));
  return situation.own_rung ? mode + " (chosen by this session)" : mode;
}

// --- who is missing ----------------------------------------------------------------------------------------------

bool streams(const Members& members, const NodeName& name) {
  auto member = members.find(name);
  return member != members.end() && member->second;
}

/// How far one of the missing is: "not connected".
std::string where(const WaitSituation& situation, const NodeName& name) {
  auto member = situation.members.find(name);
  if (member == situation.members.end()) return "no member yet";
  if (!member->second) return "not connected";
  auto remark = situation.remarks.find(name);
  return fmt::format("at {}{}", to_string(*member->second),
                     remark == situation.remarks.end() ? "" : ", " + remark->second);
}

std::string how_far(const WaitSituation& situation, const Names& missing) {
  if (missing.size() == 1) return where(situation, missing.front());
  std::vector<std::string> each;
  for (const NodeName& name : missing) each.push_back(fmt::format("{} is {}", name, where(situation, name)));
  return fmt::format("{}", fmt::join(each, ", "));
}

/// "r1 and r2", "1 of r1, r2", "r1 and 1 more replica that has not joined yet"
std::string who(const WaitSituation& situation, const Names& missing) {
  const SyncReplicas& replicas = situation.replicas;
  if (replicas.is_all()) return listed(missing);
  // Under ANY they can stand in for each other; under FIRST only those can that do not stream.
  Names parts, others = missing;
  size_t reached = replicas.met_by(situation.members, situation.lsn).size();
  if (replicas.method() == SyncReplicas::Method::kFirst) {
    auto absent = std::ranges::stable_partition(
        others, [&](const NodeName& name) { return streams(situation.members, name); });
    parts.assign(others.begin(), absent.begin());
    others.erase(others.begin(), absent.begin());
    reached += parts.size();
  }
  size_t needed = replicas.count() - std::min(replicas.count(), reached);
  if (others.size() > needed) {
    if (needed > 0) parts.push_back(fmt::format("{} of {}", needed, fmt::join(others, ", ")));
  } else {
    parts = missing;
    size_t more = needed - others.size();
    if (more == 1) parts.push_back("1 more replica that has not joined yet");
    if (more > 1) parts.push_back(fmt::format("{} more replicas that have not joined yet", more));
  }
  return listed(parts);
}

bool waits_for_disk(const WaitSituation& situation) {
  return situation.rung != Rung::kOff && situation.flushed < situation.lsn;
}
bool waits_for_replicas(const WaitSituation& situation) {
  return replica_stage(situation.rung) && situation.replicas.met(situation.members) < situation.lsn;
}
bool nobody_joined(const WaitSituation& situation) {
  return situation.members.empty() && situation.replicas.names().empty();
}

// --- what would help ---------------------------------------------------------------------------------------------

/// `wallaby drop-replica r2`, for each of the names
std::string drops(const Names& names) {
  std::vector<std::string> commands;
  for (const NodeName& name : names) commands.push_back(fmt::format("`wallaby drop-replica {}`", name));
  return listed(commands);
}

Members without(Members members, const Names& names) {
  for (const NodeName& name : names) members.erase(name);
  return members;
}

std::string remedy(const WaitSituation& situation) {
  std::vector<std::string> ways;
  if (waits_for_disk(situation)) {
    if (situation.flush_held) ways.push_back("`wallaby release flushed`");
  } else if (waits_for_replicas(situation)) {
    if (!situation.own_rung) ways.push_back("`wallaby ack async`");
    Names missing = situation.replicas.missing(situation.members, situation.lsn);
    if (situation.replicas.met(without(situation.members, missing)) >= situation.lsn)
      ways.push_back(drops(missing));
    size_t holds = 0;
    Members released = situation.members;
    for (const NodeName& name : missing) {
      if (!streams(released, name) || !situation.remarks.contains(name)) continue;
      released[name] = situation.lsn;
      ++holds;
    }
    if (situation.replicas.met(released) >= situation.lsn)
      ways.push_back(holds == 1 ? "lifting that hold" : "lifting those holds");
  } else if (situation.held_at) {
    return "; `wallaby release acknowledged` would release it";
  }
  if (ways.empty()) return "";
  std::string_view too = situation.held_at ? ", together with `wallaby release acknowledged`," : "";
  return fmt::format("; {}{} would release it", listed(ways, "or"), too);
}

}  // namespace

std::string listed(const std::vector<std::string>& names, std::string_view word) {
  if (names.size() < 2) return fmt::format("{}", fmt::join(names, ""));
  auto last = names.end() - 1;
  return fmt::format("{} {} {}", fmt::join(names.begin(), last, ", "), word, *last);
}

std::string wait_cause(const WaitSituation& situation) {
  std::string lsn = to_string(situation.lsn);
  if (waits_for_disk(situation))
    return fmt::format("waiting for this node's own disk to flush {} (at {}{})", lsn,
                       to_string(situation.flushed), situation.flush_held ? ": `flushed` is held here" : "");
  if (!waits_for_replicas(situation))
    return situation.held_at ? fmt::format("waiting at `acknowledged`, which is held here at {}",
                                           to_string(*situation.held_at))
                             : "waiting for nothing";
  if (nobody_joined(situation)) return "no replica has joined yet";
  Names missing = situation.replicas.missing(situation.members, situation.lsn);
  return fmt::format("waiting for {} to {} {}{}", who(situation, missing), verb(situation.rung), lsn,
                     missing.empty() ? "" : fmt::format(" ({})", how_far(situation, missing)));
}

std::string wait_text(const WaitSituation& situation) {
  std::string text = fmt::format("{}: {}", mode_of(situation), wait_cause(situation));
  if (!waits_for_disk(situation) && waits_for_replicas(situation) && nobody_joined(situation))
    return text + (situation.own_rung ? "; start one" : "; start one, or `wallaby ack async`");
  return text + remedy(situation);
}

std::string refusal_text(const WaitSituation& situation) {
  const SyncReplicas& replicas = situation.replicas;
  const Members& members = situation.members;
  Names candidates = replicas.names();
  if (candidates.empty())
    for (const auto& [name, position] : members) candidates.push_back(name);
  Names away, strangers;
  for (const NodeName& name : candidates)
    if (!streams(members, name)) (members.contains(name) ? away : strangers).push_back(name);
  size_t needed = replicas.is_all() ? std::max<size_t>(candidates.size(), 1) : replicas.count();
  size_t absent = away.size() + strangers.size();
  size_t to_start = needed - (candidates.size() - absent);

  std::string needs = listed(candidates);
  if (candidates.size() > needed) needs = fmt::format("{} of {}", needed, fmt::join(candidates, ", "));
  if (candidates.size() < needed) needs = needed == 1 ? "a replica" : fmt::format("{} replicas", needed);
  std::vector<std::string> why;
  auto say = [&](const Names& names, std::string_view one, std::string_view many) {
    if (!names.empty()) why.push_back(fmt::format("{} {}", listed(names), names.size() == 1 ? one : many));
  };
  if (candidates.empty()) why.push_back("none has joined yet");
  if (candidates.size() < needed && !candidates.empty())
    why.push_back(fmt::format(
        "only {} joined", candidates.size() == 1 ? "one has" : fmt::format("{} have", candidates.size())));
  say(away, "is not connected", "are not connected");
  say(strangers, "is no member yet", "are no members yet");

  std::vector<std::string> ways;
  if (to_start > absent)
    ways.push_back(to_start == 1 ? "start one" : fmt::format("start {} replicas", to_start));
  if (to_start < absent) ways.push_back(fmt::format("start {} of them", to_start));
  if (to_start == absent) ways.push_back(absent == 1 ? "start it" : "start them");
  if (replicas.is_all() && replicas.possible(without(members, away))) ways.push_back(drops(away));
  ways.push_back(situation.own_rung ? "choose a weaker mode" : "`wallaby ack async`");
  return fmt::format(
      "{} needs {}, and {}: this write was refused and nothing was logged (on-missing reject); {}",
      mode_of(situation), needs, listed(why), listed(ways, "or"));
}

}  // namespace wallaby::replication
