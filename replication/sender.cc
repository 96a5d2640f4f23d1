#include "replication/sender.h"

#include <algorithm>
#include <numeric>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace wallaby::replication {
namespace {

uint64_t total(const std::vector<SharedBytes>& pieces) {
  return std::accumulate(pieces.begin(), pieces.end(), uint64_t{0},
                         [](uint64_t sum, const SharedBytes& piece) { return sum + piece.size(); });
}

struct Printer {
  std::ostream& out;
  void operator()(const FeederFlushed& event) const {
    out << "flushed " << event.lsn << ", acknowledged " << event.acknowledged;
  }
  void operator()(const SendCeiling& event) const { out << "ceiling " << event.lsn; }
  void operator()(const ReportArrived& event) const { out << Message(event.report); }
  void operator()(const LinkDrained& event) const { out << "link drained " << event.bytes; }
  void operator()(const LogArrived& event) const {
    out << "log arrived " << event.from << ".." << event.to << " of " << event.segment;
  }
  void operator()(const LogGone& event) const { out << "log gone before " << event.oldest; }
  void operator()(const CheckpointArrived& event) const {
    out << "checkpoint arrived at " << event.offset << ", " << event.bytes.size() << " bytes";
  }
  void operator()(const ReadFailed& event) const { out << "read failed: " << event.reason; }
  void operator()(const SenderTick&) const { out << "tick"; }

