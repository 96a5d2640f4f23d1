#include "replication/receiver.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace wallaby::replication {
namespace {

struct Printer {
  std::ostream& out;
  void operator()(const LinkUp&) const { out << "link up"; }
  void operator()(const LinkDown& event) const { out << "link down: " << event.reason; }
  void operator()(const TurnedAway& event) const { out << "turned away: " << event.reason; }
  void operator()(const MessageArrived& event) const {
    out << event.message;
    if (!event.attachment.empty()) out << ", " << event.attachment.size() << " bytes";
  }
  void operator()(const Progress& event) const {
    out << event.positions;
    if (event.holds != ReplicaHolds{}) out << ", " << event.holds;
  }
  void operator()(const Rejected& event) const { out << "rejected: " << event.error; }
  void operator()(const CopyInstalled&) const { out << "copy installed"; }
  void operator()(const ReportWanted&) const { out << "report wanted"; }
  void operator()(const ReadingStopped& event) const {
    out << (event.stopped ? "reading stopped" : "reading resumed");
  }
  void operator()(const BytesArrived&) const { out << "bytes arrived"; }
  void operator()(const ReceiverTick&) const { out << "tick"; }

  void operator()(const ConnectToFeeder&) const { out << "connect"; }
  void operator()(const SayHello&) const { out << "say hello"; }
  void operator()(const SendReport& output) const { out << Message(output.report); }
  void operator()(const Accepted& output) const { out << "accepted: " << Message(output.answer); }
  void operator()(const Unlinked& output) const {
    out << "unlinked";
    if (output.refused) out << " (refused: " << to_string(*output.refused) << ')';
    if (output.final) out << " for good";
    out << ": " << output.reason;
  }
  void operator()(const IngestLog& output) const {
    out << "ingest log " << output.data.from << ".." << output.data.from + output.bytes.size() << " of "
        << output.data.segment;
  }
  void operator()(const IngestCopy& output) const {
    out << "ingest checkpoint bytes " << output.block.offset << ".."
        << output.block.offset + output.bytes.size() << (output.block.last ? ", the last" : "");
  }
  void operator()(const FeederProgress& output) const {
    out << "feeder flushed " << output.flushed << ", acknowledged " << output.acknowledged;
  }
  void operator()(const CloseLink&) const { out << "close link"; }
};

}  // namespace

std::string_view to_string(LinkState state) {
  switch (state) {
    case LinkState::kOffline: return "offline";
    case LinkState::kConnecting: return "connecting";
    case LinkState::kIntroduced: return "introduced";
    case LinkState::kCopying: return "copying";
    case LinkState::kStreaming: return "streaming";
    case LinkState::kDropped: return "dropped";
  }
  return "unknown";
}

std::ostream& operator<<(std::ostream& out, const ReceiverEvent& event) {
  std::visit(Printer{out}, event);
  return out;
}

std::ostream& operator<<(std::ostream& out, const ReceiverOutput& output) {
  std::visit(Printer{out}, output);
  return out;
}

Receiver::Receiver(TimePoint now, ReceiverOptions options, uint64_t random_seed)
    : options_(options),
      random_(random_seed),
      now_(now),
      retry_at_(now),
      heard_(now),
      backoff_(options.backoff_min) {}

void Receiver::step(TimePoint now, const ReceiverEvent& event) {
  now_ = now;
  std::visit([&](const auto& each) { on(each); }, event);
}

std::vector<ReceiverOutput> Receiver::take_outputs() {
  if (report_due_) {
    std::string way = state_ == LinkState::kCopying ? "base copy"
                      : reading_stopped_            ? "reading stopped"
                                                    : "streaming";
    outputs_.emplace_back(SendReport{
        Report{.positions = positions_, .holds = holds_, .keepalive = keepalive_, .way = std::move(way)}});
    next_report_ = now_ + options_.report_interval;
  }
  report_due_ = false;
  return std::exchange(outputs_, {});
}

TimePoint Receiver::next_deadline() const {
  switch (state_) {
    case LinkState::kOffline: return retry_at_;
    case LinkState::kDropped: return kNever;
    case LinkState::kConnecting:
    case LinkState::kIntroduced: return silence_deadline();
    case LinkState::kCopying:
    case LinkState::kStreaming: break;
  }
  return std::min(silence_deadline(), next_report_);
}

// --- the link ----------------------------------------------------------------------------------------------------

void Receiver::on(const LinkUp&) {
  if (state_ != LinkState::kConnecting) {
    outputs_.emplace_back(CloseLink{});  // it came after we gave up on it
    return;
  }
  begin(LinkState::kIntroduced);
  outputs_.emplace_back(SayHello{});
}

