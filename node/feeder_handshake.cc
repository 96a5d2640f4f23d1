// The first words with a replica: judging its Hello and answering it.
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "node/feeder.h"

namespace wallaby::node {

using namespace replication;

namespace {

/// Directories whose refusal is remembered, at most.
constexpr size_t kRefusalsTold = 1000;

}  // namespace

Answer Feeder::answer_of(Feed&) const {
  Answer answer;
  answer.cluster = local_.identity.cluster.value_or(ClusterId{});
  answer.name = local_.identity.name;
  answer.directory = local_.identity.directory;
  answer.is_primary = is_primary_;
  answer.primary_address = primary_address_;
  answer.history = local_.cluster.newest().history;
  return answer;
}

void Feeder::hello(TimePoint now, ConnectionId connection, Hello hello) {
  // A second link of the same directory replaces the first; the same name from another directory does not.
  std::vector<ConnectionId> replaced;
  bool name_taken = false;
  for (auto& [id, feed] : feeds_) {
    if (feed.hello.directory == hello.directory)
      replaced.push_back(id);
    else if (feed.hello.name == hello.name)
      name_taken = true;
  }
  for (ConnectionId id : replaced) {
    send(id,
         Goodbye{GoodbyeKind::kReplaced,
                 "another connection of the same data directory took this one's place"},
         {});
    local_.connections.close(id);
    remove(now, id);
  }
  Feed& feed = feeds_[connection];
  feed.connection = connection;
  feed.number = next_number_++;
  feed.hello = std::move(hello);
  if (local_.stopping) {
    Answer answer = answer_of(feed);
    answer.decision = Wait{fmt::format("{} is shutting down", local_.identity.name)};
    return refuse(now, feed, std::move(answer));
  }
  if (name_taken) {
    Answer answer = answer_of(feed);
    answer.decision = Refuse{
        RefusalKind::kName,
        fmt::format("another replica named {} is connected here; choose another --name", feed.hello.name)};
    return refuse(now, feed, std::move(answer));
  }
  if (!local_.identity.cluster || local_.identity.copying) {
    Answer answer = answer_of(feed);
    answer.decision = Wait{fmt::format(
        "{} is not ready to feed others: it has no complete copy of its own yet", local_.identity.name)};
    return refuse(now, feed, std::move(answer));
  }
  judge(now, feed, std::nullopt);
}

void Feeder::judge(TimePoint now, Feed& feed, const std::optional<ChecksumFound>& found) {
  FeederLog own;
  own.cluster = *local_.identity.cluster;
  own.is_primary = is_primary_;
  own.oldest = local_.log.oldest();
  own.flushed = local_.log.flushed();
  own.timeline = local_.log.timeline();
  own.cluster_state = &local_.cluster.newest();
  HandshakeDecision decision = judge_hello(feed.hello, own, found);
  if (const auto* need = std::get_if<NeedChecksum>(&decision)) return look_up_checksum(now, feed, need->at);
  if (const auto* snapshot = std::get_if<NeedSnapshot>(&decision))
    return start_snapshot(now, feed, snapshot->reason);
  Answer answer = answer_of(feed);
  if (const auto* go_on = std::get_if<Continue>(&decision)) {
    answer.decision = *go_on;
    return accept(now, feed, std::move(answer), "continue");
  }
  if (const auto* wait = std::get_if<Wait>(&decision)) answer.decision = *wait;
  if (const auto* no = std::get_if<Refuse>(&decision)) {
    answer.decision = *no;
    if (no->kind == RefusalKind::kAhead &&
        local_.cluster.newest().is_member(feed.hello.name, feed.hello.directory))
      news(FeedNews::Kind::kAhead, feed, no->reason);
  }
  refuse(now, feed, std::move(answer));
}

void Feeder::look_up_checksum(TimePoint now, Feed& feed, Lsn at) {
  auto found = local_.log.checksum_at(at);
  if (const auto* known = std::get_if<wal::Log::Known>(&found))
    return judge(now, feed, ChecksumFound{known->checksum});
  if (std::holds_alternative<wal::Released>(found))
    return start_snapshot(now, feed, "the log from its end on is no longer kept");
  auto disk = std::get<wal::OnDisk>(found);
  feed.judging = true;
  local_.files.run(Lane::kFile, {disk.step},
                   [this, disk, number = feed.number](TimePoint then, const FileJobDone& done) {
                     Feed* asked = find_number(number);
                     if (!asked) return;
                     asked->judging = false;
                     if (done.error)
                       return start_snapshot(then, *asked, "the log from its end on is no longer kept");
                     judge(then, *asked, ChecksumFound{wal::Log::checksum_from(disk, done.reads[0].view())});
                   });
}

void Feeder::refuse(TimePoint now, Feed& feed, Answer answer) {
  ConnectionId connection = feed.connection;
  // It asks again every few seconds: the operator hears of each reason once.
  if (refusals_.size() > kRefusalsTold) refusals_.clear();
  const auto* no = std::get_if<Refuse>(&answer.decision);
  if (no && std::exchange(refusals_[feed.hello.directory], no->reason) != no->reason)
    local_.say(LogLevel::kWarning, fmt::format("replica {} is refused: {}", feed.hello.name, no->reason));
  send(connection, answer, {});
  local_.connections.close(connection);
  remove(now, connection);
}

void Feeder::accept(TimePoint now, Feed& feed, Answer answer, std::string way) {
  send(feed.connection, answer, {});
  feed.way = std::move(way);
  refusals_.erase(feed.hello.directory);
  feed.sender.emplace(now, local_.options.sender, answer, local_.log.flushed());
  Lsn from = std::holds_alternative<Continue>(answer.decision)
                 ? std::get<Continue>(answer.decision).from
                 : std::get<Snapshot>(answer.decision).log_from.first;
  // A slot that is kept already stays where the replica's flushed position put it, until it reports.
  auto slot = slots_.all().find(feed.hello.name);
  if (slot == slots_.all().end() || slot->second.lost || slot->second.needs > from)
    slots_.needs(feed.hello.name, from);
  slots_.connected(feed.hello.name, true);
  if (std::holds_alternative<Continue>(answer.decision)) local_.traces.joined(feed.hello.name);
  feed.lag.flushed(now, local_.log.flushed());
  local_.say(LogLevel::kInfo, fmt::format("replica {} follows: {}", feed.hello.name, feed.way));
  news_.push_back({FeedNews::Kind::kJoined, feed.hello.name, feed.hello.directory, {}, {}});
  feed.sender->step(now, SendCeiling{local_.ceilings.sent_to(feed.hello.name)});
  feed.sender->step(now, FeederFlushed{local_.log.flushed(), acknowledged()});
  pump(now, feed);
}

void Feeder::start_snapshot(TimePoint now, Feed& feed, const std::string& reason) {
  uint64_t number = feed.number;
  auto take_new = [&] {
    feed.judging = true;
    checkpointer_.take(now, [this, number, reason](TimePoint then, Result<Lsn> taken) {
      Feed* asked = find_number(number);
      if (!asked) return;
      asked->judging = false;
      if (taken) return copy_checkpoint(then, *asked, reason);
      Answer answer = answer_of(*asked);
      answer.decision =
          Wait{fmt::format("no checkpoint could be taken for a base copy: {}", taken.error().message)};
      refuse(then, *asked, std::move(answer));
    });
  };
  if (checkpointer_.checkpoints().empty()) return take_new();
  Lsn position = checkpointer_.checkpoints().back();
  // A copy that starts far back would soon be past what may be kept for it.
  bool far = local_.log.flushed() - position > local_.options.max_slot_keep / 2;
  if (far && local_.store->visible() > position) return take_new();
  copy_checkpoint(now, feed, reason);
}

void Feeder::copy_checkpoint(TimePoint now, Feed& feed, const std::string& reason) {
  Lsn position = checkpointer_.checkpoints().back();
  if (Lsn ceiling = local_.ceilings.sent_to(feed.hello.name); position > ceiling) {
    Answer answer = answer_of(feed);
    answer.decision = Wait{fmt::format("`sent` is held here at {}, and a base copy would go past it to {}",
                                       to_string(ceiling), to_string(position))};
    return refuse(now, feed, std::move(answer));
  }
  SegmentId segment = local_.log.segment_at(position);
  checkpointer_.pin(position);
  feed.pinned_checkpoint = position;
  feed.pinned_log = segment.first;
  feed.pinned_at = local_.log.flushed();
  feed.judging = true;
  uint64_t number = feed.number;
  auto go_on = [this, number, position, segment, reason](TimePoint then, uint64_t size,
                                                         std::optional<uint64_t> checksum) {
    Feed* asked = find_number(number);
    if (!asked) return;
    asked->judging = false;
    Answer answer = answer_of(*asked);
    if (!checksum) {
      answer.decision = Wait{"the log behind the checkpoint cannot be read"};
      return refuse(then, *asked, std::move(answer));
    }
    Snapshot snapshot;
    snapshot.position = position;
    snapshot.file_size = size;
    snapshot.log_from = segment;
    snapshot.log_from_checksum = *checksum;
    snapshot.reason = reason;
    answer.decision = snapshot;
    accept(then, *asked, std::move(answer), "snapshot: " + reason);
  };
  // The file's size and the chain checksum where the copied log begins.
  auto found = local_.log.checksum_at(segment.first);
  std::vector<FileStep> steps{SizeStep{engine::checkpoint_path(position)}};
  std::optional<uint64_t> known;
  std::optional<wal::OnDisk> disk;
  if (const auto* in_memory = std::get_if<wal::Log::Known>(&found)) known = in_memory->checksum;
  if (const auto* on_disk = std::get_if<wal::OnDisk>(&found)) {
    disk = *on_disk;
    steps.emplace_back(on_disk->step);
  }
  local_.files.run(
      Lane::kFile, std::move(steps), [go_on, known, disk](TimePoint then, const FileJobDone& done) {
        if (done.error) return go_on(then, 0, std::nullopt);
        go_on(then, done.size, disk ? wal::Log::checksum_from(*disk, done.reads[0].view()) : known);
      });
}

}  // namespace wallaby::node
