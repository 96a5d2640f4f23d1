#include "sim/ack_checker.h"

#include <algorithm>
#include <vector>

#include <fmt/core.h>

#include "sim/trace.h"

namespace wallaby::sim {

using replication::Rung;
using replication::Stage;
using replication::SyncReplicas;

namespace {

/// What a promise waits for now: async stands in for the policy's rung while a degrade lasts.
Rung governing(const replication::ClusterState& state) {
  return state.degraded ? Rung::kAsync : state.policy.rung;
}

/// The n-th furthest, or the least far.
Lsn nth(std::vector<Lsn> reached, size_t n) {
  std::ranges::sort(reached, std::greater{});
  return n == 0 || reached.size() < n ? Lsn{} : reached[n - 1];
}

}  // namespace

void AckChecker::turn_begins(Lsn flushed) {
  flushed_before_ = flushed;
  std::erase_if(links_, [](const auto& link) { return link.second.lost; });
  for (auto& [id, link] : links_) link.fresh = false;
}

void AckChecker::answered(node::ConnectionId link, const replication::Answer& answer) {
  auto hello = hellos_.find(link);
  if (hello == hellos_.end()) return;
  if (!std::holds_alternative<replication::Continue>(answer.decision) &&
      !std::holds_alternative<replication::Snapshot>(answer.decision))
    return;
  // What it has counts only once it reports.
  links_[link] = Link{hello->second.name, hello->second.directory};
}

void AckChecker::reported(node::ConnectionId link, const replication::Report& report) {
  auto found = links_.find(link);
  if (found == links_.end()) return;
  found->second.positions = report.positions;
  on_disks_[found->second.directory] = report.positions.flushed;
}

void AckChecker::link_lost(node::ConnectionId link) {
  if (auto found = links_.find(link); found != links_.end()) found->second.lost = true;
  hellos_.erase(link);
}

Lsn AckChecker::met(Rung rung, const replication::ClusterState& state, const Own& own) const {
  if (rung == Rung::kOff) return own.appended;
  std::optional<Stage> stage = replication::replica_stage(rung);
  if (!stage) return own.flushed;
  return std::min(own.flushed, met_by(state.policy.replicas_for(rung), state, *stage));
}

Lsn AckChecker::met_by(const SyncReplicas& set, const replication::ClusterState& state, Stage stage) const {
  Standing standing;  // each member's furthest
  std::vector<NodeName> doubtful;
  for (const auto& [name, directory] : state.members) {
    std::optional<Lsn>& best = standing[name];
    bool sure = false;
    for (const auto& [id, link] : links_) {
      if (link.directory != directory) continue;
      best = std::max(best.value_or(Lsn{}), link.positions.at(stage));
      sure |= !link.lost && !link.fresh;
    }
    if (best && !sure) doubtful.push_back(name);
  }
  std::vector<Lsn> reached;
  for (const auto& [name, best] : standing)
    if (set.is_all() || set.counts(name)) reached.push_back(best.value_or(Lsn{}));
  if (set.is_all()) return nth(reached, std::max<size_t>(reached.size(), 1));
  if (set.method() == SyncReplicas::Method::kAny) return nth(reached, set.count());

  // FIRST: whoever came or went in this turn may have counted, or not.
  Lsn furthest;
  for (uint64_t choice = 0; choice < (uint64_t{1} << doubtful.size()); ++choice) {
    Standing streams = standing;
    for (size_t i = 0; i < doubtful.size(); ++i)
      if (choice & (uint64_t{1} << i)) streams[doubtful[i]].reset();
    std::vector<Lsn> first;
    auto take = [&](const NodeName& name) {
      auto member = streams.find(name);
      if (member != streams.end() && member->second && first.size() < set.count())
        first.push_back(*member->second);
    };
    if (set.names().empty())
      for (const auto& [name, at] : streams) take(name);
    for (const NodeName& name : set.names()) take(name);
    furthest = std::max(furthest, nth(first, set.count()));
  }
  return furthest;
}

void AckChecker::judge(Lsn appended, Lsn flushed, Lsn visible) {
  flushed_ = flushed;
  auto states = canon_.clusters_between(flushed_before_, flushed);
  Lsn allowed;
  for (const replication::ClusterState* state : states) {
    bool gone = states.size() > 1 && state == states.front();  // it governed until this flush
    Own own{appended, gone ? flushed_before_ : flushed};
    for (Rung rung : replication::kRungs) best_[rung] = std::max(best_[rung], met(rung, *state, own));
    allowed = std::max(allowed, met(governing(*state), *state, own));
  }
  if (visible < visible_)
    throw BrokenPromise(
        fmt::format("visibility never goes back: from {} to {}", to_string(visible_), to_string(visible)));
  if (visible > visible_) {
    if (first_turn_)
      allowed = std::max(allowed, furthest_visible_);  // acknowledged before the restart, says the mark
    if (visible > allowed)
      throw BrokenPromise(
          fmt::format("an acknowledgement exactly as the switch promises: under {} nothing beyond {} may be "
                      "visible, but {} is (flushed {})",
                      replication::to_string(governing(*states.back())), to_string(allowed),
                      to_string(visible), to_string(flushed)));
  }
  first_turn_ = false;
  visible_ = visible;
  // What `off` showed before it was flushed may be gone after a crash.
  furthest_visible_ = std::max(furthest_visible_, std::min(visible, flushed));
}

void AckChecker::judge_loss(const node::LossStatus& loss) const {
  Lsn acknowledged = loss.bytes == 0 ? std::max(told_, visible_) : told_;
  if (loss.commits > 0 || !loss.exact) return;
  Lsn held;
  for (const auto& [directory, flushed] : on_disks_) held = std::max(held, flushed);
  for (const auto& [id, link] : links_) held = std::max(held, link.positions.received);
  if (acknowledged > held)
    throw BrokenPromise(fmt::format(
        "the loss meter tells the truth: it says that nothing would be lost, but {} was acknowledged and the "
        "furthest replica has only {}",
        to_string(acknowledged), to_string(held)));
}

void AckChecker::changed_nothing(Lsn read_end) const {
  if (visible_ < read_end)
    throw BrokenPromise(fmt::format(
        "an answer without a record waits until what it read is visible: it read up to {}, visible is {}",
        to_string(read_end), to_string(visible_)));
}

Rung AckChecker::strongest() const {
  Rung strongest = Rung::kOff;
  for (const replication::ClusterState* state : canon_.clusters_between(flushed_before_, flushed_))
    strongest = std::max(strongest, governing(*state));
  return strongest;
}

void AckChecker::expect_met(Lsn lsn, Rung rung) const {
  if (lsn > best_.at(rung))
    throw BrokenPromise(
        fmt::format("an acknowledgement exactly as the switch promises: {} was acknowledged as {}, which is "
                    "met only up to {}",
                    to_string(lsn), replication::to_string(rung), to_string(best_.at(rung))));
}

void AckChecker::committed(Lsn lsn, std::optional<Rung> asked) {
  told_ = std::max(told_, lsn);
  if (asked) expect_met(lsn, *asked);
  bool own_is_weaker = asked && *asked < strongest();
  if (!own_is_weaker && lsn > visible_)
    throw BrokenPromise(
        fmt::format("an acknowledgement exactly as the switch promises: {} was acknowledged before it was "
                    "visible ({})",
                    to_string(lsn), to_string(visible_)));
}

void AckChecker::written(const node::Written& reply, std::optional<Rung> asked, Lsn read_end) {
  if (!reply.token) return changed_nothing(read_end);
  Lsn lsn = reply.token->lsn;
  told_ = std::max(told_, lsn);
  auto states = canon_.clusters_between(flushed_before_, flushed_);
  auto governed = [&](const replication::ClusterState* state) { return governing(*state) == reply.rung; };
  if (asked ? reply.rung != *asked : std::ranges::none_of(states, governed))
    throw BrokenPromise(
        fmt::format("{} was answered as {}, which neither the session nor the switch asked for",
                    to_string(lsn), replication::to_string(reply.rung)));
  expect_met(lsn, reply.rung);
  if (reply.rung >= strongest() && lsn > visible_)
    throw BrokenPromise(fmt::format("{} was acknowledged as {} before it was visible ({})", to_string(lsn),
                                    replication::to_string(reply.rung), to_string(visible_)));
}

}  // namespace wallaby::sim
