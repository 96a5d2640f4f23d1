#include "node/primary.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace wallaby::node {

using namespace replication;

namespace {

constexpr Duration kSpaceCheck = std::chrono::seconds(1);
Policy policy_from(const NodeOptions& options, Policy policy) {
  if (options.on_missing) policy.on_missing = *options.on_missing;
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
                 const std::deque<Lsn>& unacknowledged, bool fresh)
    : local_(local),
      checkpointer_(checkpointer),
      feeder_(feeder),
      gate_(now, local.cluster.newest().policy, local.cluster.newest().degraded.has_value(),
            local.store->visible(), local.log.flushed()),
      loss_(local.store->visible()),
      told_flushed_(local.log.flushed()),
      restart_end_(local.log.flushed()),
      own_(local),
      next_space_check_(now) {
  feeder_.set_primary(true, local.options.address);
  // Whose they are nobody knows any more; for the loss meter they are commits.
  for (Lsn end : unacknowledged) borders_.push_back({.end = end, .commit = true});
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
  if (!local_.options.opening) return;
  own_.waiting = true;
  // What it makes counts when it is on our own disk: at the first start there is no replica yet to wait for.
  run(now, own_, 0, local_.options.opening, Rung::kAsync);
}

void Primary::Own::answer(RequestId, ReplyBody body) {
  if (!is_final(body)) return;
  waiting = false;
  if (auto* failed = std::get_if<Failed>(&body))
    local_.say(LogLevel::kError,
               fmt::format("what was to be done at the start failed: {}", failed->error.message));
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
    borders_.push_back({.end = lsn});
    pending_.push_back({lsn, std::move(controls_.front().event), std::move(controls_.front().flushed)});
    controls_.pop_front();
    gate_.local(now, local_.log.appended(), told_flushed_);
  }
  return true;
}

void Primary::take_effect(TimePoint now, const Pending& pending) {
  // Of all that one flush brought, only the newest policy ever governs.
  auto newer = std::ranges::any_of(pending_, [&](const Pending& other) {
    return other.lsn <= local_.log.flushed() && std::holds_alternative<PolicyChanged>(other.event);
  });
  if (const auto* policy = std::get_if<PolicyChanged>(&pending.event)) {
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
  } else if (const auto* degraded = std::get_if<Degraded>(&pending.event)) {
    local_.say(LogLevel::kError, fmt::format("DEGRADED to async: {}", degraded->reason));
    if (!newer) gate_.set_degraded(now, true);
  } else if (std::holds_alternative<Rearmed>(pending.event)) {
    local_.say(LogLevel::kInfo, fmt::format("re-armed: {} governs again", to_string(gate_.policy())));
    if (!newer) gate_.set_degraded(now, false);
  }
  if (pending.flushed) pending.flushed(now, pending.lsn);
}

void Primary::refresh_members(TimePoint now) {
  ClusterState state = local_.cluster.at(local_.log.flushed());
  std::set<NodeName> names;
  for (const auto& [name, directory] : state.members) names.insert(name);
  gate_.set_members(now, names);
  feeder_.set_members(state.members);
}

// --- progress ----------------------------------------------------------------------------------------------------------------

void Primary::progressed(TimePoint now) {
  append_control(now);
  drain_queue(now);
  gate_.set_flush_held(local_.ceilings.stands(Stage::kFlushed));
  obey_ceilings(now);
  Lsn flushed = local_.log.flushed();
  // First what governs from here on, then what it governs: both may have come with one flush.
  while (!pending_.empty() && pending_.front().lsn <= flushed) {
    Pending next = std::move(pending_.front());
    pending_.pop_front();
    take_effect(now, next);
  }
  told_flushed_ = flushed;
  gate_.local(now, local_.log.appended(), flushed);
  const NodeName& name = local_.identity.name;
  local_.watch.note(name, Stage::kAppended, local_.log.appended());
  local_.watch.note(name, Stage::kFlushed, flushed);
  local_.traces.reached(now, Stage::kFlushed, flushed);
  drain_gate(now);
  check_ready();
}

void Primary::check_ready() {
  if (ready_ || !controls_.empty() || !pending_.empty() || own_.waiting) return;
  ready_ = true;
  local_.outputs.emplace_back(Ready{fmt::format(
      "primary {}, listening on {}, timeline {}, log end {}", local_.identity.name, local_.options.address,
      to_string(local_.log.timeline()), to_string(local_.log.flushed()))});
}

void Primary::tick(TimePoint now) {
  obey_ceilings(now);
  gate_.tick(now);
  drain_gate(now);
  append_control(now);
  notify_queued(now);
  check_space(now);
}

TimePoint Primary::next_deadline() const {
  TimePoint next = std::min(gate_.next_deadline(), space_asked_ ? kNever : next_space_check_);
  if (!queue_.empty()) next = std::min(next, queue_.front().next_notice);
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