  void operator()(const SendMessage& output) const {
    if (const auto* data = std::get_if<Data>(&output.message))
      out << "ship " << data->from << ".." << data->from + total(output.attachment) << " of "
          << data->segment;
    else if (const auto* block = std::get_if<CopyBlock>(&output.message))
      out << "ship checkpoint bytes " << block->offset << ".." << block->offset + total(output.attachment)
          << (block->last ? ", the last" : "");
    else
      out << output.message;
  }
  void operator()(const ReadLog& output) const {
    out << "read log from " << output.from << " until " << output.until << ", at most " << output.max;
  }
  void operator()(const ReadCheckpoint& output) const {
    out << "read checkpoint " << output.position << " at " << output.offset << ", " << output.length
        << " bytes";
  }
  void operator()(const Shipped& output) const { out << "shipped " << output.lsn; }
  void operator()(const CaughtUp&) const { out << "caught up"; }
  void operator()(const CopySent&) const { out << "copy sent"; }
  void operator()(const LinkEnded& output) const { out << "link ended: " << output.reason; }
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const SenderEvent& event) {
  std::visit(Printer{out}, event);
  return out;
}

std::ostream& operator<<(std::ostream& out, const SenderOutput& output) {
  std::visit(Printer{out}, output);
  return out;
}

Sender::Sender(TimePoint now, SenderOptions options, const Answer& answer, Lsn feeder_flushed)
    : options_(options), flushed_(feeder_flushed), last_report_(now) {
  if (const auto* go_on = std::get_if<Continue>(&answer.decision)) {
    shipped_ = go_on->from;
  } else {
    const auto* snapshot = std::get_if<Snapshot>(&answer.decision);
    WALLABY_CHECK(snapshot && snapshot->file_size > 0, "nothing can be sent after this answer");
    copy_ = Copy{.position = snapshot->position, .size = snapshot->file_size};
    shipped_ = snapshot->log_from.first;
  }
  WALLABY_CHECK(shipped_ <= flushed_, "the replica would begin at {}, past our flushed {}",
                to_string(shipped_), to_string(flushed_));
  send_keepalive(now);
}

void Sender::step(TimePoint now, const SenderEvent& event) {
  if (ended_) return;
  std::visit([&](const auto& each) { on(now, each); }, event);
}

void Sender::end(GoodbyeKind kind, std::string reason) {
  if (ended_) return;
  send(Goodbye{kind, reason});
  outputs_.emplace_back(LinkEnded{std::move(reason)});
  ended_ = true;
}

std::vector<SenderOutput> Sender::take_outputs() {
  read_next();
  return std::exchange(outputs_, {});
}

TimePoint Sender::next_deadline() const {
  return ended_ ? kNever : std::min(next_keepalive_, last_report_ + options_.timeout);
}

// --- events ------------------------------------------------------------------------------------------------------

void Sender::on(TimePoint, const FeederFlushed& event) {
  WALLABY_CHECK(event.lsn >= flushed_, "our flushed position went from {} back to {}", to_string(flushed_),
                to_string(event.lsn));
  flushed_ = event.lsn;
  acknowledged_ = std::max(acknowledged_, event.acknowledged);
  awaited_ = event.awaited;
}

void Sender::on(TimePoint, const SendCeiling& event) {
  ceiling_ = event.lsn;
}

void Sender::on(TimePoint now, const ReportArrived& event) {
  const Positions &before = report_.positions, &said = event.report.positions;
  if (said.received < before.received || said.flushed < before.flushed || said.applied < before.applied)
    return end(GoodbyeKind::kFailed,
               fmt::format("the replica's report went backwards, from {} to {} received",
                           to_string(before.received), to_string(said.received)));
  if (said.received > flushed_)
    return end(GoodbyeKind::kFailed,
               fmt::format("the replica says that it received {}, but our log is flushed only to {}",
                           to_string(said.received), to_string(flushed_)));
  report_ = event.report;
  last_report_ = now;
  // What it has received and heard has left our link, so a miscount of drained bytes cannot last.
  if (said.received >= shipped_ && event.report.keepalive == keepalive_number_ && !copying()) undrained_ = 0;
  judge_caught_up();
}

void Sender::on(TimePoint, const LinkDrained& event) {
  undrained_ -= std::min(undrained_, event.bytes);
}

void Sender::on(TimePoint, const LogArrived& event) {
  WALLABY_CHECK(reading_ && !reading_->checkpoint && reading_->from == event.from,
                "log from {} was not asked for", to_string(event.from));
  WALLABY_CHECK(event.from < event.to && event.to <= flushed_ && total(event.pieces) == event.to - event.from,
                "log {}..{} does not fit", to_string(event.from), to_string(event.to));
  reading_.reset();
  send(Data{.segment = event.segment,
            .from = event.from,
            .feeder_flushed = flushed_,
            .traced = event.traced,
            .awaited = awaited_},
       event.pieces);
  shipped_ = event.to;
  outputs_.emplace_back(Shipped{shipped_});
}

void Sender::on(TimePoint, const LogGone& event) {
  reading_.reset();
  end(GoodbyeKind::kSlotLost,
      fmt::format("the replica was too slow: it needs the log from {} on, which is kept only from {} on; "
                  "it takes a new base copy",
                  to_string(shipped_), to_string(event.oldest)));
}

void Sender::on(TimePoint, const CheckpointArrived& event) {
  WALLABY_CHECK(reading_ && reading_->checkpoint && reading_->offset == event.offset,
                "checkpoint bytes at {} were not asked for", event.offset);
  WALLABY_CHECK(!event.bytes.empty() && event.offset + event.bytes.size() <= copy_->size,
                "{} checkpoint bytes at {} do not fit", event.bytes.size(), event.offset);
  reading_.reset();
  copy_->sent += event.bytes.size();
  send(CopyBlock{.offset = event.offset, .last = !copying()}, {event.bytes});
  if (!copying()) outputs_.emplace_back(CopySent{});
}

void Sender::on(TimePoint, const ReadFailed& event) {
  reading_.reset();
  end(GoodbyeKind::kFailed, event.reason);
}

void Sender::on(TimePoint now, const SenderTick&) {
  if (now - last_report_ >= options_.timeout)
    return end(GoodbyeKind::kFailed,
               fmt::format("no report from the replica for {}", to_human(now - last_report_)));
  if (now >= next_keepalive_) send_keepalive(now);
}

// --- what leaves -------------------------------------------------------------------------------------------------

void Sender::send(Message message, std::vector<SharedBytes> attachment) {
  undrained_ += wire_size(message, total(attachment));
  outputs_.emplace_back(SendMessage{std::move(message), std::move(attachment)});
}

void Sender::send_keepalive(TimePoint now) {
  next_keepalive_ = now + options_.keepalive;
  if (undrained_ >= options_.window) return;
  ++keepalive_number_;
  send(Keepalive{.feeder_flushed = flushed_, .acknowledged = acknowledged_, .number = keepalive_number_});
  if (caught_up_) return;
  keepalives_.push_back({keepalive_number_, flushed_});
  if (keepalives_.size() > kRemembered) keepalives_.pop_front();
}

void Sender::judge_caught_up() {
  if (caught_up_ || copying() || keepalives_.empty()) return;
  Lsn has = report_.holds.before_apply() ? report_.positions.flushed : report_.positions.applied;
  // The oldest one remembered asks for the least.
  if (report_.keepalive < keepalives_.front().number || has < keepalives_.front().flushed) return;
  caught_up_ = true;
  keepalives_.clear();
  outputs_.emplace_back(CaughtUp{});
}

/// A read is worth its message only when there is room for a whole one, or nothing is on its way.
bool Sender::has_room() const {
  return undrained_ == 0 || undrained_ + options_.max_message <= options_.window;
}

void Sender::read_next() {
  if (ended_ || reading_ || !has_room()) return;
  uint64_t max = std::min(options_.max_message, options_.window);
  if (copying()) {
    reading_ = Reading{.offset = copy_->sent, .checkpoint = true};
    outputs_.emplace_back(
        ReadCheckpoint{copy_->position, copy_->sent, std::min(max, copy_->size - copy_->sent)});
  } else if (Lsn until = std::min(flushed_, ceiling_); shipped_ < until) {
    reading_ = Reading{.from = shipped_};
    outputs_.emplace_back(ReadLog{.from = shipped_, .until = until, .max = max});
  }
}

// --- state -------------------------------------------------------------------------------------------------------

Lsn Sender::shipped() const {
  return shipped_;
}
const Positions& Sender::positions() const {
  return report_.positions;
}
const Report& Sender::report() const {
  return report_;
}
TimePoint Sender::last_report() const {
  return last_report_;
}
bool Sender::caught_up() const {
  return caught_up_;
}
bool Sender::copying() const {
  return copy_ && copy_->sent < copy_->size;
}
uint64_t Sender::copied() const {
  return copy_ ? copy_->sent : 0;
}
uint64_t Sender::copy_size() const {
  return copy_ ? copy_->size : 0;
}

void Sender::check_invariants() const {
  WALLABY_CHECK(shipped_ <= flushed_, "shipped {} before it was flushed ({})", to_string(shipped_),
                to_string(flushed_));
  uint64_t overhead = 4096;  // keepalives and headers around one message
  WALLABY_CHECK(undrained_ <= options_.window + options_.max_message + overhead || ended_,
                "{} bytes wait in the link, the window is {}", undrained_, options_.window);
  WALLABY_CHECK(!reading_ || reading_->checkpoint == copying(), "a read of the wrong kind is out");
}

}  // namespace wallaby::replication
