#include "replication/commit_gate.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace wallaby::replication {
namespace {

constexpr std::array kStages{Stage::kReceived, Stage::kFlushed, Stage::kApplied};

}  // namespace

CommitGate::CommitGate(TimePoint now, Policy policy, bool degraded, Lsn visible, Lsn flushed)
    : policy_(std::move(policy)),
      degraded_(degraded && policy_.may_degrade()),
      visible_(visible),
      appended_(flushed),
      flushed_(flushed),
      flushes_{{flushed, now}},
      target_(Flush{flushed, now}) {
  WALLABY_CHECK(visible <= flushed, "acknowledged up to {}, but flushed only to {}", to_string(visible),
                to_string(flushed));
  for (Rung rung : kRungs) {
    RungState& state = state_of(rung);
    state.rung = rung;
    state.replicas = policy_.replicas_for(rung);
    counters_[rung];
  }
  evaluate(now);
}

// --- events ------------------------------------------------------------------------------------------------------

void CommitGate::set_policy(TimePoint now, const Policy& policy) {
  // Those who wait at the switch's rung now wait at another.
  uint64_t moving = std::exchange(counters_[policy_.rung].waiting, 0);
  for (const Waiter& waiter : state_of(policy_.rung).own)
    if (!waiter.abandoned) ++counters_[policy_.rung].waiting, --moving;
  policy_ = policy;
  degraded_ = asked_ = on_trust_ = false;
  counters_[policy_.rung].waiting += moving;
  for (RungState& state : rungs_) state.replicas = policy_.replicas_for(state.rung);
  evaluate(now);
}

void CommitGate::set_members(TimePoint now, const std::set<NodeName>& members) {
  for (Standing& standing : standing_) {
    std::erase_if(standing, [&](const auto& member) { return !members.contains(member.first); });
    for (const NodeName& name : members) standing.try_emplace(name);
  }
  for (const auto& [name, positions] : streams_) set_standing(name, positions);
  evaluate(now);
}

void CommitGate::local(TimePoint now, Lsn appended, Lsn flushed) {
  WALLABY_CHECK(flushed >= flushed_ && flushed <= appended, "flushed moved from {} to {}, appended is {}",
                to_string(flushed_), to_string(flushed), to_string(appended));
  appended_ = std::max(appended_, appended);
  if (flushed > flushed_) {
    flushed_ = flushed;
    // Past the limit the last one stands for all that follow it, and is as late as they are.
    if (flushes_.size() == kMaxFlushes) flushes_.pop_back();
    flushes_.push_back({flushed, now});
    if (!target_) target_ = flushes_.back();
    return evaluate(now);
  }
  // The usual case for a commit: only `off` is met by that.
  state_of(Rung::kOff).met = appended_;
  settle(now);
}

void CommitGate::enqueue(TimePoint now, TxnId txn, Lsn lsn, std::optional<Rung> rung) {
  WALLABY_CHECK(lsn >= last_lsn_ && txn > last_txn_, "commit {} at {} came after commit {} at {}", txn,
                to_string(lsn), last_txn_, to_string(last_lsn_));
  last_lsn_ = lsn;
  last_txn_ = txn;
  state_of(Rung::kOff).met = appended_ = std::max(appended_, lsn);
  if (waiting() == 0) next_notice_ = kNever;
  Queue& queue = rung ? state_of(*rung).own : waiters_;
  queue.push_back({.txn = txn, .lsn = lsn, .since = now, .next_notice = now + kFirstNotice});
  next_notice_ = std::min(next_notice_, now + kFirstNotice);
  ++counters_[rung.value_or(policy_.rung)].waiting;
  settle(now);
}

void CommitGate::joined(TimePoint now, const NodeName& name, const Positions& positions) {
  streams_[name] = positions;
  set_standing(name, positions);
  evaluate(now);
}

void CommitGate::reported(TimePoint now, const NodeName& name, const Positions& positions) {
  auto stream = streams_.find(name);
  if (stream == streams_.end()) return;
  Positions& known = stream->second;
  Positions further{.received = std::max(known.received, positions.received),
                    .flushed = std::max(known.flushed, positions.flushed),
                    .applied = std::max(known.applied, positions.applied)};
  if (further == known) return;
  known = further;
  set_standing(name, known);
  evaluate(now);
}

void CommitGate::left(TimePoint now, const NodeName& name) {
  streams_.erase(name);
  set_standing(name, std::nullopt);
  evaluate(now);
}

void CommitGate::abandon(TxnId txn) {
  for_each_queue(*this, [&](Queue& queue, Rung rung, bool own) {
    auto waiter = find(queue, txn);
    if (waiter == queue.end() || waiter->abandoned) return;
    waiter->abandoned = true;
    --counters_at(rung, own).waiting;
    ++counters_at(rung, own).abandoned;
  });
}

