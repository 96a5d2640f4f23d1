#include "node/feeder.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"

namespace wallaby::node {
namespace {

using namespace replication;

uint64_t size_of(const std::vector<SharedBytes>& pieces) {
  uint64_t bytes = 0;
  for (const SharedBytes& piece : pieces) bytes += piece.size();
  return bytes;
}

}  // namespace

Feeder::Feed* Feeder::find(ConnectionId connection) {
  auto it = feeds_.find(connection);
  return it == feeds_.end() ? nullptr : &it->second;
}

void Feeder::news(FeedNews::Kind kind, const Feed& feed, std::string reason) {
  Positions positions = feed.sender ? feed.sender->positions() : Positions{};
  news_.push_back({kind, feed.hello.name, feed.hello.directory, positions, std::move(reason)});
}

void Feeder::send(ConnectionId connection, const Message& message,
                  const std::vector<SharedBytes>& attachment) {
  std::string* out = local_.connections.begin_message(connection);
  if (!out) return;
  encode_message(message, *out, size_of(attachment));
  local_.connections.end_message(connection);
  for (const SharedBytes& piece : attachment) local_.connections.attach(connection, piece);
}

// --- the link's life --------------------------------------------------------------------------------------------------

void Feeder::message(TimePoint now, ConnectionId connection, const Message& message) {
  Feed* feed = find(connection);
  if (!feed) return;
  if (const auto* report = std::get_if<Report>(&message); report && feed->sender) {
    feed->lag.reported(now, report->positions);
    local_.traces.reported(now, feed->hello.name, report->traces);
    // While a base copy is on its way the pin keeps what it needs; its own log begins there.
    if (!feed->pinned_log || report->positions.flushed >= *feed->pinned_log)
      slots_.needs(feed->hello.name, report->positions.flushed);
    if (feed->pinned_log && report->positions.flushed > *feed->pinned_log && !feed->sender->copying())
      feed->pinned_log.reset();
    local_.watch.note(feed->hello.name, Stage::kReceived, report->positions.received);
    local_.watch.note(feed->hello.name, Stage::kFlushed, report->positions.flushed);
    local_.watch.note(feed->hello.name, Stage::kApplied, report->positions.applied);
    feed->sender->step(now, ReportArrived{*report});
    news(FeedNews::Kind::kReported, *feed);
    pump(now, *feed);
    return;
  }
  if (!std::holds_alternative<Goodbye>(message))
    local_.say(LogLevel::kWarning,
               fmt::format("replica {} said something out of place; its link is closed", feed->hello.name));
  local_.connections.close(connection);
  remove(now, connection);
}

void Feeder::bytes_sent(TimePoint now, ConnectionId connection, uint64_t bytes) {
  Feed* feed = find(connection);
  if (!feed || !feed->sender) return;
  feed->sender->step(now, LinkDrained{bytes});
  pump(now, *feed);
}

void Feeder::connection_lost(TimePoint now, ConnectionId connection) {
  if (Feed* feed = find(connection)) {
    local_.say(LogLevel::kInfo, fmt::format("replica {}: connection lost", feed->hello.name));
    remove(now, connection);
  }
}

void Feeder::remove(TimePoint, ConnectionId connection) {
  auto it = feeds_.find(connection);
  if (it == feeds_.end()) return;
  Feed feed = std::move(it->second);
  feeds_.erase(it);
  slots_.connected(feed.hello.name, false);
  if (feed.pinned_checkpoint) checkpointer_.unpin(*feed.pinned_checkpoint);
  if (!feed.sender) return;
  local_.traces.left(feed.hello.name);
  last_seen_[feed.hello.name] = {feed.way, feed.sender->positions()};
  news(FeedNews::Kind::kLeft, feed);
}

/// What replicas are told. Under `off` readers are ahead of the disk, and of what replicas may hear.
Lsn Feeder::acknowledged() const {
  return is_primary_ ? std::min(local_.store->visible(), local_.log.flushed()) : Lsn{};
}

void Feeder::flushed(TimePoint now, std::optional<Stage> awaited) {
  FeederFlushed event{local_.log.flushed(), acknowledged(), awaited};
  std::vector<ConnectionId> ids;
  for (auto& [id, feed] : feeds_)
    if (feed.sender) ids.push_back(id);
  for (ConnectionId id : ids) {
    Feed* feed = find(id);
    if (!feed) continue;
    feed->lag.flushed(now, event.lsn);
    if (Connection* connection = local_.connections.find(id)) connection->at_leisure = !awaited;
    feed->sender->step(now, SendCeiling{local_.ceilings.sent_to(feed->hello.name)});
    feed->sender->step(now, event);
    pump(now, *feed);
  }
}

/// How far the log may grow during a base copy. Behind commits that wait for this very replica no checkpoint comes nearer, so a copy
/// may begin far back and still has to be possible.
Lsn Feeder::copy_limit(const Feed& feed) const {
  const NodeOptions& options = local_.options;
  return std::max(*feed.pinned_log + (options.max_slot_keep + options.log.segment_file_size),
                  feed.pinned_at + options.max_slot_keep / 2);
}

void Feeder::tick(TimePoint now) {
  std::vector<ConnectionId> ids;
  for (auto& [id, feed] : feeds_)
    if (feed.sender) ids.push_back(id);
  for (ConnectionId id : ids) {
    Feed* feed = find(id);
    if (!feed) continue;
    if (feed->pinned_log && local_.log.flushed() > copy_limit(*feed))
      feed->sender->end(
          GoodbyeKind::kSlotLost,
          fmt::format("the base copy is too slow: the log grew by {} bytes meanwhile (--max-slot-keep {})",
                      local_.log.flushed() - feed->pinned_at, local_.options.max_slot_keep));
    else
      feed->sender->step(now, SenderTick{});
    pump(now, *feed);
  }
}

void Feeder::drop(TimePoint now, const NodeName& name, GoodbyeKind kind, const std::string& reason) {
  std::vector<ConnectionId> ids;
  for (auto& [id, feed] : feeds_)
    if (feed.hello.name == name) ids.push_back(id);
  for (ConnectionId id : ids) {
    Feed* feed = find(id);
    if (!feed) continue;
    if (feed->sender) {
      feed->sender->end(kind, reason);
      pump(now, *feed);
    } else {
      send(id, Goodbye{kind, reason}, {});
      local_.connections.close(id);
      remove(now, id);
    }
  }
  if (kind == GoodbyeKind::kDropped) {
    slots_.drop(name);
    last_seen_.erase(name);
  }
}

void Feeder::end_all(TimePoint now, GoodbyeKind kind, const std::string& reason) {
  std::set<NodeName> names;
  for (auto& [id, feed] : feeds_) names.insert(feed.hello.name);
  for (const NodeName& name : names) drop(now, name, kind, reason);
}

// --- what the sender asks for ----------------------------------------------------------------------------------------------

void Feeder::pump(TimePoint now, Feed& feed) {
  ConnectionId connection = feed.connection;
  for (;;) {
    std::vector<SenderOutput> outputs = feed.sender->take_outputs();
    if (outputs.empty()) return;
    for (SenderOutput& output : outputs) {
      if (auto* message = std::get_if<SendMessage>(&output)) {
        if (const auto* data = std::get_if<Data>(&message->message))
          local_.traces.sent(now, feed.hello.name, data->traced);
        send(connection, message->message, message->attachment);
      } else if (auto* read = std::get_if<ReadLog>(&output)) {
        read_log(now, feed, *read);
      } else if (auto* copy = std::get_if<ReadCheckpoint>(&output)) {
        read_checkpoint(feed, *copy);
      } else if (auto* shipped = std::get_if<Shipped>(&output)) {
        local_.watch.note(feed.hello.name, Stage::kSent, shipped->lsn);
      } else if (std::holds_alternative<CaughtUp>(output)) {
        local_.traces.joined(feed.hello.name);  // after a base copy
        news(FeedNews::Kind::kCaughtUp, feed);
      } else if (std::holds_alternative<CopySent>(output)) {
        checkpointer_.unpin(*feed.pinned_checkpoint);
        feed.pinned_checkpoint.reset();
      } else if (auto* ended = std::get_if<LinkEnded>(&output)) {
        local_.say(LogLevel::kInfo,
                   fmt::format("replica {}: link ended: {}", feed.hello.name, ended->reason));
        local_.connections.close(connection);
        remove(now, connection);
        return;
      }
    }
  }
}

void Feeder::read_log(TimePoint now, Feed& feed, const ReadLog& read) {
  wal::LogRead found = local_.log.read(read.from, read.until, read.max);
  if (auto* memory = std::get_if<wal::InMemory>(&found)) {
    feed.sender->step(now, LogArrived{memory->segment, memory->from, memory->to, std::move(memory->pieces),
                                      local_.traces.ends_in(memory->from, memory->to)});
  } else if (const auto* gone = std::get_if<wal::Released>(&found)) {
    feed.sender->step(now, LogGone{gone->oldest});
  } else {
    auto disk = std::get<wal::OnDisk>(found);
    local_.files.run(Lane::kFile, {disk.step},
                     [this, disk, number = feed.number](TimePoint then, const FileJobDone& done) {
                       Feed* reader = find_number(number);
                       if (!reader || !reader->sender) return;
                       if (done.error && done.error->code == ErrorCode::kNotFound)
                         reader->sender->step(then, LogGone{local_.log.oldest()});
                       else if (done.error)
                         reader->sender->step(then, ReadFailed{done.error->message});
                       else if (done.reads[0].size() != disk.to - disk.from)
                         reader->sender->step(then, ReadFailed{fmt::format("{} is shorter than the log in it",
                                                                           disk.step.path)});
                       else
                         reader->sender->step(then, LogArrived{disk.segment,
                                                               disk.from,
                                                               disk.to,
                                                               {done.reads[0]},
                                                               local_.traces.ends_in(disk.from, disk.to)});
                       pump(then, *reader);
                     });
  }
}

void Feeder::read_checkpoint(Feed& feed, const ReadCheckpoint& read) {
  ReadStep step{engine::checkpoint_path(read.position), read.offset, read.length};
  local_.files.run(Lane::kFile, {step},
                   [this, read, number = feed.number](TimePoint then, const FileJobDone& done) {
                     Feed* reader = find_number(number);
                     if (!reader || !reader->sender) return;
                     if (done.error)
                       reader->sender->step(then, ReadFailed{done.error->message});
                     else
                       reader->sender->step(then, CheckpointArrived{read.offset, done.reads[0]});
                     pump(then, *reader);
                   });
}

Feeder::Feed* Feeder::find_number(uint64_t number) {
  for (auto& [id, feed] : feeds_)
    if (feed.number == number) return &feed;
  return nullptr;
}

// --- for others -------------------------------------------------------------------------------------------------------------

TimePoint Feeder::next_deadline() const {
  TimePoint next = kNever;
  for (const auto& [id, feed] : feeds_)
    if (feed.sender) next = std::min(next, feed.sender->next_deadline());
  return next;
}

void Feeder::release_log() {
  Lsn keep = std::min(checkpointer_.log_needed_from(), slots_.keep_from(local_.log.flushed()));
  for (const auto& [id, feed] : feeds_)
    if (feed.pinned_log) keep = std::min(keep, *feed.pinned_log);
  if (keep <= local_.log.oldest()) return;
  local_.log.release_below(keep);
  slots_.released(local_.log.oldest());
}

void Feeder::set_members(const std::map<NodeName, DirectoryId>& members) {
  for (const auto& [name, directory] : members)
    if (!slots_.all().contains(name)) slots_.keep(name, local_.log.oldest());
  members_ = members;
}

bool Feeder::all_have(Lsn lsn, const std::set<NodeName>& names) const {
  return std::all_of(feeds_.begin(), feeds_.end(), [&](const auto& entry) {
    const Feed& feed = entry.second;
    if (!feed.sender || !names.contains(feed.hello.name)) return true;
    const Positions& positions = feed.sender->positions();
    return (feed.sender->report().holds.before_apply() ? positions.flushed : positions.applied) >= lsn;
  });
}

const Feeder::Feed* Feeder::streaming(const NodeName& name) const {
  for (const auto& [id, feed] : feeds_)
    if (feed.sender && feed.hello.name == name) return &feed;
  return nullptr;
}

bool Feeder::streams(const NodeName& name) const {
  return streaming(name) != nullptr;
}

Lsn Feeder::furthest_sent(const NodeName& name) const {
  Lsn furthest;
  for (const auto& [id, feed] : feeds_)
    if (feed.sender && (name.empty() || feed.hello.name == name))
      furthest = std::max(furthest, feed.sender->shipped());
  return furthest;
}

Lsn Feeder::furthest_held() const {
  Lsn furthest;
  for (const auto& [name, seen] : last_seen_)
    if (members_.contains(name)) furthest = std::max(furthest, seen.second.flushed);
  for (const auto& [id, feed] : feeds_)
    if (feed.sender) furthest = std::max(furthest, feed.sender->positions().received);
  return furthest;
}

Positions Feeder::positions(const NodeName& name) const {
  const Feed* feed = streaming(name);
  return feed ? feed->sender->positions() : Positions{};
}

ReplicaHolds Feeder::holds(const NodeName& name) const {
  const Feed* feed = streaming(name);
  return feed ? feed->sender->report().holds : ReplicaHolds{};
}

std::vector<ReplicaStatus> Feeder::status(TimePoint now) const {
  std::map<NodeName, ReplicaStatus> all;
  Lsn end = local_.log.flushed();
  for (const auto& [name, directory] : members_) {
    ReplicaStatus& status = all[name];
    status.name = name;
    status.state = "away";
    status.member = true;
    if (auto seen = last_seen_.find(name); seen != last_seen_.end()) {
      status.way = seen->second.first;
      status.positions = seen->second.second;
    }
    status.lag = lag_status(now, {}, status.positions, end);
  }
  for (const auto& [id, feed] : feeds_) {
    if (!feed.sender) continue;
    ReplicaStatus& status = all[feed.hello.name];
    status.name = feed.hello.name;
    status.address = feed.hello.address;
    status.way = feed.way;
    status.state = feed.sender->copying()     ? "copying"
                   : feed.sender->caught_up() ? "streaming"
                                              : "catching up";
    status.holds = feed.sender->report().holds;
    status.sent = feed.sender->shipped();
    status.positions = feed.sender->positions();
    status.lag = lag_status(now, feed.lag, status.positions, end);
    status.last_report = now - feed.sender->last_report();
    status.copied_bytes = feed.sender->copied();
    status.copy_size = feed.sender->copy_size();
  }
  std::vector<ReplicaStatus> result;
  for (auto& [name, status] : all) {
    status.sent_lag_bytes = status.sent < end ? end - status.sent : 0;
    if (auto slot = slots_.all().find(name); slot != slots_.all().end()) status.slot_lost = slot->second.lost;
    result.push_back(std::move(status));
  }
  return result;
}

void Feeder::check_invariants() const {
  std::set<uint64_t> directories;
  for (const auto& [id, feed] : feeds_) {
    WALLABY_CHECK(directories.insert(feed.hello.directory.value).second, "two links of {}", feed.hello.name);
    if (!feed.sender) continue;
    feed.sender->check_invariants();
    WALLABY_CHECK(feed.sender->shipped() <= local_.log.flushed() || feed.sender->copying(),
                  "{} was sent what is not flushed", feed.hello.name);
    if (feed.pinned_log) WALLABY_CHECK(*feed.pinned_log >= local_.log.oldest(), "pinned log was released");
  }
}

}  // namespace wallaby::node
