#include "wal/group_commit.h"

#include <algorithm>
#include <ostream>

#include "base/check.h"

namespace wallaby::wal {

void GroupCommit::append(Lsn to) {
  WALLABY_CHECK(to > progress_.appended, "append to {} behind {}", to_string(to),
                to_string(progress_.appended));
  progress_.appended = to;
  unwritten_.push_back(to);
}

std::optional<LogRange> GroupCommit::start_write(Lsn limit, uint64_t max) {
  Lsn to = std::min({progress_.appended, limit, write_ceiling_, issued_ + max});
  if (to <= issued_) return std::nullopt;
  LogRange range{issued_, to};
  issued_ = to;
  return range;
}

void GroupCommit::write_done(Lsn to) {
  WALLABY_CHECK(to >= progress_.written && to <= issued_, "written {} of {}", to_string(to),
                to_string(issued_));
  for (; !unwritten_.empty() && unwritten_.front() <= to; unwritten_.pop_front())
    progress_.written = unwritten_.front();
}

std::optional<Lsn> GroupCommit::start_flush() {
  Lsn to = std::min(progress_.written, flush_ceiling_);
  if (in_flight_ || flushes_put_off_ || to <= progress_.flushed) return std::nullopt;
  in_flight_ = to;
  return to;
}

Lsn GroupCommit::lowest_write_ceiling() const {
  auto end = std::ranges::lower_bound(unwritten_, issued_);
  return end == unwritten_.end() ? issued_ : *end;
}

void GroupCommit::flush_done() {
  WALLABY_CHECK(in_flight_.has_value(), "no flush is in flight");
  progress_.flushed = *in_flight_;
  in_flight_.reset();
}

void GroupCommit::check_invariants() const {
  WALLABY_CHECK(
      progress_.flushed <= progress_.written && progress_.written <= issued_ && issued_ <= progress_.appended,
      "flushed {}, written {}, issued {}, appended {}", to_string(progress_.flushed),
      to_string(progress_.written), to_string(issued_), to_string(progress_.appended));
  WALLABY_CHECK(!in_flight_ || (*in_flight_ > progress_.flushed && *in_flight_ <= progress_.written),
                "a flush to {} with {} written", to_string(*in_flight_), to_string(progress_.written));
}

std::ostream& operator<<(std::ostream& out, const LogProgress& progress) {
  return out << "appended " << progress.appended << ", written " << progress.written << ", flushed "
             << progress.flushed;
}

std::ostream& operator<<(std::ostream& out, const LogRange& range) {
  return out << range.from << ".." << range.to;
}

}  // namespace wallaby::wal
