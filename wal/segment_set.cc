#include "wal/segment_set.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace wallaby::wal {
namespace {

/// One is being waited for, one is the next after it.
constexpr size_t kMaxRecycledSpares = 2;
/// Prepare the next segment when the current one is this full: 1/4. Early enough for zeroing to be done in time.
constexpr uint64_t kPrepareAtFraction = 4;

}  // namespace

SegmentSet::SegmentSet(const std::vector<SegmentId>& kept, uint64_t last_file_size, uint64_t standard_size)
    : standard_size_(standard_size),
      kept_(kept.begin(), kept.end()),
      current_size_(kept.empty() ? 0 : last_file_size) {
  WALLABY_CHECK(standard_size >= 2 * kSegmentHeaderSize, "segments of {} bytes", standard_size);
}

std::optional<SegmentId> SegmentSet::filling() const {
  if (next_) return next_->id;
  if (!kept_.empty()) return kept_.back();
  return std::nullopt;
}

bool SegmentSet::fits(Lsn at, uint64_t frame) const {
  auto id = filling();
  if (!id) return false;
  return file_offset(*id, at) + frame <= (next_ ? next_->file.size : current_size_);
}

SegmentId SegmentSet::segment_for(TimelineId timeline, Lsn at, uint64_t frame) const {
  auto id = filling();
  return id && id->timeline == timeline && fits(at, frame) ? *id : SegmentId{timeline, at};
}

bool SegmentSet::has_spare(uint64_t size) const {
  return std::ranges::any_of(spares_, [&](const Spare& spare) { return spare.size == size; });
}

bool SegmentSet::reserve(SegmentId id, Lsn at, uint64_t frame) {
  if (filling() == id && fits(at, frame)) return true;
  WALLABY_CHECK(id.first == at, "a frame at {} cannot begin {}", to_string(at), segment_path(id));
  uint64_t size = segment_file_size(standard_size_, frame);
  if (!has_spare(size)) wanted_size_ = size;
  return !next_ && has_spare(size);
}

void SegmentSet::take(SegmentId id, Lsn at, uint64_t frame, uint64_t previous_checksum) {
  if (filling() == id && fits(at, frame)) return;
  WALLABY_CHECK(!next_, "{} is not activated yet", segment_path(next_->id));
  uint64_t size = segment_file_size(standard_size_, frame);
  auto spare = std::ranges::find(spares_, size, &Spare::size);
  WALLABY_CHECK(spare != spares_.end(), "no file of {} bytes is prepared", size);
  next_ = Next{.id = id,
               .file = std::move(*spare),
               .previous_checksum = previous_checksum,
               .replaces_current = !kept_.empty() && kept_.back().first == at};
  spares_.erase(spare);
  if (wanted_size_ == size) wanted_size_.reset();
}

std::vector<FileStep> SegmentSet::activation_steps(ClusterId cluster) const {
  SegmentHeader header{next_->id.timeline, cluster, next_->id.first, next_->previous_checksum};
  const std::string& draft = next_->file.path;
  std::string path = segment_path(next_->id);
  std::vector<FileStep> steps{WriteStep{draft, 0, {SharedBytes(encode_segment_header(header))}},
                              SyncStep{draft}, RenameStep{draft, path}};
  if (next_->replaces_current && segment_path(kept_.back()) != path)
    steps.push_back(RemoveStep{segment_path(kept_.back())});
  steps.push_back(SyncDirectoryStep{kWalDirectory});
  return steps;
}

void SegmentSet::activated() {
  if (next_->replaces_current) kept_.pop_back();
  kept_.push_back(next_->id);
  current_size_ = next_->file.size;
  next_.reset();
}

std::string SegmentSet::new_spare_path() {
  return fmt::format("{}/{}{:016X}", kWalDirectory, kSparePrefix, ++spares_made_);
}

std::optional<uint64_t> SegmentSet::size_to_prepare(Lsn end) const {
  if (!may_prepare_) return std::nullopt;
  if (wanted_size_ && !has_spare(*wanted_size_)) return wanted_size_;
  // After a full disk, whether there is space again is found out by trying, needed soon or not.
  bool soon = disk_full_ || next_ ||
              (!kept_.empty() && file_offset(kept_.back(), end) >= current_size_ / kPrepareAtFraction);
  if (soon && !has_spare(standard_size_)) return standard_size_;
  return std::nullopt;
}

