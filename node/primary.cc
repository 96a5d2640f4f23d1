#include "node/primary.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "engine/changes.h"
#include "engine/transaction.h"

namespace wallaby::node {

using namespace replication;

namespace {

constexpr Duration kSpaceCheck = std::chrono::seconds(1);
/// Versions without readers to let go of before a write is refused for want of memory.
constexpr uint64_t kTidyBudget = 10'000;

Policy policy_from(const NodeOptions& options, Policy policy) {
  if (options.rung) policy.rung = *options.rung;
  if (options.sync_replicas) {
    policy.sync_replicas.reset();
    if (*options.sync_replicas != "DEFAULT")
      policy.sync_replicas = *SyncReplicas::parse(*options.sync_replicas);
  }
  return policy;
}

}  // namespace

Primary::Primary(TimePoint now, Local& local, Checkpointer& checkpointer, Feeder& feeder,
                 std::deque<Lsn> unacknowledged, bool fresh)
    : local_(local),
      checkpointer_(checkpointer),
      feeder_(feeder),
      gate_(local.cluster.newest().policy, local.store->visible(), local.log.flushed()),
      borders_(std::move(unacknowledged)),
      restart_end_(local.log.flushed()),
      next_space_check_(now) {
  feeder_.set_primary(true, local.options.address);
  if (fresh || local.log.appended() == Lsn{}) {
    Timeline timeline;
    timeline.number = TimelineId{1};
    timeline.random_id = local.random.next();
    timeline.writer = local.identity.directory;
    timeline.reason = "new cluster";
    timeline.started = local.wall_time(now);
    log_event(now, timeline, {});
  }
  Policy wanted = policy_from(local.options, local.cluster.newest().policy);
  if (wanted != local.cluster.newest().policy) log_event(now, PolicyChanged{wanted}, {});
  refresh_members(now);
  gate_.local(now, local_.log.appended(), local_.log.flushed());
  drain_gate(now);
  append_control(now);
}

// --- writes --------------------------------------------------------------------------------------------------------------

std::optional<Error> Primary::writes_refused() const {
  if (local_.stopping)
    return Error{ErrorCode::kNotServing, fmt::format("{} is shutting down", local_.identity.name)};
  if (local_.log.disk_full() || low_space_)
    return Error{
        ErrorCode::kDiskFull,
        fmt::format("the disk is nearly full, so writes are refused: only {} bytes are free under {}, "
                    "less than a checkpoint and two segments need; reads go "
                    "on, writes resume when there is space",
                    free_bytes_, local_.identity.name)};
  if (local_.store->memory() > local_.options.memory_limit)
    return Error{
        ErrorCode::kRefused,
        fmt::format(
            "writes are refused: the tables take {} bytes of memory, the limit is {} (--memory-limit); "
            "deletes free some",
            local_.store->memory(), local_.options.memory_limit)};
  return std::nullopt;
}

void Primary::write(TimePoint now, Session& session, RequestId request, const Write& write) {
  Asker asker{&session, request};
  if (!queue_.empty() || !controls_.empty() || !run(now, asker, write)) queue_.push_back({asker, write});
}

/// False: no room in the log right now; nothing happened.
bool Primary::run(TimePoint now, const Asker& asker, const Write& write) {
  auto fail = [&](Error error) {
    asker.session->answer(asker.request, Failed{std::move(error), {}});
    return true;
  };
  bool only_deletes =
      std::all_of(write.changes.begin(), write.changes.end(),
                  [](const engine::Change& change) { return change.kind == engine::ChangeKind::kDelete; });
  if (local_.store->memory() > local_.options.memory_limit) local_.store->tidy(kTidyBudget);
  auto refused = writes_refused();
  if (refused && !(refused->code == ErrorCode::kRefused && only_deletes)) return fail(std::move(*refused));
  uint64_t rows = 0;
  auto changes = changes_of(write, rows);
  if (!changes) return fail(std::move(changes.error()));
  if (changes->empty()) {
    // Nothing to log: the answer waits until what it read is visible, or it could tell what may yet vanish.
    if (local_.store->visible() >= local_.store->applied())
      asker.session->answer(asker.request, Written{std::nullopt, 0, gate_.policy().rung, {}});
    else
      nothing_to_log_.emplace(local_.store->applied(), asker);
    return true;
  }
  std::string payload;
  engine::encode_changes(*changes, payload);
  if (payload.size() > wal::kMaxPayload)
    return fail(Error{
        ErrorCode::kTooLarge,
        fmt::format("the transaction takes {} bytes in the log, the limit is {}; commit it in smaller parts",
                    payload.size(), wal::kMaxPayload)});
  switch (local_.log.room_for(payload.size())) {
    case wal::Room::kReady: break;
    case wal::Room::kDiskFull:
      return fail(Error{ErrorCode::kDiskFull,
                        "writes are refused: no room for a further segment of the log on the disk"});
    case wal::Room::kFailed: return fail(Error{ErrorCode::kIo, "the log has failed; the node is stopping"});
    case wal::Room::kPreparing:
    case wal::Room::kHeld: return false;
  }
  std::string_view piece = payload;
  Lsn lsn = local_.log.append(local_.log.timeline(), static_cast<uint16_t>(RecordKind::kChanges),
                              kRecordFormat, std::span(&piece, 1));
  local_.store->apply(lsn, engine::views_of(*changes));
  borders_.push_back(lsn);
  TxnId txn = next_txn_++;
  commits_.emplace(txn, Commit{asker, token(lsn), rows});
  gate_.local(now, local_.log.appended(), local_.log.flushed());
  gate_.enqueue(now, txn, lsn, write.ack);
  return true;
}

Result<engine::Changes> Primary::changes_of(const Write& write, uint64_t& rows) const {
  for (const engine::ChangeView& change : engine::views_of(write.changes))
    if (auto good = engine::check_change(change); !good) return std::unexpected(good.error());
  // The common case, one put into a table that is there, needs no write set.
  if (write.changes.size() == 1 && write.changes[0].kind == engine::ChangeKind::kPut &&
      local_.store->newest_view().has_table(write.changes[0].table)) {
    rows = 1;
    return write.changes;
  }
  engine::Transaction transaction(local_.store->newest_view());
  for (const engine::Change& change : write.changes) {
    Result<void> done;
    switch (change.kind) {
      case engine::ChangeKind::kPut:
        if (!transaction.has_table(change.table)) done = transaction.create_table(change.table);
        if (done) done = transaction.put(change.table, change.key, change.value);
        ++rows;
        break;
      case engine::ChangeKind::kDelete: {
        auto erased = transaction.erase(change.table, change.key);
        if (!erased) return std::unexpected(erased.error());
        rows += *erased ? 1 : 0;
        break;
      }
      case engine::ChangeKind::kCreateTable: done = transaction.create_table(change.table); break;
      case engine::ChangeKind::kDropTable: done = transaction.drop_table(change.table); break;
    }
    if (!done) return std::unexpected(done.error());
  }
  return transaction.take_changes();
}

void Primary::drain_queue(TimePoint now) {
  while (!queue_.empty() && controls_.empty()) {
    // Taken out first: a session may be closed from within an answer.
    Queued next = std::move(queue_.front());
    queue_.pop_front();
    if (run(now, next.asker, next.write)) continue;
    queue_.push_front(std::move(next));
    return;
  }
}

// --- control records -------------------------------------------------------------------------------------------------------

void Primary::log_event(TimePoint, LogEvent event, std::function<void(TimePoint, Lsn)> flushed) {
  controls_.push_back({std::move(event), std::move(flushed)});
}

bool Primary::append_control(TimePoint now) {
  while (!controls_.empty()) {
    std::string payload = encode_log_event(controls_.front().event);
    const auto* timeline = std::get_if<Timeline>(&controls_.front().event);
    TimelineId number = timeline ? timeline->number : local_.log.timeline();
    wal::Room room = local_.log.room_for(payload.size(), number);
    if (room == wal::Room::kDiskFull) local_.log.retry_prepare();
    if (room != wal::Room::kReady) return false;
    std::string_view piece = payload;
    Lsn lsn = local_.log.append(number, static_cast<uint16_t>(kind_of(controls_.front().event)),
                                kRecordFormat, std::span(&piece, 1));
    local_.store->advance(lsn);
    local_.cluster.note(lsn, controls_.front().event);
    borders_.push_back(lsn);
    pending_.push_back({lsn, std::move(controls_.front().event), std::move(controls_.front().flushed)});
    controls_.pop_front();
    gate_.local(now, local_.log.appended(), local_.log.flushed());
  }
  return true;
}

void Primary::take_effect(TimePoint now, const Pending& pending) {
  if (const auto* policy = std::get_if<PolicyChanged>(&pending.event)) {
    // Of several that one flush brought, only the newest ever governs.
    auto newer = std::ranges::any_of(pending_, [&](const Pending& other) {
      return other.lsn <= local_.log.flushed() && std::holds_alternative<PolicyChanged>(other.event);
    });
    if (!newer) gate_.set_policy(now, policy->policy);
    std::ostringstream text;
    text << policy->policy;
    local_.say(LogLevel::kInfo, fmt::format("the ack switch is at {}", text.str()));
  } else if (const auto* joined = std::get_if<MemberJoined>(&pending.event)) {
    joining_.erase(joined->directory);
    refresh_members(now);
    local_.say(LogLevel::kInfo, fmt::format("{} is a member", joined->name));
  } else if (const auto* dropped = std::get_if<MemberDropped>(&pending.event)) {
    if (ahead_ == dropped->directory) {
      ahead_.reset();
      gate_.set_stopped(now, std::nullopt);
    }
    refresh_members(now);
    local_.say(LogLevel::kInfo, fmt::format("{} is no longer a member", dropped->name));
  }
  if (pending.flushed) pending.flushed(now, pending.lsn);
}

void Primary::refresh_members(TimePoint now) {
  ClusterState state = local_.cluster.at(std::max(local_.log.flushed(), local_.store->visible()));
  std::set<NodeName> names;
  for (const auto& [name, directory] : state.members) names.insert(name);
  gate_.set_members(now, names);
  feeder_.set_members(state.members);
}

// --- progress ----------------------------------------------------------------------------------------------------------------

void Primary::progressed(TimePoint now) {
  append_control(now);
  drain_queue(now);
  Lsn flushed = local_.log.flushed();
  // First what governs from here on, then what it governs: both may have come with one flush.
  while (!pending_.empty() && pending_.front().lsn <= flushed) {
    Pending next = std::move(pending_.front());
    pending_.pop_front();
    take_effect(now, next);
  }
  gate_.local(now, local_.log.appended(), flushed);
  const NodeName& name = local_.identity.name;
  local_.watch.note(name, Stage::kAppended, local_.log.appended());
  local_.watch.note(name, Stage::kFlushed, flushed);
  drain_gate(now);
  check_ready();
}

void Primary::feed_news(TimePoint now) {
  for (FeedNews& news : feeder_.take_news()) {
    bool member = local_.cluster.newest().is_member(news.name, news.directory);
    switch (news.kind) {
      case FeedNews::Kind::kJoined:
        if (member) gate_.joined(now, news.name, news.positions);
        break;
      case FeedNews::Kind::kReported:
        if (member) gate_.reported(now, news.name, news.positions);
        break;
      case FeedNews::Kind::kLeft:
        if (member) gate_.left(now, news.name);
        break;
      case FeedNews::Kind::kCaughtUp:
        if (member || !joining_.insert(news.directory).second) break;
        log_event(now, MemberJoined{news.name, news.directory}, [this, news](TimePoint then, Lsn) {
          if (feeder_.streams(news.name)) gate_.joined(then, news.name, feeder_.positions(news.name));
        });
        break;
      case FeedNews::Kind::kAhead:
        if (ahead_ == news.directory) break;  // it asks again and again
        ahead_ = news.directory;
        ahead_name_ = news.name;
        gate_.set_stopped(
            now, fmt::format("{} holds more of the log than this primary, which has lost flushed bytes; "
                             "`wallaby drop-replica {}` takes it out and gives up what only it holds",
                             news.name, news.name));
        local_.say(LogLevel::kError, fmt::format("nothing is acknowledged now: {}", *gate_.stopped()));
        break;
    }
  }
  append_control(now);
  drain_gate(now);
}

void Primary::drain_gate(TimePoint now) {
  for (GateOutput& output : gate_.take_outputs()) {
    if (const auto* visible = std::get_if<VisibleTo>(&output)) {
      make_visible(now, visible->lsn);
    } else if (auto* release = std::get_if<Release>(&output)) {
      auto found = commits_.find(release->txn);
      if (found == commits_.end()) continue;
      Commit commit = std::move(found->second);
      commits_.erase(found);
      commit.asker.session->answer(commit.asker.request,
                                   Written{commit.token, commit.rows, release->rung, std::move(release->by)});
    } else if (auto* notice = std::get_if<Notice>(&output)) {
      auto found = commits_.find(notice->txn);
      if (found == commits_.end()) continue;
      found->second.asker.session->answer(found->second.asker.request,
                                          ClientNotice{std::move(notice->text), found->second.token});
    }
  }
}

void Primary::make_visible(TimePoint, Lsn lsn) {
  Lsn border = local_.store->visible();
  while (!borders_.empty() && borders_.front() <= lsn) {
    border = borders_.front();
    borders_.pop_front();
  }
  local_.store->set_visible(border);
  local_.log.set_acknowledged(border);
  local_.watch.note(local_.identity.name, Stage::kAcknowledged, border);
  for (auto it = nothing_to_log_.begin(); it != nothing_to_log_.end() && it->first <= border;
       it = nothing_to_log_.erase(it))
    it->second.session->answer(it->second.request, Written{std::nullopt, 0, gate_.policy().rung, {}});
}

void Primary::check_ready() {
  if (ready_ || !controls_.empty() || !pending_.empty()) return;
  ready_ = true;
  local_.outputs.emplace_back(Ready{fmt::format(
      "primary {}, listening on {}, timeline {}, log end {}", local_.identity.name, local_.options.address,
      to_string(local_.log.timeline()), to_string(local_.log.flushed()))});
}

void Primary::tick(TimePoint now) {
  gate_.tick(now);
  drain_gate(now);
  check_space(now);
}

TimePoint Primary::next_deadline() const {
  TimePoint next = std::min(gate_.next_deadline(), space_asked_ ? kNever : next_space_check_);
  return std::min(next, stop_deadline_);
}

void Primary::check_space(TimePoint now) {
  if (now < next_space_check_ || space_asked_) return;
  space_asked_ = true;
  local_.files.run(Lane::kFile, {FreeBytesStep{}}, [this](TimePoint then, const FileJobDone& done) {
    space_asked_ = false;
    next_space_check_ = then + kSpaceCheck;
    if (done.error) return;
    free_bytes_ = done.free_bytes;
    bool low = free_bytes_ < checkpointer_.space_needed() + 2 * local_.options.log.segment_file_size;
    if (low != low_space_)
      local_.say(
          low ? LogLevel::kWarning : LogLevel::kInfo,
          low ? fmt::format("only {} bytes are free: writes are refused until there is space", free_bytes_)
              : std::string("there is space on the disk again: writes go on"));
    low_space_ = low;
    if (local_.log.disk_full()) local_.log.retry_prepare();
    if (low && !checkpointer_.running() && local_.log.oldest() < local_.store->visible())
      checkpointer_.make_room(then);
  });
}

}  // namespace wallaby::node
