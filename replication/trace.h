// replication/trace.h
//
// A commit's way through the stages: when it reached each of them, at each node.
//
//     p1  appended       0.00 ms |                       the primary's clock: everything counts from here
//     p1  flushed        0.42 ms |######
//     r1  received       0.61 ms |      ###              p1's clock for `sent`, then what r1 measured itself
//     p1  acknowledged   0.66 ms |         #
//
// No two clocks need agree. The primary notes when it sent the record (S) and when a report came that speaks of it (A). The
// replica measures only durations: from the arrival of the record's last byte to `received`, `flushed` and `applied`, and to the
// moment when the report left (the age). What is left of A - S is the network, taken as half each way:
//
//     S                              A           arrival = S + (A - S - age) / 2
//     |--network--[r1: age]--network--|          received at arrival + what r1 measured
//
// Several reports may speak of one record; the one with the least network between tells best.
// Source of the estimate: NTP's offset calculation (RFC 5905, section 8), used for one exchange.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "base/identity.h"
#include "base/lsn.h"
#include "base/time.h"
#include "replication/ack_mode.h"
#include "replication/stage.h"

namespace wallaby::replication {

/// "At `node`, the record reached `stage` so long after it was appended."
struct TracePoint {
  NodeName node;
  Stage stage = Stage::kAppended;
  NodeName to;                 ///< of kSent: the replica
  std::optional<Duration> at;  ///< nullopt: not yet, as far as the primary knows
  bool operator==(const TracePoint&) const = default;
};
std::ostream& operator<<(std::ostream& out, const TracePoint& point);

struct CommitTrace {
  Token token;
  std::optional<Rung> rung;  ///< the promise that its client was told of; nullopt: nobody was told (yet)
  std::vector<NodeName> by;  ///< who made it true
  bool complete = false;     ///< nothing more is expected of it
  std::vector<TracePoint> points;  ///< what was reached, in the order of time; then what was not
  bool operator==(const CommitTrace&) const = default;
};
std::ostream& operator<<(std::ostream& out, const CommitTrace& trace);

/// One line of a report: how far a traced record got at the reporter, or at a node that follows it. All durations are the
/// reporter's own, from the arrival of the record's last byte there; of other nodes it has estimated them as above.
struct TraceEntry {
  NodeName node;    ///< empty: the reporter itself
  NodeName feeder;  ///< of another node: who feeds it; empty: the reporter does
  Lsn lsn;
  std::optional<Duration> sent;  ///< of another node: when its feeder handed the record on
  std::optional<Duration> received, flushed, applied;  ///< nullopt: not yet
  Duration age{};                                      ///< when the report left
  bool done =
      false;  ///< of the reporter: nothing more will come of this record, from it or from who follows it
  bool operator==(const TraceEntry&) const = default;
};
std::ostream& operator<<(std::ostream& out, const TraceEntry& entry);

/// More entries do not go into one report.
inline constexpr size_t kMaxTraceEntries = 256;

}  // namespace wallaby::replication
