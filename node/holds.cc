#include "node/holds.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "node/applier.h"
#include "replication/log_events.h"
#include "replication/wait_text.h"
#include "wal/frame.h"

namespace wallaby::node {

using replication::Stage;
using replication::StageName;

// --- what people ask -------------------------------------------------------------------------------------------------

Result<void> Holds::allowed_here(const StageName& name) const {
  bool primary = local_.identity.role == Role::kPrimary;
  bool here = name.stage == Stage::kFlushed || name.stage == Stage::kSent ||
              (primary ? name.stage == Stage::kAppended || name.stage == Stage::kAcknowledged
                       : name.stage == Stage::kReceived || name.stage == Stage::kApplied);
  if (!here)
    return error(
        ErrorCode::kRefused, "{} is a {}, and has no stage `{}`; it can hold {}", local_.identity.name,
        to_string(local_.identity.role), to_string(name.stage),
        primary ? "appended, flushed, sent and acknowledged" : "received, flushed, applied and sent");
  if (!name.replica.empty() && name.stage != Stage::kSent)
    return error(ErrorCode::kInvalidArgument,
                 "only `sent` can be held for one replica; `{}` is this node's own", to_string(name.stage));
  bool known = name.replica.empty() || feeder_.streams(name.replica) ||
               local_.cluster.newest().members.contains(name.replica);
  if (!known)
    return error(ErrorCode::kNotFound, "{} feeds no replica '{}'; `wallaby status` lists them",
                 local_.identity.name, name.replica);
  return {};
}

/// Where the ceiling goes: no lower than what has passed, or is about to.
Lsn Holds::lowest(const StageName& name) const {
  switch (name.stage) {
    case Stage::kAppended: return local_.log.appended();
    case Stage::kReceived: return local_.log.lowest_write_ceiling();
    case Stage::kFlushed: return local_.log.lowest_flush_ceiling();
    case Stage::kSent: return local_.log.flushed();
    case Stage::kApplied: return local_.store->applied();
    case Stage::kAcknowledged: return local_.store->visible();
  }
  return kMaxLsn;
}

Lsn Holds::position(const StageName& name) const {
  switch (name.stage) {
    case Stage::kAppended: return local_.log.appended();
    case Stage::kReceived: return local_.log.progress().written;
    case Stage::kFlushed: return local_.log.flushed();
    case Stage::kSent: return feeder_.furthest_sent(name.replica);
    case Stage::kApplied: return local_.store->applied();
    case Stage::kAcknowledged: return local_.store->visible();
  }
  return {};
}

void Holds::hold(Session& session, RequestId request, const StageName& name) {
  if (auto good = allowed_here(name); !good) return session.answer(request, Failed{good.error(), {}});
  // The log is about to be another one, and no place in it is where a ceiling could stand.
  if (local_.identity.copying)
    return session.answer(
        request, Failed{Error{ErrorCode::kNotServing,
                              fmt::format("{} takes a base copy; hold its stages when that is complete",
                                          local_.identity.name)},
                        {}});
  // Held anew: what an earlier step would still let through does not pass.
  if (auto stands = steps_.find(name); stands != steps_.end() && stands->second.left > 0)
    lift(name, fmt::format("`{}` was held anew", to_string(name)));
  if (!steps_.contains(name)) {
    Lsn ceiling = lowest(name);
    local_.ceilings.set(name, ceiling);
    if (name.stage == Stage::kAppended) local_.log.set_append_ceiling(ceiling);
    steps_[name].number = next_number_++;
    apply();
  }
  Lsn at = local_.ceilings.at(name);
  session.answer(
      request,
      Done{name.stage == Stage::kApplied
               ? fmt::format("{}: replay is paused at {}", local_.identity.name, to_string(at))
               : fmt::format("{}: `{}` is held at {}", local_.identity.name, to_string(name), to_string(at)),
           Token{at, local_.log.timeline()}});
}

void Holds::release(Session& session, RequestId request, const std::optional<StageName>& name) {
  if (name) {
    if (auto good = allowed_here(*name); !good) return session.answer(request, Failed{good.error(), {}});
    bool stood = steps_.contains(*name);
    if (stood) lift(*name, fmt::format("`{}` was released", to_string(*name)));
    bool pause = name->stage == Stage::kApplied;
    std::string what = pause ? "replay" : fmt::format("`{}`", to_string(*name));
    std::string how = stood ? "goes on" : pause ? "was not paused" : "was not held";
    return session.answer(request, Done{fmt::format("{}: {} {}", local_.identity.name, what, how), {}});
  }
  std::string released = standing();
  lift_all("all holds were released");
  session.answer(request,
                 Done{released.empty() ? fmt::format("{}: nothing is held", local_.identity.name)
                                       : fmt::format("{}: released {}", local_.identity.name, released),
                      {}});
}

/// "flushed", "flushed and sent to r1"
std::string Holds::standing() const {
  std::vector<std::string> names;
  for (const auto& [name, steps] : steps_) names.push_back(to_string(name));
  return replication::listed(names);
}

Result<StageName> Holds::chosen(const std::optional<StageName>& name) const {
  if (name) {
    if (auto good = allowed_here(*name); !good) return std::unexpected(good.error());
    if (!steps_.contains(*name))
      return error(ErrorCode::kRefused, "`{}` is not held on {}; `hold {}` first, then step",
                   to_string(*name), local_.identity.name, to_string(name->stage));
    return *name;
  }
  if (steps_.empty())
    return error(ErrorCode::kRefused,
                 "{} holds nothing; `pause` a replica or `hold` a stage first, then step",
                 local_.identity.name);
  if (steps_.size() > 1)
    return error(ErrorCode::kInvalidArgument, "{} holds {}; say which one to step: --stage STAGE",
                 local_.identity.name, standing());
  return steps_.begin()->first;
}

void Holds::step(Session& session, RequestId request, const Step& step) {
  auto name = chosen(step.name);
  if (!name) return session.answer(request, Failed{name.error(), {}});
  Steps& steps = steps_.at(*name);
  auto fail = [&](ErrorCode code, const char* why) { session.answer(request, Failed{Error{code, why}, {}}); };
  if (steps.untold > 0)
    return fail(ErrorCode::kRefused, "another step is under way; wait for it, or release the hold");
  if (step.records == 0) return fail(ErrorCode::kInvalidArgument, "step needs at least one record");
  steps.session = &session;
  steps.request = request;
  steps.untold = step.records;
  steps.left = step.records;
  if (name->stage == Stage::kAppended) local_.log.set_append_ceiling(local_.ceilings.at(*name), step.records);
}

void Holds::close(Session& session) {
  for (auto& [name, steps] : steps_)
    if (steps.session == &session) steps.session = nullptr;
}

void Holds::fail_step(Steps& steps, ErrorCode code, const std::string& why) {
  if (steps.untold > 0 && steps.session)
    steps.session->answer(steps.request, Failed{Error{code, "the step ended early: " + why}, {}});
  steps.untold = steps.left = 0;
  steps.session = nullptr;
  steps.allowed.clear();
}

void Holds::lift(const StageName& name, const std::string& why) {
  auto found = steps_.find(name);
  if (found == steps_.end()) return;
  fail_step(found->second, ErrorCode::kRefused, why);
  steps_.erase(found);
  local_.ceilings.lift(name);
  if (name.stage == Stage::kAppended) local_.log.set_append_ceiling(kMaxLsn);
  apply();
}

void Holds::lift_all(const std::string& why) {
  while (!steps_.empty()) lift(StageName(steps_.begin()->first), why);
}

// --- ceilings ----------------------------------------------------------------------------------------------------------

void Holds::apply() {
  local_.log.set_write_ceiling(local_.ceilings.of(Stage::kReceived));
  local_.log.set_flush_ceiling(local_.ceilings.of(Stage::kFlushed));
}

bool Holds::advance() {
  bool moved = false;
  for (auto& [name, steps] : steps_) {
    moved |= move_over_records(name, steps);
    tell_passed(name, steps);
  }
  if (moved) apply();
  return moved;
}

bool Holds::move_over_records(const StageName& name, Steps& steps) {
  bool moved = false;
  while (steps.left > 0) {
    Lsn at = local_.ceilings.at(name);
    if (at >= local_.log.appended()) break;
    Found found = find_record(name, at, steps);
    if (found == Found::kBroken)
      fail_step(steps, ErrorCode::kCorrupt, fmt::format("the log at {} cannot be read", to_string(at)));
    if (found != Found::kRecord) break;
    moved = true;
    --steps.left;
  }
  return moved;
}

/// The record that begins at the ceiling: in memory, in what a read brought, or on disk.
Holds::Found Holds::find_record(const StageName& name, Lsn at, Steps& steps) {
  if (steps.reading) return Found::kLater;
  if (!steps.bytes.empty() && steps.bytes_at == at) {
    Found found = take_record(name, at, steps.bytes.view(), steps);
    steps.bytes = {};
    if (found != Found::kLater) return found;
    steps.want *= 4;
  }
  for (; steps.want < 8 * wal::kMaxPayload; steps.want *= 4) {
    wal::LogRead read = local_.log.read(at, local_.log.appended(), steps.want);
    if (auto* disk = std::get_if<wal::OnDisk>(&read)) {
      steps.reading = true;
      local_.files.run(Lane::kFile, {disk->step},
                       [this, name, at, number = steps.number](TimePoint, const FileJobDone& done) {
                         auto still = steps_.find(name);
                         if (still == steps_.end() || still->second.number != number) return;
                         still->second.reading = false;
                         if (done.error)
                           return fail_step(still->second, done.error->code, done.error->message);
                         still->second.bytes_at = at;
                         still->second.bytes = done.reads[0];
                       });
      return Found::kLater;
    }
    auto* memory = std::get_if<wal::InMemory>(&read);
    if (!memory) return Found::kBroken;
    std::string joined;
    std::string_view bytes = memory->pieces.front().view();
    if (memory->pieces.size() > 1) {
      for (const SharedBytes& piece : memory->pieces) joined += piece.view();
      bytes = joined;
    }
    if (Found found = take_record(name, at, bytes, steps); found != Found::kLater) return found;
  }
  return Found::kBroken;
}

/// kLater: its end is not among these bytes.
Holds::Found Holds::take_record(const StageName& name, Lsn at, std::string_view bytes, Steps& steps) {
  auto frame = wal::read_frame(bytes, at, std::nullopt);
  if (!frame) return frame.error() == wal::FrameFault::kIncomplete ? Found::kLater : Found::kBroken;
  SteppedRecord record;
  record.token = Token{frame->end, frame->header.timeline};
  record.kind = to_string(static_cast<replication::RecordKind>(frame->header.kind));
  engine::View newest = local_.store->newest_view();
  auto describe = [&](const engine::ChangeView& change) -> std::optional<std::string> {
    if (!local_.options.describe_row) return std::nullopt;
    return local_.options.describe_row(newest, change);
  };
  record.summary = summarize(frame->header.kind, frame->header.format, frame->payload, describe);
  steps.allowed.push_back({frame->end, std::move(record)});
  local_.ceilings.set(name, frame->end);
  steps.want = kFirstLook;
  return Found::kRecord;
}

void Holds::tell_passed(const StageName& name, Steps& steps) {
  Lsn reached = position(name);
  while (!steps.allowed.empty() && steps.allowed.front().end <= reached) {
    Allowed passed = std::move(steps.allowed.front());
    steps.allowed.pop_front();
    --steps.untold;
    if (steps.session)
      steps.session->answer(steps.request, Stepped{{std::move(passed.record)}, steps.untold > 0});
  }
  if (steps.untold == 0) steps.session = nullptr;
}

// --- for others ----------------------------------------------------------------------------------------------------------

void Holds::fill(NodeStatus& status) const {
  for (const auto& [name, steps] : steps_) {
    HoldStatus hold{.name = name, .ceiling = local_.ceilings.at(name), .steps = steps.left};
    // What would pass if the ceiling were not there.
    Lsn before = name.stage == Stage::kReceived       ? local_.log.appended()
                 : name.stage == Stage::kFlushed      ? local_.log.progress().written
                 : name.stage == Stage::kAcknowledged ? local_.log.appended()
                                                      : local_.log.flushed();
    if (before > hold.ceiling) hold.bytes = before - hold.ceiling;
    status.holds.push_back(std::move(hold));
  }
}

void Holds::check_invariants() const {
  WALLABY_CHECK(steps_.size() == local_.ceilings.all().size(), "{} ceilings for {} holds",
                local_.ceilings.all().size(), steps_.size());
  for (const auto& [name, steps] : steps_) {
    if (name.stage == Stage::kAppended) continue;  // it moves with what the log lets pass
    WALLABY_CHECK(position(name) <= local_.ceilings.at(name), "`{}` is at {}, past its ceiling {}",
                  to_string(name), to_string(position(name)), to_string(local_.ceilings.at(name)));
  }
}

}  // namespace wallaby::node
