#include "replication/commit_gate.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "replication/wait_text.h"

namespace wallaby::replication {
namespace {

constexpr std::array kStages{Stage::kReceived, Stage::kFlushed, Stage::kApplied};

struct Printer {
  std::ostream& out;
  void operator()(const VisibleTo& visible) const { out << "visible to " << visible.lsn; }
  void operator()(const Release& release) const {
    out << "release " << release.txn << " at " << release.lsn << ", " << release.rung;
    if (!release.by.empty()) out << fmt::format(" by {}", fmt::join(release.by, ", "));
  }
  void operator()(const Notice& notice) const {
    out << "notice to " << notice.txn << " after " << to_human(notice.waited) << ": " << notice.text;
  }
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const GateOutput& output) {
  std::visit(Printer{out}, output);
  return out;
}

template <typename Self, typename F>
void CommitGate::for_each_queue(Self& self, F&& f) {
  f(self.waiters_, self.policy_.rung, false);
  for (auto& state : self.rungs_) f(state.own, state.rung, true);
}

CommitGate::CommitGate(Policy policy, Lsn visible, Lsn flushed)
    : policy_(std::move(policy)),
      visible_(visible),
      appended_(flushed),
      flushed_(flushed),
      rungs_{{{.rung = Rung::kAsync},
              {.rung = Rung::kSemiSync},
              {.rung = Rung::kDurable},
              {.rung = Rung::kSync}}} {
  WALLABY_CHECK(visible <= flushed, "acknowledged up to {}, but flushed only to {}", to_string(visible),
                to_string(flushed));
  for (RungState& state : rungs_) {
    state.replicas = policy_.replicas_for(state.rung);
    counters_[state.rung];
  }
  evaluate(TimePoint{});
}

// --- events ------------------------------------------------------------------------------------------------------

void CommitGate::set_policy(TimePoint now, const Policy& policy) {
  // Those who wait at the switch's rung now wait at another.
  uint64_t moving = std::exchange(counters_[policy_.rung].waiting, 0);
  for (const Waiter& waiter : state_of(policy_.rung).own)
    if (!waiter.abandoned) ++counters_[policy_.rung].waiting, --moving;
  policy_ = policy;
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
  if (flushed == flushed_) return;
  flushed_ = flushed;
  evaluate(now);
}

void CommitGate::enqueue(TimePoint now, TxnId txn, Lsn lsn, std::optional<Rung> rung) {
  WALLABY_CHECK(lsn >= last_lsn_ && txn > last_txn_, "commit {} at {} came after commit {} at {}", txn,
                to_string(lsn), last_txn_, to_string(last_lsn_));
  last_lsn_ = lsn;
  last_txn_ = txn;
  appended_ = std::max(appended_, lsn);
  if (waiting() == 0) next_notice_ = kNever;
  Queue& queue = rung ? state_of(*rung).own : waiters_;
  queue.push_back({.txn = txn, .lsn = lsn, .since = now, .next_notice = now + kFirstNotice});
  next_notice_ = std::min(next_notice_, now + kFirstNotice);
  ++counters_[rung.value_or(policy_.rung)].waiting;
  release(now);
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
  for_each_queue(*this, [&](Queue& queue, Rung rung, bool) {
    auto waiter = find(queue, txn);
    if (waiter == queue.end() || waiter->abandoned) return;
    waiter->abandoned = true;
    --counters_[rung].waiting;
    ++counters_[rung].abandoned;
  });
}

void CommitGate::set_stopped(TimePoint now, std::optional<std::string> reason) {
  stopped_ = std::move(reason);
  evaluate(now);
}

void CommitGate::tick(TimePoint now) {
  if (now < next_notice_) return;
  next_notice_ = kNever;
  for_each_queue(*this, [&](Queue& queue, Rung rung, bool own) {
    for (Waiter& waiter : queue) {
      if (waiter.abandoned) continue;
      if (waiter.next_notice <= now) notify(now, waiter, rung, own);
      next_notice_ = std::min(next_notice_, waiter.next_notice);
    }
  });
}

std::vector<GateOutput> CommitGate::take_outputs() {
  return std::exchange(outputs_, {});
}

TimePoint CommitGate::next_deadline() const {
  return waiting() > 0 ? next_notice_ : kNever;
}

// --- what has been reached ---------------------------------------------------------------------------------------

CommitGate::RungState& CommitGate::state_of(Rung rung) {
  return rungs_[static_cast<size_t>(rung) - static_cast<size_t>(Rung::kAsync)];
}
const CommitGate::RungState& CommitGate::state_of(Rung rung) const {
  return rungs_[static_cast<size_t>(rung) - static_cast<size_t>(Rung::kAsync)];
}

/// Async asks nobody; its standing is never looked at for more than names.
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
  for (RungState& state : rungs_)
    state.met = state.rung == Rung::kAsync ? flushed_
                                           : std::min(flushed_, state.replicas.met(standing_for(state.rung)));
  if (Lsn met = state_of(policy_.rung).met; !stopped_ && met > visible_) {
    visible_ = met;
    outputs_.emplace_back(VisibleTo{visible_});
  }
  release(now);
}

Lsn CommitGate::limit(const Queue& queue, Rung rung) const {
  if (&queue == &waiters_) return visible_;
  Lsn met = state_of(rung).met;
  // Weaker than the switch: as soon as its own promise holds. As strong or stronger: never before visibility.
  return rung < policy_.rung ? met : std::min(met, visible_);
}

void CommitGate::release(TimePoint now) {
  if (stopped_) return;
  for (;;) {
    // The queues are merged by LSN, so that replies leave in log order whatever rung they asked for.
    Queue* first = nullptr;
    Rung first_rung{};
    for_each_queue(*this, [&](Queue& queue, Rung rung, bool) {
      while (!queue.empty() && queue.front().abandoned) queue.pop_front();
      if (queue.empty() || queue.front().lsn > limit(queue, rung)) return;
      if (first && first->front().txn < queue.front().txn) return;
      first = &queue;
      first_rung = rung;
    });
    if (!first) return;
    const Waiter& waiter = first->front();
    Release release{.txn = waiter.txn, .lsn = waiter.lsn, .rung = first_rung};
    if (first_rung != Rung::kAsync)
      release.by = state_of(first_rung).replicas.met_by(standing_for(first_rung), waiter.lsn);
    RungCounters& counters = counters_[first_rung];
    ++counters.acknowledged;
    --counters.waiting;
    counters.longest_wait = std::max(counters.longest_wait, now - waiter.since);
    outputs_.emplace_back(std::move(release));
    first->pop_front();
  }
}

// --- who waits ---------------------------------------------------------------------------------------------------

CommitGate::Queue::iterator CommitGate::find(Queue& queue, TxnId txn) {
  auto waiter = std::ranges::lower_bound(queue, txn, {}, &Waiter::txn);
  return waiter != queue.end() && waiter->txn == txn ? waiter : queue.end();
}

void CommitGate::notify(TimePoint now, Waiter& waiter, Rung rung, bool own) {
  RungCounters& counters = counters_[rung];
  counters.longest_wait = std::max(counters.longest_wait, now - waiter.since);
  std::vector<NodeName> missing;
  if (rung != Rung::kAsync) missing = state_of(rung).replicas.missing(standing_for(rung), waiter.lsn);
  outputs_.emplace_back(Notice{.txn = waiter.txn,
                               .lsn = waiter.lsn,
                               .waited = now - waiter.since,
                               .missing = std::move(missing),
                               .text = text_for(rung, own, waiter.lsn)});
  waiter.next_notice = now + kNoticeInterval;
}

std::string CommitGate::text_for(Rung rung, bool own, Lsn lsn) const {
  if (stopped_) return fmt::format("nothing is acknowledged now: {}", *stopped_);
  return wait_text({.rung = rung,
                    .own_rung = own,
                    .lsn = lsn,
                    .flushed = flushed_,
                    .replicas = state_of(rung).replicas,
                    .members = standing_for(rung)});
}

size_t CommitGate::waiting() const {
  size_t all = 0;
  for (const auto& [rung, counters] : counters_) all += counters.waiting;
  return all;
}

std::vector<NodeName> CommitGate::missing() const {
  if (visible_ == flushed_ || policy_.rung == Rung::kAsync) return {};
  return state_of(policy_.rung).replicas.missing(standing_for(policy_.rung), flushed_);
}

std::string CommitGate::missing_text() const {
  return visible_ == flushed_ ? "" : text_for(policy_.rung, false, flushed_);
}

void CommitGate::check_invariants() const {
  WALLABY_CHECK(visible_ <= flushed_ && flushed_ <= appended_, "visible {}, flushed {}, appended {}",
                to_string(visible_), to_string(flushed_), to_string(appended_));
  WALLABY_CHECK(stopped_ || visible_ >= state_of(policy_.rung).met,
                "the promise holds up to {}, visible is only {}", to_string(state_of(policy_.rung).met),
                to_string(visible_));
  for (const auto& [name, at] : streams_)
    WALLABY_CHECK(at.received >= at.flushed && at.flushed >= at.applied,
                  "{} flushed or applied what it has not", name);
  uint64_t live = 0;
  for_each_queue(*this, [&](const Queue& queue, Rung rung, bool) {
    WALLABY_CHECK(
        std::ranges::is_sorted(queue, {}, &Waiter::lsn) && std::ranges::is_sorted(queue, {}, &Waiter::txn),
        "the waiters at {} are out of order", to_string(rung));
    for (const Waiter& waiter : queue) {
      if (waiter.abandoned) continue;
      ++live;
      WALLABY_CHECK(stopped_ || waiter.lsn > limit(queue, rung),
                    "commit {} still waits, but its promise holds", waiter.txn);
      WALLABY_CHECK(next_notice_ <= waiter.next_notice, "the notice for commit {} would be late", waiter.txn);
    }
  });
  WALLABY_CHECK(live == waiting(), "{} commits wait, {} are counted", live, waiting());
}

}  // namespace wallaby::replication
