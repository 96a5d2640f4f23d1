// What the gate asserts about itself, and how its outputs print.
#include <algorithm>
#include <ostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "replication/commit_gate.h"

namespace wallaby::replication {
namespace {

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
  void operator()(const Degrade& degrade) const { out << "degrade: " << degrade.reason; }
  void operator()(const Rearm&) const { out << "re-arm"; }
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const GateOutput& output) {
  std::visit(Printer{out}, output);
  return out;
}

void CommitGate::check_invariants() const {
  WALLABY_CHECK(visible_ <= appended_ && flushed_ <= appended_, "visible {}, flushed {}, appended {}",
                to_string(visible_), to_string(flushed_), to_string(appended_));
  WALLABY_CHECK(visible_ <= std::max(flushed_, seen_under_off_),
                "visible {} is past what is flushed, {}, and past what `off` let through, {}",
                to_string(visible_), to_string(flushed_), to_string(seen_under_off_));
  Lsn met = state_of(governing()).met;
  WALLABY_CHECK(stopped_ || visible_ >= std::min(met, ceiling_),
                "the promise holds up to {}, the ceiling is {}, visible is only {}", to_string(met),
                to_string(ceiling_), to_string(visible_));
  WALLABY_CHECK(!degraded_ || policy_.may_degrade(), "degraded under a policy that does not");
  WALLABY_CHECK(flushed_ <= visible_ ? flushes_.empty() : flushes_.back().lsn == flushed_,
                "flushed up to {}, visible to {}, but the flushes in between are not known",
                to_string(flushed_), to_string(visible_));
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