void CommitGate::set_stopped(TimePoint now, std::optional<std::string> reason) {
  stopped_ = std::move(reason);
  evaluate(now);
}

void CommitGate::set_ceiling(TimePoint now, Lsn ceiling) {
  ceiling_ = ceiling;
  settle(now);
}

std::vector<GateOutput> CommitGate::take_outputs() {
  return std::exchange(outputs_, {});
}

// --- what has been reached ---------------------------------------------------------------------------------------

Rung CommitGate::governing() const {
  return degraded_ ? Rung::kAsync : policy_.rung;
}

/// Off and async ask nobody; their standing is never looked at for more than names.
const CommitGate::Standing& CommitGate::standing_for(Rung rung) const {
  Stage stage = replica_stage(rung).value_or(Stage::kReceived);
  return standing_[static_cast<size_t>(std::ranges::find(kStages, stage) - kStages.begin())];
}

void CommitGate::set_standing(const NodeName& name, const std::optional<Positions>& positions) {
  for (size_t i = 0; i < kStages.size(); ++i) {
    auto member = standing_[i].find(name);
    if (member == standing_[i].end()) return;  // streams, but is no member (yet)
    member->second = positions ? std::optional(positions->at(kStages[i])) : std::nullopt;
  }
}

void CommitGate::evaluate(TimePoint now) {
  for (RungState& state : rungs_) {
    switch (state.rung) {
      case Rung::kOff: state.met = appended_; break;
      case Rung::kAsync: state.met = flushed_; break;
      default: state.met = std::min(flushed_, state.replicas.met(standing_for(state.rung)));
    }
  }
  settle(now);
}

void CommitGate::settle(TimePoint now) {
  Lsn reached = std::min(state_of(governing()).met, ceiling_);
  if (!stopped_ && reached > visible_) {
    visible_ = reached;
    if (governing() == Rung::kOff) seen_under_off_ = visible_;
    if (!degraded_) on_trust_ = false;
    outputs_.emplace_back(VisibleTo{visible_});
  }
  while (!flushes_.empty() && flushes_.front().lsn <= visible_) flushes_.pop_front();
  release(now);
  judge_rearm(now);
}

Lsn CommitGate::limit(const Queue& queue, Rung rung) const {
  if (&queue == &waiters_) return visible_;
  Lsn met = state_of(rung).met;
  // Weaker than what governs: as soon as its own promise holds. As strong or stronger: never before visibility.
  return rung < governing() ? met : std::min(met, visible_);
}

void CommitGate::release(TimePoint now) {
  if (stopped_) return;
  for (;;) {
    // The queues are merged by LSN, so that replies leave in log order whatever rung they asked for.
    Queue* first = nullptr;
    Rung first_rung{};
    bool first_own = false;
    for_each_queue(*this, [&](Queue& queue, Rung rung, bool own) {
      while (!queue.empty() && queue.front().abandoned) queue.pop_front();
      if (queue.empty() || queue.front().lsn > limit(queue, rung)) return;
      if (first && first->front().txn < queue.front().txn) return;
      first = &queue;
      first_rung = rung;
      first_own = own;
    });
    if (!first) return;
    const Waiter& waiter = first->front();
    Release release{.txn = waiter.txn, .lsn = waiter.lsn, .rung = first_rung};
    if (replica_stage(first_rung))
      release.by = state_of(first_rung).replicas.met_by(standing_for(first_rung), waiter.lsn);
    ++counters_[first_rung].acknowledged;
    RungCounters& counters = counters_at(first_rung, first_own);
    --counters.waiting;
    counters.longest_wait = std::max(counters.longest_wait, now - waiter.since);
    outputs_.emplace_back(std::move(release));
    first->pop_front();
  }
}

CommitGate::Queue::iterator CommitGate::find(Queue& queue, TxnId txn) {
  auto waiter = std::ranges::lower_bound(queue, txn, {}, &Waiter::txn);
  return waiter != queue.end() && waiter->txn == txn ? waiter : queue.end();
}

size_t CommitGate::waiting() const {
  size_t all = 0;
  for (const auto& [rung, counters] : counters_) all += counters.waiting;
  return all;
}

std::optional<Stage> CommitGate::awaited_of_replicas() const {
  // Readers wait for the switch's promise, whatever the commits themselves asked for.
  Rung strongest = governing();
  for (const RungState& state : rungs_)
    if (!state.own.empty()) strongest = std::max(strongest, state.rung);
  return replica_stage(strongest);
}

}  // namespace wallaby::replication
