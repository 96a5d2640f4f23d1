// What the gate does when promises are not kept: who is told, the on-missing rules, and who is missing.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "replication/commit_gate.h"
#include "replication/wait_text.h"

namespace wallaby::replication {

void CommitGate::tick(TimePoint now) {
  if (now >= next_notice_) {
    next_notice_ = kNever;
    for_each_queue(*this, [&](Queue& queue, Rung rung, bool own) {
      for (Waiter& waiter : queue) {
        if (waiter.abandoned) continue;
        if (waiter.next_notice <= now) notify(now, waiter, rung, own, text_for(rung, own, waiter.lsn));
        next_notice_ = std::min(next_notice_, waiter.next_notice);
      }
    });
  }
  if (now >= degrade_due()) ask_degrade();
}

TimePoint CommitGate::next_deadline() const {
  return std::min(waiting() > 0 ? next_notice_ : kNever, degrade_due());
}

// --- on-missing degrade ------------------------------------------------------------------------------------------

TimePoint CommitGate::degrade_due() const {
  bool replicas_keep_back = visible_ < std::min(flushed_, ceiling_);
  if (degraded_ || asked_ || stopped_ || !policy_.may_degrade() || !replicas_keep_back) return kNever;
  return flushes_.front().at + policy_.on_missing.after;
}

void CommitGate::ask_degrade() {
  asked_ = true;
  Lsn oldest = std::min(flushes_.front().lsn, ceiling_);
  outputs_.emplace_back(Degrade{fmt::format("{} was not met within {}: {}", to_string(policy_.rung),
                                            to_human(policy_.on_missing.after),
                                            wait_cause(situation(policy_.rung, false, oldest)))});
}

void CommitGate::set_degraded(TimePoint now, bool degraded) {
  if (degraded == degraded_ || (degraded && !policy_.may_degrade())) return;
  if (degraded) {
    ++counters_[policy_.rung].degraded;
    target_ = Flush{flushed_, now};
    std::string text = fmt::format(
        "degraded: {} was not met within {}, so commits are acknowledged as async from now on, "
        "which a crash of this node may lose; `wallaby status` tells why",
        to_string(policy_.rung), to_human(policy_.on_missing.after));
    for (Waiter& waiter : waiters_)
      if (!waiter.abandoned) notify(now, waiter, policy_.rung, false, text);
  }
  degraded_ = degraded;
  asked_ = false;
  settle(now);
}

void CommitGate::judge_rearm(TimePoint now) {
  if (!degraded_ || asked_ || stopped_) return;
  Lsn met = state_of(policy_.rung).met;
  if (!target_ || met < target_->lsn) return;
  bool in_time = now - target_->at <= std::min(policy_.on_missing.after, kLongestCatchUp);
  // Met too late: who is that slow would soon degrade us again. The next target is all that is flushed by now. When that is
  // met already (nothing was written for a while), nobody can tell, and it is taken on trust: once, until the promise
  // was met again. Else a replica that applies late on purpose would degrade and re-arm an idle primary for ever.
  if (!in_time && met < flushed_) {
    target_ = Flush{flushed_, now};
    return;
  }
  if (!in_time && on_trust_) return target_.reset();
  on_trust_ = !in_time;
  asked_ = true;
  outputs_.emplace_back(Rearm{});
}

// --- on-missing reject -------------------------------------------------------------------------------------------

std::optional<std::string> CommitGate::refusal(std::optional<Rung> rung) const {
  if (policy_.on_missing.rule != OnMissing::Rule::kReject) return std::nullopt;
  auto refused = [&](Rung at, bool own) -> std::optional<std::string> {
    if (!replica_stage(at) || state_of(at).replicas.possible(standing_for(at))) return std::nullopt;
    return refusal_text(situation(at, own, {}));
  };
  std::optional<std::string> why = refused(governing(), false);
  if (!why && rung) why = refused(*rung, true);  // a weaker one has what it needs when the switch has
  return why;
}

// --- who is told, and who is missing -----------------------------------------------------------------------------

void CommitGate::notify(TimePoint now, Waiter& waiter, Rung rung, bool own, std::string text) {
  RungCounters& counters = counters_at(rung, own);
  counters.longest_wait = std::max(counters.longest_wait, now - waiter.since);
  std::vector<NodeName> missing;
  if (replica_stage(rung)) missing = state_of(rung).replicas.missing(standing_for(rung), waiter.lsn);
  outputs_.emplace_back(Notice{.txn = waiter.txn,
                               .lsn = waiter.lsn,
                               .waited = now - waiter.since,
                               .missing = std::move(missing),
                               .text = std::move(text)});
  waiter.next_notice = now + kNoticeInterval;
}

void CommitGate::set_remark(const NodeName& name, std::string remark) {
  if (remark.empty())
    remarks_.erase(name);
  else
    remarks_[name] = std::move(remark);
}

WaitSituation CommitGate::situation(Rung rung, bool own, Lsn lsn) const {
  WaitSituation situation{.rung = rung,
                          .own_rung = own,
                          .lsn = lsn,
                          .flushed = flushed_,
                          .replicas = state_of(rung).replicas,
                          .members = standing_for(rung),
                          .remarks = remarks_,
                          .flush_held = flush_held_};
  bool early = own && rung < governing();
  if (lsn > ceiling_ && !early) situation.held_at = std::max(ceiling_, visible_);
  return situation;
}

std::string CommitGate::text_for(Rung rung, bool own, Lsn lsn) const {
  if (stopped_) return fmt::format("nothing is acknowledged now: {}", *stopped_);
  return wait_text(situation(rung, own, lsn));
}

std::vector<NodeName> CommitGate::missing() const {
  if (visible_ >= flushed_ || !replica_stage(governing())) return {};
  return state_of(governing()).replicas.missing(standing_for(governing()), flushed_);
}

std::string CommitGate::missing_text() const {
  if (visible_ < flushed_) return text_for(governing(), false, flushed_);
  // Our own disk is quick, so it is worth a word only when it is held.
  if (flush_held_ && visible_ < appended_) return text_for(governing(), false, appended_);
  // The switch's promise is kept; perhaps a session waits for a stronger one of its own.
  for (const RungState& state : rungs_)
    for (const Waiter& waiter : state.own)
      if (!waiter.abandoned && replica_stage(state.rung)) return text_for(state.rung, true, waiter.lsn);
  return "";
}

}  // namespace wallaby::replication
