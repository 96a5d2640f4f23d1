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
  // Samples closer together than a small part of the whole span tell nothing more: the newest one moves on instead.
  size_t size = samples_.size();
  if (size >= 2 &&
      now - samples_[size - 2].at < (samples_.back().at - samples_.front().at) / kMaxSamples * 2) {
    samples_.back() = {lsn, now};
    return;
  }
  if (size == kMaxSamples) thin_out();
  samples_.push_back({lsn, now});
}

/// Every second sample goes, but never the oldest nor the newest: their ages are what status shows.
void LagTracker::thin_out() {
  size_t kept = 1;
  for (size_t i = 2; i + 1 < samples_.size(); i += 2) samples_[kept++] = samples_[i];
  samples_[kept++] = samples_.back();
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
