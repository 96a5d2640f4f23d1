#include "replication/wait_text.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace wallaby::replication {
namespace {

std::string_view verb(Rung rung) {
  switch (rung) {
    case Rung::kSemiSync: return "receive";
    case Rung::kDurable: return "flush";
    case Rung::kSync: return "apply";
    case Rung::kAsync: break;
  }
  return "reach";
}

/// "r1", "r1 and r2", "r1, r2 and r3"
std::string listed(const std::vector<std::string>& names) {
  if (names.size() < 2) return fmt::format("{}", fmt::join(names, ""));
  auto last = names.end() - 1;
  return fmt::format("{} and {}", fmt::join(names.begin(), last, ", "), *last);
}

/// How far one of the missing is: "not connected".
std::string where(const WaitSituation& situation, const NodeName& name) {
  auto member = situation.members.find(name);
  if (member == situation.members.end()) return "no member yet";
  if (!member->second) return "not connected";
  return fmt::format("at {}", to_string(*member->second));
}

std::string how_far(const WaitSituation& situation, const std::vector<NodeName>& missing) {
  if (missing.size() == 1) return where(situation, missing.front());
  std::vector<std::string> each;
  for (const NodeName& name : missing) each.push_back(fmt::format("{} is {}", name, where(situation, name)));
  return fmt::format("{}", fmt::join(each, ", "));
}

std::string remedy(const WaitSituation& situation, const std::vector<NodeName>& missing) {
  std::vector<std::string> commands;
  if (!situation.own_rung) commands.push_back("`wallaby ack async`");
  if (situation.replicas.is_all() && situation.members.size() > missing.size()) {
    std::vector<std::string> drops;
    for (const NodeName& name : missing) drops.push_back(fmt::format("`wallaby drop-replica {}`", name));
    commands.push_back(listed(drops));
  }
  if (commands.empty()) return "";
  return fmt::format("; {} would release it", fmt::join(commands, " or "));
}

}  // namespace

std::string wait_text(const WaitSituation& situation) {
  std::string mode(to_string(situation.rung));
  if (situation.own_rung) mode += " (chosen by this session)";
  if (situation.flushed < situation.lsn)
    return fmt::format("{}: waiting for this node's own disk to flush {} (at {})", mode,
                       to_string(situation.lsn), to_string(situation.flushed));

  const SyncReplicas& replicas = situation.replicas;
  if (situation.members.empty() && replicas.names().empty())
    return fmt::format("{}: no replica has joined yet; start one{}", mode,
                       situation.own_rung ? "" : ", or `wallaby ack async`");

  std::vector<NodeName> missing = replicas.missing(situation.members, situation.lsn);
  size_t reached = replicas.met_by(situation.members, situation.lsn).size();
  size_t needed = replicas.is_all() ? missing.size() : replicas.count() - std::min(replicas.count(), reached);
  std::string who =
      missing.size() > needed ? fmt::format("{} of {}", needed, fmt::join(missing, ", ")) : listed(missing);
  if (missing.size() < needed) {
    size_t more = needed - missing.size();
    std::string joining =
        fmt::format("{} more {}", more,
                    more == 1 ? "replica that has not joined yet" : "replicas that have not joined yet");
    who = missing.empty() ? joining : fmt::format("{} and {}", who, joining);
  }
  std::string far = missing.empty() ? "" : fmt::format(" ({})", how_far(situation, missing));
  return fmt::format("{}: waiting for {} to {} {}{}{}", mode, who, verb(situation.rung),
                     to_string(situation.lsn), far, remedy(situation, missing));
}

}  // namespace wallaby::replication
