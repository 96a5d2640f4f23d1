// The primary and its commit gate: what replicas' news means for it, and what its outputs mean for clients and readers.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "node/primary.h"
#include "replication/wait_text.h"

namespace wallaby::node {

using namespace replication;

namespace {

/// Between two notices to a write that queues.
constexpr Duration kNoticeInterval = std::chrono::seconds(10);

}  // namespace

// --- news of replicas ------------------------------------------------------------------------------------------------

/// For the sentence that a waiting client is told.
std::string Primary::remark_on(const NodeName& name) const {
  if (local_.ceilings.sent_to(name) != kMaxLsn) return "`sent` is held here";
  ReplicaHolds holds = feeder_.holds(name);
  std::vector<std::string> stages;
  for (Stage stage : holds.stages) stages.push_back(fmt::format("`{}`", to_string(stage)));
  std::string text = listed(stages);
  if (!text.empty()) text += stages.size() == 1 ? " is held there" : " are held there";
  if (holds.apply_delay > Duration::zero())
    text += fmt::format("{}it applies {} late on purpose", text.empty() ? "" : ", and ",
                        to_human(holds.apply_delay));
  return text;
}

/// A hold on `acknowledged` counts from its answer on: the gate hears of it before it hears of anything else.
void Primary::obey_ceilings(TimePoint now) {
  if (std::exchange(obeyed_ceilings_, local_.ceilings.changes()) == local_.ceilings.changes()) return;
  gate_.set_ceiling(now, local_.ceilings.of(Stage::kAcknowledged));
  for (const auto& [name, directory] : local_.cluster.newest().members)
    gate_.set_remark(name, remark_on(name));
}

void Primary::feed_news(TimePoint now) {
  obey_ceilings(now);
  for (FeedNews& news : feeder_.take_news()) {
    bool member = local_.cluster.newest().is_member(news.name, news.directory);
    switch (news.kind) {
      case FeedNews::Kind::kJoined:
        if (member) gate_.joined(now, news.name, news.positions);
        break;
      case FeedNews::Kind::kReported:
        if (!member) break;
        gate_.set_remark(news.name, remark_on(news.name));
        gate_.reported(now, news.name, news.positions);
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
  loss_.on_replica(feeder_.furthest_held());
  append_control(now);
  drain_gate(now);
}

// --- what the gate says ----------------------------------------------------------------------------------------------

void Primary::drain_gate(TimePoint now) {
  for (GateOutput& output : gate_.take_outputs()) std::visit([&](auto& each) { on(now, each); }, output);
}

void Primary::on(TimePoint now, const VisibleTo& visible) {
  Lsn border = local_.store->visible();
  for (; !borders_.empty() && borders_.front().end <= visible.lsn; borders_.pop_front()) {
    border = borders_.front().end;
    if (borders_.front().commit && !borders_.front().counted) loss_.acknowledged(border);
  }
  local_.store->set_visible(border);
  local_.log.set_acknowledged(border);
  loss_.reach(border);
  local_.watch.note(local_.identity.name, Stage::kAcknowledged, border);
  local_.traces.reached(now, Stage::kAcknowledged, border);
  while (!late_answers_.empty() && late_answers_.begin()->first <= border) {
    LateAnswer late = std::move(late_answers_.begin()->second);
    late_answers_.erase(late_answers_.begin());
    if (auto* unchanged = std::get_if<Written>(&late.body)) unchanged->rung = gate_.governing();
    late.asker.session->answer(late.asker.request, std::move(late.body));
  }
}

void Primary::on(TimePoint, replication::Release& release) {
  auto found = commits_.find(release.txn);
  if (found == commits_.end()) return;
  Commit commit = std::move(found->second);
  commits_.erase(found);
  if (release.lsn > local_.store->visible()) count_acknowledged(release.lsn);
  local_.traces.told(release.lsn, release.rung, release.by);
  commit.asker.session->answer(commit.asker.request,
                               Written{commit.token, commit.rows, release.rung, std::move(release.by)});
}

/// Its client is told before readers see it (a weaker rung of its own).
void Primary::count_acknowledged(Lsn lsn) {
  auto border = std::ranges::lower_bound(borders_, lsn, {}, &Border::end);
  if (border == borders_.end() || border->end != lsn || border->counted) return;
  border->counted = true;
  loss_.acknowledged(lsn);
}

void Primary::on(TimePoint, replication::Notice& notice) {
  auto found = commits_.find(notice.txn);
  if (found == commits_.end()) return;
  found->second.asker.session->answer(found->second.asker.request,
                                      ClientNotice{std::move(notice.text), found->second.token});
}

void Primary::on(TimePoint now, const Degrade& degrade) {
  log_event(now, Degraded{degrade.reason}, {});
}

void Primary::on(TimePoint now, const Rearm&) {
  log_event(now, Rearmed{}, {});
}

/// Writes that queue were not run: nothing of them is logged.
void Primary::notify_queued(TimePoint now) {
  if (queue_.empty() || queue_.front().next_notice > now) return;
  std::string why =
      local_.ceilings.stands(Stage::kAppended)
          ? fmt::format(
                "this write is not run yet: {} holds `appended` at {}; `wallaby release appended` "
                "lets it go on",
                local_.identity.name, to_string(local_.ceilings.of(Stage::kAppended)))
          : fmt::format(
                "this write is not run yet: the log of {} has no room before its next segment is "
                "ready",
                local_.identity.name);
  if (local_.ceilings.stands(Stage::kFlushed)) why += ", and `flushed` is held there";
  for (Queued& queued : queue_) {
    if (queued.next_notice > now) break;
    queued.next_notice = now + kNoticeInterval;
    queued.asker.session->answer(queued.asker.request, ClientNotice{why, {}});
  }
}

}  // namespace wallaby::node
