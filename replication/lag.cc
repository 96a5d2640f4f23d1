#include "replication/lag.h"

#include <algorithm>

#include "base/check.h"

namespace wallaby::replication {
namespace {

constexpr std::array kStages{Stage::kReceived, Stage::kFlushed, Stage::kApplied};

size_t index_of(Stage stage) {
  auto found = std::ranges::find(kStages, stage);
  WALLABY_CHECK(found != kStages.end(), "there is no lag at the stage '{}'", to_string(stage));
  return static_cast<size_t>(found - kStages.begin());
}

}  // namespace

void LagTracker::flushed(TimePoint now, Lsn lsn) {
  if (!samples_.empty() && lsn <= samples_.back().lsn) return;
  if (lsn <= std::ranges::min(reached_)) return;
  if (samples_.size() == kMaxSamples) thin_out();
  samples_.push_back({lsn, now});
}

/// Every second sample goes, never the newest: a replica far behind is measured more coarsely.
void LagTracker::thin_out() {
  size_t kept = 0;
  for (size_t i = 1; i < samples_.size(); i += 2) samples_[kept++] = samples_[i];
  samples_.resize(kept);
}

/// The oldest sample that a stage at `position` has not reached.
std::deque<LagTracker::Sample>::const_iterator LagTracker::waiting_for(Lsn position) const {
  return std::ranges::upper_bound(samples_, position, {}, &Sample::lsn);
}

void LagTracker::reported(TimePoint now, const Positions& positions) {
  for (size_t i = 0; i < kStages.size(); ++i) {
    Lsn to = positions.at(kStages[i]);
    auto before = waiting_for(reached_[i]), after = waiting_for(to);
    if (after == samples_.end())
      measured_[i] = {};  // nothing is outstanding
    else if (after > before)
      measured_[i] = now - std::prev(after)->at;
    reached_[i] = to;
  }
  // What every stage has reached is not needed any more.
  samples_.erase(samples_.begin(), waiting_for(std::ranges::min(reached_)));
}

Duration LagTracker::lag(TimePoint now, Stage stage) const {
  size_t i = index_of(stage);
  auto waiting = waiting_for(reached_[i]);
  if (waiting == samples_.end()) return {};
  return std::max(measured_[i], now - waiting->at);
}

}  // namespace wallaby::replication