void Receiver::on(const LinkDown& event) {
  if (state_ == LinkState::kConnecting || linked()) lose(event.reason, false);
}

void Receiver::on(const TurnedAway& event) {
  if (state_ == LinkState::kConnecting || linked()) lose(event.reason, true, RefusalKind::kOther);
}

void Receiver::on(const ReceiverTick&) {
  if (state_ == LinkState::kDropped) return;
  if (state_ == LinkState::kOffline) {
    if (now_ < retry_at_) return;
    begin(LinkState::kConnecting);
    outputs_.emplace_back(ConnectToFeeder{});
    return;
  }
  if (now_ >= silence_deadline()) {
    std::string_view what =
        state_ == LinkState::kConnecting ? "no connection" : "nothing heard from the feeder";
    return lose(fmt::format("{} for {}", what, to_human(now_ - heard_)), true);
  }
  if (reporting() && now_ >= next_report_) report_due_ = true;
}

TimePoint Receiver::silence_deadline() const {
  if (state_ == LinkState::kConnecting) return heard_ + options_.connect_timeout;
  if (reporting() && reading_stopped_) return kNever;
  return heard_ + options_.timeout;
}

bool Receiver::linked() const {
  return state_ == LinkState::kIntroduced || reporting();
}
bool Receiver::reporting() const {
  return state_ == LinkState::kCopying || state_ == LinkState::kStreaming;
}

void Receiver::begin(LinkState state) {
  state_ = state;
  heard_ = now_;
}

void Receiver::lose(std::string reason, bool still_open, std::optional<RefusalKind> refused) {
  state_ = LinkState::kOffline;
  last_failure_ = reason;
  report_due_ = false;
  keepalive_ = 0;
  retry_at_ = now_ + (refused ? options_.backoff_max : next_backoff());
  if (still_open) outputs_.emplace_back(CloseLink{});
  outputs_.emplace_back(Unlinked{.reason = std::move(reason), .refused = refused});
}

void Receiver::violated(std::string_view what) {
  lose(fmt::format("the feeder broke the protocol: {}", what), true);
}

/// A little chance keeps replicas that lost their feeder together from coming back together.
Duration Receiver::next_backoff() {
  Duration wait = backoff_;
  backoff_ = std::min(options_.backoff_max, backoff_ * 2);
  Duration spread(static_cast<Duration::rep>(random_.below(static_cast<uint64_t>(wait.count()) / 4 + 1)));
  return std::max(options_.backoff_min, wait - spread);
}

// --- what the feeder says ----------------------------------------------------------------------------------------

void Receiver::on(const MessageArrived& event) {
  if (!linked()) return;  // still on its way when we closed
  heard_ = now_;
  std::visit([&](const auto& message) { take(message, event.attachment); }, event.message);
}

void Receiver::take(const Answer& answer, std::string_view) {
  if (state_ != LinkState::kIntroduced) return violated("a second answer");
  if (const auto* wait = std::get_if<Wait>(&answer.decision))
    return lose(fmt::format("asked to wait: {}", wait->reason), true);
  if (const auto* refuse = std::get_if<Refuse>(&answer.decision))
    return lose(refuse->reason, true, refuse->kind);

  first_segment_.reset();
  copied_ = copy_size_ = 0;
  if (const auto* go_on = std::get_if<Continue>(&answer.decision)) {
    begin(LinkState::kStreaming);
    expected_ = go_on->from;
    backoff_ = options_.backoff_min;
  } else {
    const auto& snapshot = std::get<Snapshot>(answer.decision);
    begin(LinkState::kCopying);
    copy_size_ = snapshot.file_size;
    first_segment_ = snapshot.log_from;
    expected_ = snapshot.log_from.first;
    positions_ = {};  // what is here is thrown away
    holds_ = {};
  }
  report_due_ = true;
  outputs_.emplace_back(Accepted{answer});
}

void Receiver::take(const Data& data, std::string_view bytes) {
  if (!reporting()) return violated("log before the answer");
  if (copied_ < copy_size_) return violated("log in the middle of the base copy");
  if (data.from != expected_)
    return violated(
        fmt::format("log from {} came where {} belongs", to_string(data.from), to_string(expected_)));
  if (data.segment.first > data.from || (first_segment_ && data.segment != *first_segment_))
    return violated(fmt::format("log from {} came for the wrong segment", to_string(data.from)));
  if (bytes.empty() || data.feeder_flushed < data.from + bytes.size())
    return violated(fmt::format("log from {} that is not flushed at the feeder", to_string(data.from)));
  if (!data.traced.empty() && data.traced.back() > data.from + bytes.size())
    return violated(
        fmt::format("a traced record ends at {}, past its message", to_string(data.traced.back())));
  first_segment_.reset();
  expected_ = data.from + bytes.size();
  feeder_flushed_ = std::max(feeder_flushed_, data.feeder_flushed);
  outputs_.emplace_back(IngestLog{data, bytes});
}

