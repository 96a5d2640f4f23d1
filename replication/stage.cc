#include "replication/stage.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

#include "base/check.h"

namespace wallaby::replication {
namespace {

constexpr std::array<std::pair<Stage, std::string_view>, kStageCount> kNames{
    {{Stage::kAppended, "appended"},
     {Stage::kFlushed, "flushed"},
     {Stage::kSent, "sent"},
     {Stage::kReceived, "received"},
     {Stage::kApplied, "applied"},
     {Stage::kAcknowledged, "acknowledged"}}};

}  // namespace

std::string_view to_string(Stage stage) {
  for (const auto& [known, name] : kNames)
    if (known == stage) return name;
  return "no stage";
}

Result<Stage> parse_stage(std::string_view text) {
  for (const auto& [stage, name] : kNames)
    if (name == text) return stage;
  return error(
      ErrorCode::kInvalidArgument,
      "'{}' is not a stage; the stages are appended, flushed, sent, received, applied and acknowledged",
      text);
}

std::ostream& operator<<(std::ostream& out, Stage stage) {
  return out << to_string(stage);
}

std::string to_string(const StageName& name) {
  std::string text(to_string(name.stage));
  return name.replica.empty() ? text : text + " to " + name.replica;
}

std::ostream& operator<<(std::ostream& out, const StageName& name) {
  return out << to_string(name);
}

Lsn Positions::at(Stage stage) const {
  switch (stage) {
    case Stage::kReceived: return received;
    case Stage::kFlushed: return flushed;
    case Stage::kApplied: return applied;
    default: break;
  }
  WALLABY_CHECK(false, "a replica does not report the stage '{}'", to_string(stage));
}

std::ostream& operator<<(std::ostream& out, const Positions& positions) {
  if (positions.received == positions.applied && positions.flushed == positions.applied)
    return out << "applied " << positions.applied;
  return out << "received " << positions.received << ", flushed " << positions.flushed << ", applied "
             << positions.applied;
}

bool ReplicaHolds::before_apply() const {
  return apply_delay > Duration::zero() || std::ranges::find(stages, Stage::kApplied) != stages.end();
}

std::ostream& operator<<(std::ostream& out, const ReplicaHolds& holds) {
  const char* separator = "holds ";
  for (Stage stage : holds.stages) {
    out << separator << stage;
    separator = " ";
  }
  if (holds.apply_delay > Duration::zero())
    out << (holds.stages.empty() ? "" : ", ") << "applies after " << to_human(holds.apply_delay);
  return out;
}

std::ostream& operator<<(std::ostream& out, const StageEvent& event) {
  return out << event.node << ' ' << event.stage << ' ' << event.position;
}

}  // namespace wallaby::replication
