#include "replication/trace.h"

#include <ostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace wallaby::replication {

std::ostream& operator<<(std::ostream& out, const TracePoint& point) {
  out << point.node << ' ' << point.stage;
  if (!point.to.empty()) out << " to " << point.to;
  return out << ' ' << (point.at ? to_human(*point.at) : "not yet");
}

std::ostream& operator<<(std::ostream& out, const CommitTrace& trace) {
  out << trace.token;
  if (trace.rung) out << ' ' << *trace.rung;
  if (!trace.by.empty()) out << fmt::format(" by {}", fmt::join(trace.by, ","));
  for (const TracePoint& point : trace.points) out << "; " << point;
  return out << (trace.complete ? "" : " ...");
}

std::ostream& operator<<(std::ostream& out, const TraceEntry& entry) {
  out << entry.lsn;
  if (!entry.node.empty()) out << " at " << entry.node;
  if (!entry.feeder.empty()) out << " (fed by " << entry.feeder << ')';
  auto tell = [&out](std::string_view stage, const std::optional<Duration>& after) {
    if (after) out << ", " << stage << ' ' << to_human(*after);
  };
  tell("sent", entry.sent);
  tell("received", entry.received);
  tell("flushed", entry.flushed);
  tell("applied", entry.applied);
  return out << ", age " << to_human(entry.age) << (entry.done ? ", done" : "");
}

}  // namespace wallaby::replication
