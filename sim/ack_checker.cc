#include "sim/ack_checker.h"

#include <algorithm>
#include <vector>

#include <fmt/core.h>

#include "sim/trace.h"

namespace wallaby::sim {

using replication::Rung;
using replication::Stage;

void AckChecker::turn_begins(Lsn flushed) {
  flushed_before_ = flushed;
  std::erase_if(links_, [](const auto& link) { return link.second.lost; });
}

void AckChecker::answered(node::ConnectionId link, const replication::Answer& answer) {
  auto hello = hellos_.find(link);
  if (hello == hellos_.end()) return;
  if (!std::holds_alternative<replication::Continue>(answer.decision) &&
      !std::holds_alternative<replication::Snapshot>(answer.decision))
    return;
  // What it has counts only once it reports.
  links_[link] = Link{hello->second.name, hello->second.directory, {}};
}

void AckChecker::reported(node::ConnectionId link, const replication::Report& report) {
  if (auto found = links_.find(link); found != links_.end()) found->second.positions = report.positions;
}

void AckChecker::link_lost(node::ConnectionId link) {
  if (auto found = links_.find(link); found != links_.end()) found->second.lost = true;
  hellos_.erase(link);
}

Lsn AckChecker::met(Rung rung, const replication::ClusterState& state, Lsn flushed) const {
  std::optional<Stage> stage = replication::replica_stage(rung);
  if (!stage) return flushed;
  replication::SyncReplicas set = state.policy.replicas_for(rung);
  std::vector<Lsn> reached;
  for (const auto& [name, directory] : state.members) {
    if (!set.is_all() && !set.counts(name)) continue;
    Lsn best;
    for (const auto& [id, link] : links_)
      if (link.directory == directory) best = std::max(best, link.positions.at(*stage));
    reached.push_back(best);
  }
  std::ranges::sort(reached, std::greater{});
  size_t needed = set.is_all() ? std::max<size_t>(reached.size(), 1) : set.count();
  return reached.size() < needed ? Lsn{} : std::min(flushed, reached[needed - 1]);
}

void AckChecker::judge(Lsn flushed, Lsn visible) {
  flushed_ = flushed;
  const replication::ClusterState& before = canon_.cluster_at(flushed_before_);
  const replication::ClusterState& after = canon_.cluster_at(flushed);
  for (Rung rung : {Rung::kAsync, Rung::kSemiSync, Rung::kDurable, Rung::kSync})
    best_[rung] = std::max({best_[rung], met(rung, before, flushed_before_), met(rung, after, flushed)});
  if (visible > flushed)
    throw BrokenPromise(fmt::format("nothing is visible before it is flushed: visible {}, flushed {}",
                                    to_string(visible), to_string(flushed)));
  if (visible < visible_)
    throw BrokenPromise(
        fmt::format("visibility never goes back: from {} to {}", to_string(visible_), to_string(visible)));
  if (visible > visible_) {
    Lsn allowed =
        std::max(met(before.policy.rung, before, flushed_before_), met(after.policy.rung, after, flushed));
    if (first_turn_)
      allowed = std::max(allowed, furthest_visible_);  // acknowledged before the restart, says the mark
    if (visible > allowed)
      throw BrokenPromise(
          fmt::format("an acknowledgement exactly as the switch promises: under {} nothing beyond {} may be "
                      "visible, but {} is",
                      replication::to_string(after.policy.rung), to_string(allowed), to_string(visible)));
  }
  first_turn_ = false;
  visible_ = visible;
  furthest_visible_ = std::max(furthest_visible_, visible);
}

void AckChecker::written(const node::Written& reply, std::optional<Rung> asked, Lsn read_end) const {
  if (!reply.token) {
    if (visible_ < read_end)
      throw BrokenPromise(fmt::format(
          "an answer without a record waits until what it read is visible: it read up to {}, visible is {}",
          to_string(read_end), to_string(visible_)));
    return;
  }
  Lsn lsn = reply.token->lsn;
  Rung before = canon_.cluster_at(flushed_before_).policy.rung,
       after = canon_.cluster_at(flushed_).policy.rung;
  if (reply.rung != asked.value_or(after) && reply.rung != asked.value_or(before))
    throw BrokenPromise(
        fmt::format("{} was answered as {}, which neither the session nor the switch asked for",
                    to_string(lsn), replication::to_string(reply.rung)));
  if (lsn > best_.at(reply.rung))
    throw BrokenPromise(
        fmt::format("an acknowledgement exactly as the switch promises: {} was acknowledged as {}, which is "
                    "met only up to {}",
                    to_string(lsn), replication::to_string(reply.rung), to_string(best_.at(reply.rung))));
  if (reply.rung >= std::max(before, after) && lsn > visible_)
    throw BrokenPromise(fmt::format("{} was acknowledged as {} before it was visible ({})", to_string(lsn),
                                    replication::to_string(reply.rung), to_string(visible_)));
}

}  // namespace wallaby::sim