std::optional<std::vector<FileStep>> SegmentSet::next_work(Lsn end) {
  if (work_ != Work::kNone) return std::nullopt;
  std::vector<FileStep> steps;
  if (!unfinished_.empty()) {
    work_ = Work::kRemove;
    for (const std::string& path : std::exchange(unfinished_, {})) steps.push_back(RemoveStep{path});
    steps.push_back(SyncDirectoryStep{kWalDirectory});
    return steps;
  }
  if (!released_.empty()) {
    Released oldest = std::move(released_.front());
    released_.pop_front();
    size_t standard_spares = std::ranges::count(spares_, standard_size_, &Spare::size);
    if (oldest.size != standard_size_ || standard_spares >= kMaxRecycledSpares) {
      work_ = Work::kRemove;
      return std::vector<FileStep>{RemoveStep{oldest.path}, SyncDirectoryStep{kWalDirectory}};
    }
    work_ = Work::kRecycle;
    draft_ = Spare{new_spare_path(), oldest.size};
    return std::vector<FileStep>{RenameStep{oldest.path, draft_.path}, SyncDirectoryStep{kWalDirectory},
                                 ZeroStep{draft_.path, 0, draft_.size}, SyncStep{draft_.path}};
  }
  if (auto size = size_to_prepare(end)) {
    work_ = Work::kPrepare;
    may_prepare_ = !disk_full_;
    draft_ = Spare{new_spare_path(), *size};
    // A file for a large frame that never came would lie around forever; the next preparation clears it away.
    auto stale = std::ranges::partition(
        spares_, [&](const Spare& spare) { return spare.size == standard_size_ || *size == standard_size_; });
    for (const Spare& spare : stale) steps.push_back(RemoveStep{spare.path});
    spares_.erase(stale.begin(), stale.end());
    steps.insert(steps.end(), {CreateStep{draft_.path}, ZeroStep{draft_.path, 0, draft_.size},
                               SyncStep{draft_.path}, SyncDirectoryStep{kWalDirectory}});
    return steps;
  }
  return std::nullopt;
}

std::optional<Error> SegmentSet::work_done(const std::optional<Error>& error) {
  Work work = std::exchange(work_, Work::kNone);
  if (error) {
    if (work != Work::kPrepare || error->code != ErrorCode::kDiskFull) return error;
    disk_full_ = true;
    may_prepare_ = false;
    unfinished_.push_back(std::exchange(draft_, {}).path);
    return std::nullopt;
  }
  if (work == Work::kRemove) return std::nullopt;
  spares_.push_back(std::exchange(draft_, {}));
  disk_full_ = false;
  may_prepare_ = true;
  return std::nullopt;
}

void SegmentSet::retry_prepare() {
  may_prepare_ = true;
  if (!wanted_size_ && has_spare(standard_size_)) disk_full_ = false;
}

SegmentId SegmentSet::at(Lsn lsn) const {
  if (next_ && lsn >= next_->id.first) return next_->id;
  auto after = std::ranges::upper_bound(kept_, lsn, {}, &SegmentId::first);
  WALLABY_CHECK(after != kept_.begin(), "no segment holds {}", to_string(lsn));
  return *(after - 1);
}

Lsn SegmentSet::end_of_segment_at(Lsn lsn, Lsn log_end) const {
  auto after = std::ranges::upper_bound(kept_, lsn, {}, &SegmentId::first);
  if (after != kept_.end()) return after->first;
  return next_ && lsn < next_->id.first ? next_->id.first : log_end;
}

uint64_t SegmentSet::size_of(size_t index) const {
  if (index + 1 == kept_.size()) return current_size_;
  return std::max(standard_size_, file_offset(kept_[index], kept_[index + 1].first));
}

void SegmentSet::release_below(Lsn lsn) {
  while (kept_.size() > 1 && kept_[1].first <= lsn) {
    released_.push_back(Released{segment_path(kept_.front()), size_of(0)});
    kept_.pop_front();
  }
}

std::vector<std::string> SegmentSet::files() const {
  std::vector<std::string> paths;
  for (const Released& segment : released_) paths.push_back(segment.path);
  for (const SegmentId& segment : kept_) paths.push_back(segment_path(segment));
  if (next_) paths.push_back(next_->file.path);
  for (const Spare& spare : spares_) paths.push_back(spare.path);
  paths.insert(paths.end(), unfinished_.begin(), unfinished_.end());
  return paths;
}

uint64_t SegmentSet::bytes_on_disk() const {
  uint64_t bytes = next_ ? next_->file.size : 0;
  for (size_t i = 0; i < kept_.size(); ++i) bytes += size_of(i);
  for (const Spare& spare : spares_) bytes += spare.size;
  for (const Released& segment : released_) bytes += segment.size;
  return work_ == Work::kPrepare || work_ == Work::kRecycle ? bytes + draft_.size : bytes;
}

void SegmentSet::check_invariants() const {
  for (size_t i = 1; i < kept_.size(); ++i)
    WALLABY_CHECK(kept_[i - 1].first <= kept_[i].first && kept_[i - 1].timeline <= kept_[i].timeline,
                  "{} before {}", segment_path(kept_[i - 1]), segment_path(kept_[i]));
  if (next_ && !kept_.empty())
    WALLABY_CHECK(kept_.back().first < next_->id.first || next_->replaces_current, "{} before {}",
                  segment_path(kept_.back()), segment_path(next_->id));
}

}  // namespace wallaby::wal
