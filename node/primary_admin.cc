// What people ask of a primary: the switch, its members, stopping, and what it tells about itself.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "node/primary.h"

namespace wallaby::node {

using namespace replication;

namespace {

PolicyReply reply_of(const Policy& policy, std::optional<Token> token) {
  PolicyReply reply;
  reply.rung = to_string(policy.rung);
  if (replica_stage(policy.rung))
    reply.sync_replicas = to_string(policy.replicas_for(policy.rung));
  else if (policy.sync_replicas)
    reply.sync_replicas = to_string(*policy.sync_replicas);
  reply.on_missing = to_string(policy.on_missing);
  reply.token = token;
  return reply;
}

}  // namespace

void Primary::admin(TimePoint now, Session& session, RequestId request, const AdminCommand& command) {
  Asker asker{&session, request};
  if (const auto* policy = std::get_if<SetPolicy>(&command)) return set_policy(now, asker, *policy);
  if (const auto* drop = std::get_if<DropReplica>(&command)) return drop_replica(now, asker, drop->name);
  WALLABY_CHECK(false, "command {} is not the primary's", command.index());
}

/// The write's client does not wait any longer. What is in the log stays there; what still queues is not run.
void Primary::cancel(Session& session, RequestId request) {
  auto is_it = [&](const Asker& asker) { return asker.session == &session && asker.request == request; };
  auto commit = std::ranges::find_if(commits_, [&](const auto& each) { return is_it(each.second.asker); });
  if (commit != commits_.end()) {
    Token token = commit->second.token;
    gate_.abandon(commit->first);
    commits_.erase(commit);
    return session.answer(
        request,
        Failed{Error{ErrorCode::kUnknownOutcome,
                     fmt::format("the wait for {} ended before it was acknowledged", to_string(token))},
               token});
  }
  auto queued = std::ranges::find_if(queue_, [&](const Queued& each) { return is_it(each.asker); });
  if (queued != queue_.end()) {
    queue_.erase(queued);
    return session.answer(
        request, Failed{Error{ErrorCode::kRefused, "cancelled before it was run: nothing was logged"}, {}});
  }
  auto waits =
      std::ranges::find_if(late_answers_, [&](const auto& each) { return is_it(each.second.asker); });
  if (waits == late_answers_.end()) return;
  late_answers_.erase(waits);
  session.answer(request,
                 Failed{Error{ErrorCode::kUnknownOutcome,
                              "cancelled; there was nothing to change, but what was read for that was not "
                              "acknowledged yet"},
                        {}});
}

void Primary::set_policy(TimePoint now, Asker asker, const SetPolicy& command) {
  Policy policy = local_.cluster.newest().policy;
  for (const Control& control : controls_)
    if (const auto* earlier = std::get_if<PolicyChanged>(&control.event)) policy = earlier->policy;
  Policy wanted = policy;
  if (command.rung) wanted.rung = *command.rung;
  if (command.sync_replicas == "DEFAULT") {
    wanted.sync_replicas.reset();
  } else if (command.sync_replicas) {
    auto set = SyncReplicas::parse(*command.sync_replicas);
    if (!set) return asker.session->answer(asker.request, Failed{set.error(), {}});
    wanted.sync_replicas = std::move(*set);
  }
  if (command.on_missing) {
    auto rule = parse_on_missing(*command.on_missing);
    if (!rule) return asker.session->answer(asker.request, Failed{rule.error(), {}});
    wanted.on_missing = *rule;
  }
  bool show_only = !command.rung && !command.sync_replicas && !command.on_missing;
  // Shown is what governs; a switch that is on its way to the disk does not yet.
  if (show_only) return asker.session->answer(asker.request, reply_of(gate_.policy(), {}));
  // The same policy again is worth a record while it is degraded: it ends that.
  if (wanted == policy && wanted == gate_.policy() && !gate_.degraded())
    return asker.session->answer(asker.request, reply_of(policy, {}));
  if (local_.stopping) return asker.session->answer(asker.request, Failed{*writes_refused(), {}});
  log_event(now, PolicyChanged{wanted}, [this, ticket = ticket_for(asker), wanted](TimePoint, Lsn lsn) {
    answer_ticket(ticket, reply_of(wanted, token(lsn)));
  });
  progressed(now);
}

void Primary::drop_replica(TimePoint now, Asker asker, const NodeName& name) {
  const auto& members = local_.cluster.newest().members;
  auto member = members.find(name);
  if (member == members.end())
    return asker.session->answer(
        asker.request, Failed{Error{ErrorCode::kNotFound,
                                    fmt::format("'{}' is no member; `wallaby status` lists them", name)},
                              {}});
  std::string reason = fmt::format("dropped by drop-replica; start it again to let it join like a new one");
  DirectoryId directory = member->second;
  log_event(now, MemberDropped{name, directory},
            [this, ticket = ticket_for(asker), name, reason](TimePoint then, Lsn lsn) {
              feeder_.drop(then, name, GoodbyeKind::kDropped, reason);
              answer_ticket(ticket, Done{fmt::format("{} is dropped", name), token(lsn)});
            });
  progressed(now);
}

/// A session may be gone before its record is flushed, and another one live at its address: hence a number.
uint64_t Primary::ticket_for(const Asker& asker) {
  control_askers_.emplace(next_ticket_, asker);
  return next_ticket_++;
}

void Primary::answer_ticket(uint64_t ticket, ReplyBody body) {
  auto found = control_askers_.find(ticket);
  if (found == control_askers_.end()) return;
  Asker asker = found->second;
  control_askers_.erase(found);
  asker.session->answer(asker.request, std::move(body));
}

void Primary::close(Session& session) {
  std::erase_if(control_askers_, [&](const auto& entry) { return entry.second.session == &session; });
  for (auto it = commits_.begin(); it != commits_.end();) {
    if (it->second.asker.session != &session) {
      ++it;
      continue;
    }
    gate_.abandon(it->first);
    it = commits_.erase(it);
  }
  std::erase_if(queue_, [&](const Queued& queued) { return queued.asker.session == &session; });
  std::erase_if(late_answers_, [&](const auto& entry) { return entry.second.asker.session == &session; });
}

void Primary::stop(TimePoint now) {
  stop_deadline_ = now + local_.options.stop_wait;
  for (Queued& queued : std::exchange(queue_, {}))
    queued.asker.session->answer(queued.asker.request, Failed{*writes_refused(), {}});
}

bool Primary::stopped(TimePoint now) const {
  if (local_.log.flushed() < local_.log.appended()) return false;
  if (now >= stop_deadline_) return true;
  std::set<NodeName> members;
  for (const auto& [name, directory] : local_.cluster.newest().members) members.insert(name);
  return feeder_.all_have(local_.log.flushed(), members);
}

void Primary::abandon_all() {
  for (auto& [txn, commit] : std::exchange(commits_, {})) {
    gate_.abandon(txn);
    commit.asker.session->answer(
        commit.asker.request,
        Failed{Error{ErrorCode::kUnknownOutcome,
                     fmt::format("the node stops before {} was acknowledged: it is in the log, and will "
                                 "become visible or be discarded by a failover",
                                 to_string(commit.token))},
               commit.token});
  }
  for (auto& [read, late] : std::exchange(late_answers_, {}))
    late.asker.session->answer(
        late.asker.request,
        Failed{
            Error{ErrorCode::kUnknownOutcome,
                  fmt::format("nothing was changed; the node stops before what was read for that, up to {}, "
                              "was acknowledged",
                              to_string(read))},
            {}});
}

std::optional<Error> Primary::reads_refused() const {
  if (gate_.visible() >= restart_end_) return std::nullopt;
  std::string text = fmt::format(
      "{} was restarted and does not know whether its log from {} to {} was acknowledged; it answers reads "
      "when that "
      "is acknowledged again",
      local_.identity.name, to_string(local_.store->visible()), to_string(restart_end_));
  if (std::string missing = gate_.missing_text(); !missing.empty()) text += ": " + missing;
  return Error{ErrorCode::kNotServing, std::move(text)};
}

void Primary::fill(NodeStatus& status) const {
  if (auto refused = writes_refused()) status.writes_refused = refused->message;
  status.rung = to_string(gate_.policy().rung);
  if (replica_stage(gate_.policy().rung))
    status.sync_replicas = to_string(gate_.policy().replicas_for(gate_.policy().rung));
  status.on_missing = to_string(gate_.policy().on_missing);
  status.degraded = local_.cluster.at(told_flushed_).degraded.value_or("");
  Loss loss = loss_.loss();
  status.loss = LossStatus{.commits = loss.commits, .bytes = loss.bytes, .exact = loss.exact};
  status.waiting = gate_.waiting();
  status.queued = queue_.size();
  status.missing = gate_.missing();
  status.waiting_for = gate_.stopped() ? fmt::format("nothing is acknowledged now: {}", *gate_.stopped())
                                       : gate_.missing_text();
  for (const auto& [rung, counters] : gate_.counters())
    status.rungs.push_back({std::string(to_string(rung)), counters.acknowledged, counters.waiting,
                            counters.abandoned, counters.degraded, counters.longest_wait});
}

void Primary::check_invariants() const {
  gate_.check_invariants();
  WALLABY_CHECK(local_.store->visible() <= gate_.visible(), "tables ahead of the gate");
  WALLABY_CHECK(borders_.empty() || borders_.front().end > local_.store->visible(),
                "a visible border is still waiting");
  WALLABY_CHECK(borders_.empty() || borders_.back().end == local_.log.appended(),
                "borders end at {}, the log at {}", to_string(borders_.back().end),
                to_string(local_.log.appended()));
}

}  // namespace wallaby::node