void Receiver::take(const CopyBlock& block, std::string_view bytes) {
  if (state_ != LinkState::kCopying || copied_ == copy_size_)
    return violated("a checkpoint block outside of a base copy");
  if (block.offset != copied_ || bytes.empty() || bytes.size() > copy_size_ - copied_ ||
      block.last != (block.offset + bytes.size() == copy_size_))
    return violated(fmt::format("{} checkpoint bytes at {} do not fit; {} of {} are here", bytes.size(),
                                block.offset, copied_, copy_size_));
  copied_ += bytes.size();
  outputs_.emplace_back(IngestCopy{block, bytes});
}

void Receiver::take(const Keepalive& keepalive, std::string_view) {
  if (!reporting()) return violated("a keepalive before the answer");
  if (keepalive.number <= keepalive_) return violated("a keepalive's number did not grow");
  keepalive_ = keepalive.number;
  feeder_flushed_ = std::max(feeder_flushed_, keepalive.feeder_flushed);
  report_due_ = true;
  outputs_.emplace_back(FeederProgress{keepalive.feeder_flushed, keepalive.acknowledged});
}

void Receiver::take(const Goodbye& goodbye, std::string_view) {
  if (goodbye.kind != GoodbyeKind::kDropped)
    return lose(fmt::format("the feeder said goodbye ({}): {}", to_string(goodbye.kind), goodbye.reason),
                true);
  state_ = LinkState::kDropped;
  report_due_ = false;
  last_failure_ = goodbye.reason;
  outputs_.emplace_back(CloseLink{});
  outputs_.emplace_back(Unlinked{.reason = goodbye.reason, .final = true});
}

void Receiver::take(const Hello&, std::string_view) {
  violated("a hello to the one who said hello");
}
void Receiver::take(const Report&, std::string_view) {
  violated("a report to the one who reports");
}

// --- what the node says ------------------------------------------------------------------------------------------

void Receiver::on(const Progress& event) {
  const Positions& to = event.positions;
  WALLABY_CHECK(to.received >= to.flushed && to.flushed >= to.applied,
                "received {}, flushed {}, applied {} cannot be", to_string(to.received),
                to_string(to.flushed), to_string(to.applied));
  WALLABY_CHECK(state_ != LinkState::kStreaming ||
                    (to.received >= positions_.received && to.flushed >= positions_.flushed &&
                     to.applied >= positions_.applied),
                "our own positions went backwards: received {} after {}", to_string(to.received),
                to_string(positions_.received));
  if (to == positions_ && event.holds == holds_) return;
  positions_ = to;
  holds_ = event.holds;
  report_due_ = reporting();
}

void Receiver::on(const Rejected& event) {
  if (linked()) lose(fmt::format("what the feeder sent cannot be used: {}", event.error.message), true);
}

void Receiver::on(const CopyInstalled&) {
  if (state_ != LinkState::kCopying) return;
  WALLABY_CHECK(copied_ == copy_size_, "a base copy is installed, but only {} of {} bytes are here", copied_,
                copy_size_);
  state_ = LinkState::kStreaming;
  backoff_ = options_.backoff_min;
  report_due_ = true;
}

void Receiver::on(const ReportWanted&) {
  report_due_ = reporting();
}

void Receiver::on(const ReadingStopped& event) {
  if (event.stopped == reading_stopped_) return;
  reading_stopped_ = event.stopped;
  report_due_ = reporting();
  heard_ = now_;
}

void Receiver::on(const BytesArrived&) {
  if (linked()) heard_ = now_;
}

void Receiver::check_invariants() const {
  WALLABY_CHECK(positions_.received >= positions_.flushed && positions_.flushed >= positions_.applied,
                "applied what was not flushed");
  WALLABY_CHECK(copied_ <= copy_size_, "{} bytes of a checkpoint of {}", copied_, copy_size_);
  WALLABY_CHECK(state_ != LinkState::kStreaming || copied_ == copy_size_,
                "streaming before the base copy is whole");
  WALLABY_CHECK(state_ == LinkState::kCopying || state_ == LinkState::kStreaming || !report_due_,
                "a report for nobody");
}

}  // namespace wallaby::replication
