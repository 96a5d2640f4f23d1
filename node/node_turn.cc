// The end of a turn: every part goes on as far as it can, then jobs and bytes are collected.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "node/node_parts.h"

namespace wallaby::node {
namespace {

constexpr Duration kHousekeeping = std::chrono::seconds(1);
/// Versions without readers that an idle store lets go of each time.
constexpr uint64_t kTidyBudget = 100'000;

}  // namespace

void Node::Parts::turn() {
  // A step lets records pass, which the roles then take further.
  do {
    progress_roles();
  } while (holds.advance());
  release_visibility_waits();
  release_trace_waits();
  pump_sessions();
  check_stop();
  tell_watchers();
  collect_jobs();
  local.connections.take_outputs(local.outputs);
  check_failure();
}

void Node::Parts::progress_roles() {
  holds.apply();  // the log may be another one since the last turn
  if (Primary* self = primary()) {
    self->feed_news(now);
    self->progressed(now);
  }
  if (Replica* self = replica()) {
    self->progressed(now);
    feeder.take_news();  // acknowledgement is the primary's business
  }
  // Senders hear of progress once a turn; what they learn in return (caught up, reports) is the primary's news.
  Lsn flushed = local.log.flushed(), visible = local.store->visible();
  if (flushed != told_flushed || visible != told_visible || local.ceilings.changes() != told_ceilings) {
    told_ceilings = local.ceilings.changes();
    told_flushed = flushed;
    told_visible = visible;
    feeder.flushed(now, primary() ? primary()->awaited_of_replicas() : replica()->awaited());
    checkpointer.tick(now);
    local.cluster.settle(std::min(visible, flushed));  // under `off` readers are ahead of the disk
  }
  feeder.release_log();
  if (Primary* self = primary()) self->feed_news(now);
  if (Replica* self = replica()) self->finish_turn(now);
}

void Node::Parts::release_visibility_waits() {
  Lsn visible = local.store->visible();
  while (!visibility_waits.empty() && visibility_waits.begin()->first <= visible) {
    auto [session, request] = visibility_waits.begin()->second;
    visibility_waits.erase(visibility_waits.begin());
    session->reached(now, request);
  }
}

void Node::Parts::release_trace_waits() {
  if (trace_waits.empty()) return;
  for (auto [lsn, asked] : std::exchange(trace_waits, {})) {
    if (local.traces.incomplete(lsn))
      trace_waits.emplace_back(lsn, asked);
    else
      answer_trace(asked, lsn);
  }
}

void Node::Parts::pump_sessions() {
  for (ConnectionId id : std::exchange(blocked, {})) drain(id);
  pages_due = false;
  for (auto& [id, session] : sessions) pages_due |= session->pump();
}

void Node::Parts::tell_watchers() {
  local.watch.watched = !watchers.empty();
  if (watchers.empty()) return;
  std::vector<replication::StageEvent> events = local.watch.take(now);
  if (events.empty()) return;
  for (auto& [session, request] : watchers) session->answer(request, StageEvents{events});
}

void Node::Parts::collect_jobs() {
  bool frozen = !local.identity.cluster || (replica() && replica()->freezes_log());
  bool hurry = phase != Phase::kRunning || !visibility_waits.empty();
  bool flushing = local.log.flush_in_flight();
  if (Replica* self = replica()) local.log.put_off_flushes(!hurry && !self->flush_due(now));
  if (!frozen)
    while (auto job = local.log.next_job(local.files.next_id))
      local.outputs.emplace_back(RunJob{std::move(*job)});
  if (Replica* self = replica(); self && !flushing && local.log.flush_in_flight()) self->flush_started(now);
  for (FileJob& job : local.files.take_jobs()) local.outputs.emplace_back(RunJob{std::move(job)});
}

/// A log that failed to write or flush, or cannot be replayed, ends the node: it must not promise anything more.
void Node::Parts::check_failure() {
  std::optional<Error> failure = local.log.failure();
  if (replica() && replica()->failure()) failure = replica()->failure();
  if (!failure) return;
  phase = Phase::kStopped;
  local.outputs.emplace_back(Stopped{false, failure->message});
}

void Node::Parts::check_stop() {
  if (phase == Phase::kDraining) {
    bool drained = primary() ? primary()->stopped(now) : local.log.flushed() == local.log.appended();
    if (!drained) return;
    if (Primary* self = primary()) self->abandon_all();
    feeder.end_all(now, replication::GoodbyeKind::kShutdown, fmt::format("{} stops", local.identity.name));
    phase = Phase::kMarking;
    if (local.identity.cluster) local.log.request_mark_sync();
    collect_jobs();  // a mark that is durable already needs none, and no completion would come to wake us
  }
  if (phase != Phase::kMarking) return;
  if (local.identity.cluster && local.log.mark_sync_pending()) return;
  std::vector<ConnectionId> ids;
  for (auto& [id, connection] : local.connections.all()) ids.push_back(id);
  for (ConnectionId id : ids) local.connections.close(id);
  local.connections.take_outputs(local.outputs);
  phase = Phase::kStopped;
  local.outputs.emplace_back(Stopped{
      true, fmt::format("{} has stopped, log end {}", local.identity.name, to_string(local.log.flushed()))});
}

void Node::Parts::housekeeping() {
  next_housekeeping = now + kHousekeeping;
  checkpointer.tick(now);
  local.store->tidy(kTidyBudget);
  if (local.log.disk_full()) local.log.retry_prepare();
  std::vector<ConnectionId> silent;
  for (auto& [id, connection] : local.connections.all())
    if (doorkeeper.overdue(connection, now)) silent.push_back(id);
  for (ConnectionId id : silent) local.connections.close(id);
}

TimePoint Node::Parts::next_deadline() const {
  if (phase == Phase::kStopped) return kNever;
  if (pages_due) return now;
  TimePoint next = std::min(next_housekeeping, feeder.next_deadline());
  if (const Primary* self = primary()) next = std::min(next, self->next_deadline());
  if (const Replica* self = replica()) next = std::min(next, self->next_deadline(now));
  return next;
}

}  // namespace wallaby::node
