// replication/stage.h
//
// The one vocabulary for progress. A record walks through a fixed row of stages, and everything else in
// Wallaby (the ack switch, lag, holds, traces, status) is defined by them:
//
//     primary:                appended -> flushed ----------------------------------> acknowledged
//     each replica:                          \-> sent -> received -> flushed -> applied
//
// At any moment each node has one position a stage: every byte below it has reached the stage there.
//   appended      has its place in the log (in memory)
//   flushed       is on that node's disk (fdatasync returned)
//   sent          was handed to that replica's connection (kept by the node that feeds it)
//   received      is written to the replica's log file (the OS has it, not yet the disk)
//   applied       is in the replica's tables: its readers see it
//   acknowledged  has met the switch's promise: the primary's readers see it, its clients are told
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/identity.h"
#include "base/lsn.h"
#include "base/time.h"

namespace wallaby::replication {

enum class Stage : uint8_t { kAppended = 1, kFlushed, kSent, kReceived, kApplied, kAcknowledged };

inline constexpr size_t kStageCount = 6;

std::string_view to_string(Stage stage);
Result<Stage> parse_stage(std::string_view text);
std::ostream& operator<<(std::ostream& out, Stage stage);

/// A stage of one node, as people name it for a hold: `sent` may be meant for one replica alone.
struct StageName {
  Stage stage = Stage::kApplied;
  NodeName replica;  ///< of kSent: this one's alone; empty: of all
  auto operator<=>(const StageName&) const = default;
};
/// "applied", "sent to r1"
std::string to_string(const StageName& name);
std::ostream& operator<<(std::ostream& out, const StageName& name);

/// How far a replica says it is. received >= flushed >= applied.
struct Positions {
  Lsn received, flushed, applied;
  bool operator==(const Positions&) const = default;
  Lsn at(Stage stage) const;  ///< of kReceived, kFlushed, kApplied
};
std::ostream& operator<<(std::ostream& out, const Positions& positions);

/// What a replica holds back on purpose.
struct ReplicaHolds {
  std::vector<Stage> stages;  ///< with a ceiling
  Duration apply_delay{};     ///< --apply-delay; zero: none
  /// A ceiling or the delay stands before the next record's apply.
  bool before_apply() const;
  bool operator==(const ReplicaHolds&) const = default;
};
std::ostream& operator<<(std::ostream& out, const ReplicaHolds& holds);

/// "At `node`, everything below `position` has reached `stage`." For kSent, `node` is the replica that it was
/// sent to. `at` is the clock of the node that tells (the primary's, for its replicas: when the report came in).
struct StageEvent {
  NodeName node;
  Stage stage = Stage::kAppended;
  Lsn position;
  TimePoint at;
  bool operator==(const StageEvent&) const = default;
};
std::ostream& operator<<(std::ostream& out, const StageEvent& event);

}  // namespace wallaby::replication
