#include "node/replica.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "node/client_messages.h"
#include "node/doorkeeper.h"

namespace wallaby::node {

using namespace replication;

Replica::Replica(TimePoint now, Local& local, Checkpointer& checkpointer, Feeder& feeder, Holds& holds,
                 bool fresh)
    : local_(local),
      checkpointer_(checkpointer),
      feeder_(feeder),
      holds_(holds),
      receiver_(now, local.options.receiver, local.random.next()),
      applier_(local),
      delay_(local.options.apply_delay, local.log.flushed()),
      copy_(local, checkpointer),
      fresh_(fresh || local.identity.copying) {
  feeder_.set_primary(false, to_string(local_.options.primary));
}

// --- the link ---------------------------------------------------------------------------------------------------------------

void Replica::tick(TimePoint now) {
  receive(now, ReceiverTick{});
}

void Replica::connection_made(TimePoint now, ConnectionId) {
  if (local_.options.access.plain()) return receive(now, LinkUp{});
  knock_.emplace(local_.options.access, local_.options.entropy);
  local_.connections.find(link_)->reader.set_limit(Doorkeeper::kMaxMessageBefore);
  std::string* out = local_.connections.begin_message(link_);
  Knock::Next next = knock_->begin(*out);
  local_.connections.end_message(link_);
  knocked(now, next);
}

void Replica::knock_heard(TimePoint now, const proto::MessageView& view) {
  std::string said;
  auto next = knock_->heard(view, local_.connections.find(link_)->reader.buffered(), said);
  if (!next) return receive(now, TurnedAway{next.error().message});
  if (*next == Knock::Next::kStartTls) {
    local_.connections.start_tls(link_, local_.options.primary.host);
    next = knock_->secured(said);
  }
  *local_.connections.begin_message(link_) += said;
  local_.connections.end_message(link_);
  knocked(now, *next);
}

void Replica::knocked(TimePoint now, Knock::Next next) {
  if (next != Knock::Next::kIn) return;
  knock_.reset();
  local_.connections.find(link_)->reader.set_limit(proto::kMaxMessage);
  receive(now, LinkUp{});
}

void Replica::connection_lost(TimePoint now, ConnectionId, const std::string& reason) {
  link_ = 0;
  knock_.reset();
  receive(now, LinkDown{reason});
}

void Replica::bytes_arrived(TimePoint now) {
  receiver_.step(now, BytesArrived{});
}

void Replica::message(TimePoint now, const proto::MessageView& view) {
  if (knock_) return knock_heard(now, view);
  if (view.type == proto::MessageType::kReply) {
    // The last word to somebody who is not let in; see doorkeeper.h.
    auto reply = decode_reply(view);
    auto* failed = reply ? std::get_if<Failed>(&reply->body) : nullptr;
    if (failed) return receive(now, TurnedAway{failed->error.message});
  }
  auto message = decode_message(view);
  if (!message) return receive(now, Rejected{message.error()});
  receive(now, MessageArrived{std::move(*message), view.attachment});
}

void Replica::receive(TimePoint now, const ReceiverEvent& event) {
  receiver_.step(now, event);
  pump(now);
}

void Replica::close_link() {
  if (link_ != 0) local_.connections.close(link_);
  link_ = 0;
  knock_.reset();
  local_.log.forget_waiting();
  held_back_.clear();
  reading_stopped_ = false;
}

void Replica::pump(TimePoint now) {
  for (;;) {
    std::vector<ReceiverOutput> outputs = receiver_.take_outputs();
    if (outputs.empty()) return;
    for (ReceiverOutput& output : outputs) {
      if (std::holds_alternative<ConnectToFeeder>(output)) {
        close_link();
        link_ = next_link_;
        next_link_ += 2;
        Connection& connection = local_.connections.add(link_, to_string(local_.options.primary), now);
        connection.owner = ConnectionOwner::kUpstream;
        connection.reader.set_limit(proto::kMaxMessage);
        local_.outputs.emplace_back(OpenConnection{link_, local_.options.primary});
      } else if (std::holds_alternative<SayHello>(output)) {
        say_hello();
      } else if (auto* report = std::get_if<SendReport>(&output)) {
        report->report.way = way_;
        report->report.traces = local_.traces.take_news(now);
        if (std::string* out = local_.connections.begin_message(link_)) {
          encode_message(report->report, *out);
          local_.connections.end_message(link_);
        }
      } else if (auto* accepted_by = std::get_if<Accepted>(&output)) {
        accepted(now, accepted_by->answer);
      } else if (auto* unlinked = std::get_if<Unlinked>(&output)) {
        refused_ = unlinked->refused;
        copy_.interrupt();
        tell_unlinked(*unlinked);
      } else if (auto* log = std::get_if<IngestLog>(&output)) {
        lag_.flushed(now, log->data.feeder_flushed);
        for (Lsn end : log->data.traced) local_.traces.arrived(now, {end, log->data.segment.timeline});
        pace_.arrived(log->data.from + log->bytes.size(), log->data.awaited);
        take_log(now, log->data.segment, log->bytes);
      } else if (auto* block = std::get_if<IngestCopy>(&output)) {
        if (auto taken = copy_.block(now, block->block, block->bytes); !taken)
          receiver_.step(now, Rejected{taken.error()});
      } else if (auto* progress = std::get_if<FeederProgress>(&output)) {
        lag_.flushed(now, progress->flushed);
        if (!caught_up_target_) caught_up_target_ = progress->flushed;
      } else if (std::holds_alternative<CloseLink>(output)) {
        close_link();
      }
    }
  }
}

void Replica::say_hello() {
  if (std::string* out = local_.connections.begin_message(link_)) {
    encode_message(hello(), *out);
    local_.connections.end_message(link_);
  }
}

/// A link that cannot be made is tried again and again: the operator hears of each reason once.
void Replica::tell_unlinked(const Unlinked& unlinked) {
  if (unlinked.reason == told_reason_) return;
  told_reason_ = unlinked.reason;
  LogLevel level = unlinked.refused || unlinked.final ? LogLevel::kError : LogLevel::kInfo;
  local_.say(level, fmt::format("link to {}: {}", to_string(local_.options.primary), unlinked.reason));
}

Hello Replica::hello() const {
  Hello hello;
  hello.cluster = local_.identity.cluster;
  hello.name = local_.identity.name;
  hello.directory = local_.identity.directory;
  hello.address = local_.options.address;
  hello.copying = local_.identity.copying && !copy_.installing();
  if (!hello.copying) {
    hello.history = local_.cluster.newest().history;
    hello.timeline = local_.log.timeline();
    // The feeder takes this as the place to go on; what counts as received and flushed it learns from reports.
    hello.end = local_.log.appended();
    hello.end_checksum = local_.log.end_checksum();
  }
  return hello;
}

void Replica::accepted(TimePoint now, const Answer& answer) {
  const auto* go_on = std::get_if<Continue>(&answer.decision);
  bool same_cluster = !local_.identity.cluster || *local_.identity.cluster == answer.cluster;
  if (!same_cluster || (go_on && local_.identity.cluster && go_on->from != local_.log.ingest_position()))
    return receiver_.step(now,
                          Rejected{Error{ErrorCode::kProtocol,
                                         fmt::format("the answer of {} does not fit our log", answer.name)}});
  feeder_answer_ = answer;
  told_reason_.clear();
  refused_.reset();
  caught_up_target_.reset();
  feeder_.set_primary(false, answer.primary_address);
  if (const auto* snapshot = std::get_if<Snapshot>(&answer.decision)) {
    way_ = "snapshot: " + snapshot->reason;
    if (copy_.installing())
      return receiver_.step(
          now, Rejected{Error{ErrorCode::kNotServing, "an earlier base copy is still being put in place"}});
    local_.say(LogLevel::kInfo,
               fmt::format("taking a base copy from {} at {} ({} bytes): {}", answer.name,
                           to_string(snapshot->position), snapshot->file_size, snapshot->reason));
    feeder_.end_all(now, GoodbyeKind::kFailed,
                    fmt::format("{} takes a base copy itself", local_.identity.name));
    if (!local_.ceilings.none()) local_.say(LogLevel::kInfo, "a base copy starts over: all holds are lifted");
    holds_.lift_all("a base copy starts over");
    local_.connections.set_reading(link_, false);
    copy_.start(
        now, answer, [this](TimePoint then, Error error) { receive(then, Rejected{std::move(error)}); },
        [this](TimePoint) {
          applier_.restart();
          told_ = {};
          lag_ = {};
          local_.traces.clear();
          local_.connections.set_reading(link_, true);
        },
        [this](TimePoint then) {
          delay_.restart(local_.log.flushed());
          pace_.restart();
          local_.say(LogLevel::kInfo,
                     fmt::format("the base copy at {} is complete", to_string(local_.store->applied())));
          receive(then, CopyInstalled{});
          progressed(then);
        });
    return;
  }
  way_ = "continue";
  if (!local_.identity.cluster) adopt_cluster(now, answer.cluster);
}

/// An empty directory becomes part of the cluster: durable before anything of its log is.
void Replica::adopt_cluster(TimePoint, ClusterId cluster) {
  local_.identity.cluster = cluster;
  wal::LogStart start;
  start.cluster = cluster;
  start.end_checksum = wal::chain_start(cluster);
  start.mark = local_.log.newest_mark();
  local_.log = wal::Log(std::move(start), local_.options.log);
  adopting_ = true;
  local_.files.run(Lane::kFile, local_.identity_steps(), [this](TimePoint then, const FileJobDone& done) {
    adopting_ = false;
    if (done.error) {
      failure_ = *done.error;
      return;
    }
    take_held_back(then);
  });
}

// --- log bytes -----------------------------------------------------------------------------------------------------------------

void Replica::take_log(TimePoint now, SegmentId segment, std::string_view bytes) {
  if (adopting_) {
    held_back_.emplace_back(segment, std::string(bytes));
    return;
  }
  if (auto taken = local_.log.ingest(segment, bytes); !taken) receiver_.step(now, Rejected{taken.error()});
  check_room(now);
}

void Replica::take_held_back(TimePoint now) {
  for (auto& [segment, bytes] : std::exchange(held_back_, {})) take_log(now, segment, bytes);
  pump(now);
}

/// Bytes wait for a segment, for a hold on `received`, or a pause keeps the log growing. Without a pause a log beyond the
/// limit is no reason: only further records, and the checkpoints behind them, make it shorter again.
bool Replica::log_is_full() const {
  constexpr uint64_t kHeldInMemory = 1 << 20;
  bool unwritten = local_.ceilings.stands(Stage::kReceived) &&
                   local_.log.appended() - local_.log.progress().written > kHeldInMemory;
  return local_.log.bytes_waiting() > wal::kMaxPayload + (1 << 20) || unwritten || local_.log.disk_full() ||
         (keeps_back() && local_.log.bytes_on_disk() > local_.options.max_log);
}

/// A delay alone keeps back only what is younger than it: with all of that applied, waiting for less log would never end.
bool Replica::keeps_back() const {
  ReplicaHolds holding = holds();
  if (local_.store->applied() >= local_.log.flushed()) holding.apply_delay = {};
  return holding.before_apply();
}

/// Stops reading while the log is full, and goes on reporting.
void Replica::check_room(TimePoint now) {
  bool full = log_is_full();
  if (full == reading_stopped_ || link_ == 0 || copy_.freezes_log()) return;
  reading_stopped_ = full;
  local_.connections.set_reading(link_, !full);
  receiver_.step(now, ReadingStopped{full});
  if (full)
    local_.say(
        LogLevel::kWarning,
        local_.log.disk_full() ? std::string("the disk is full: receiving stops until space returns")
        : local_.ceilings.stands(Stage::kReceived)
            ? std::string("`received` is held and enough waits in memory: reading stops until it is released")
            : fmt::format("the log has reached {} bytes (--max-log): receiving stops until replay catches up",
                          local_.log.bytes_on_disk()));
}

ReplicaHolds Replica::holds() const {
  ReplicaHolds holds;
  for (const auto& [name, ceiling] : local_.ceilings.all())
    if (name.stage != Stage::kSent) holds.stages.push_back(name.stage);
  holds.apply_delay = delay_.delay();
  return holds;
}

bool Replica::flush_due(TimePoint now) const {
  if (local_.identity.copying || copy_.installing()) return true;
  return pace_.may_start(now, local_.log.flushed(), local_.log.progress().written);
}

Positions Replica::positions() const {
  Positions positions;
  // Until `copying` is taken back, a crash throws all of it away: nothing of it may count for a promise.
  if (local_.identity.copying) return positions;
  positions.received = local_.log.progress().written;
  positions.flushed = local_.log.flushed();
  positions.applied = std::min(local_.store->applied(), positions.flushed);
  return positions;
}

void Replica::progressed(TimePoint now) {
  copy_.log_moved(now);
  if (failure_) return;
  delay_.flushed(now, local_.log.flushed());
  applier_.set_delay_ceiling(delay_.ceiling(now));
  if (!local_.identity.copying)
    if (auto applied = applier_.run(now); !applied) failure_ = applied.error();
  check_room(now);
  Positions current = positions();
  ReplicaHolds holding = holds();
  bool news = current != told_ || holding != told_holds_;
  if (!news && now < report_due_) return;
  bool receipt_alone =
      current.flushed == told_.flushed && current.applied == told_.applied && holding == told_holds_;
  report_due_ = std::min(report_due_, receipt_alone ? pace_.report_due(now) : now);
  told_ = current;
  told_holds_ = holding;
  lag_.reported(now, current);
  const NodeName& name = local_.identity.name;
  local_.watch.note(name, Stage::kReceived, current.received);
  local_.watch.note(name, Stage::kFlushed, current.flushed);
  local_.watch.note(name, Stage::kApplied, current.applied);
  local_.traces.reached(now, Stage::kReceived, current.received);
  local_.traces.reached(now, Stage::kFlushed, current.flushed);
  local_.traces.reached(now, Stage::kApplied, current.applied);
  if (now >= report_due_) {
    receiver_.step(now, Progress{current, told_holds_});
    report_due_ = kNever;
  }
  check_ready();
}

void Replica::finish_turn(TimePoint now) {
  if (local_.traces.has_news()) receiver_.step(now, ReportWanted{});
  pump(now);
}

void Replica::check_ready() {
  if (ready_ || local_.identity.copying) return;
  bool ready = !fresh_;
  if (fresh_ && feeder_answer_) {
    if (feeder_answer_->is_primary)
      ready = local_.cluster.newest().is_member(local_.identity.name, local_.identity.directory);
    else
      ready = caught_up_target_ && local_.store->applied() >= *caught_up_target_;
  }
  if (!ready) return;
  ready_ = true;
  local_.outputs.emplace_back(
      Ready{fmt::format("replica {}, listening on {}, following {}, timeline {}, log end {}",
                        local_.identity.name, local_.options.address, to_string(local_.options.primary),
                        to_string(local_.log.timeline()), to_string(local_.log.flushed()))});
}

TimePoint Replica::next_deadline(TimePoint now) const {
  if (failure_) return now;
  if (!local_.identity.copying && applier_.more()) return now;
  if (!ready_ && !fresh_) return now;
  const wal::LogProgress& log = local_.log.progress();
  return std::min({report_due_, receiver_.next_deadline(), delay_.next_deadline(),
                   pace_.next_deadline(now, log.flushed, log.written)});
}

void Replica::check_invariants() const {
  receiver_.check_invariants();
  if (local_.identity.copying) return;
  WALLABY_CHECK(local_.store->applied() <= local_.log.flushed(), "{} applied what is not flushed",
                local_.identity.name);
}

}  // namespace wallaby::node
